import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { base64 } from 'oslo/encoding'
import type { Problem } from '../problem.ts'
import { tooManyHashes } from './errors.ts'

/** Cost of one hash: OWASP's second setting for argon2id. Memory in KiB. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const
const tagBytes = 32
const saltBytes = 16

/** Hashes at the same time: each takes 19 MiB and one of the four threads that also read files. */
const atOnce = 2
const mostWaiting = 64

/** In bytes of UTF-8. */
export const passwordBytes = { least: 12, most: 1024 } as const

export function checkPassword(password: string, email: string): Problem[] {
  const bytes = Buffer.byteLength(password)
  if (bytes < passwordBytes.least) {
    return [{ field: 'password', message: 'Password must have at least 12 characters' }]
  }
  if (bytes > passwordBytes.most) {
    return [{ field: 'password', message: 'Password must have at most 1,024 bytes' }]
  }
  if (email !== '' && password.toLowerCase() === email.toLowerCase()) {
    return [{ field: 'password', message: 'Password must be different from the email' }]
  }
  return []
}

/** `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`, the form that other programs read too. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const tag = await derive(password, salt, cost)
  return `${ours}$${text(salt)}$${text(tag)}`
}

/** Takes the same time for an unknown person: without a hash it works on one that nothing matches. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const parts = parse(hash ?? unmatchable)
  if (!parts) throw new Error('a stored password hash is not in the form that we write')
  const tag = await derive(password, parts.salt, parts.cost)
  return timingSafeEqual(tag, parts.tag) && hash !== undefined
}

type Cost = { memory: number; passes: number; parallelism: number }

const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]{43})$/

const ours = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}`
const unmatchable = `${ours}$${'A'.repeat(22)}$${'A'.repeat(43)}`

function parse(hash: string): { cost: Cost; salt: Uint8Array; tag: Uint8Array } | undefined {
  const [, memory, passes, parallelism, salt, tag] = form.exec(hash) ?? []
  if (salt === undefined || tag === undefined) return undefined
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: base64.decode(salt, { strict: false }),
    tag: base64.decode(tag, { strict: false }),
  }
}

function text(bytes: Uint8Array): string {
  return base64.encode(bytes, { includePadding: false })
}

async function derive(password: string, salt: Uint8Array, { memory, passes, parallelism }: Cost): Promise<Uint8Array> {
  await enter()
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      const parameters = { message: password, nonce: salt, parallelism, tagLength: tagBytes, memory, passes }
      argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag)))
    })
  } finally {
    leave()
  }
}

let running = 0
const waiting: Array<() => void> = []

async function enter(): Promise<void> {
  if (running < atOnce) {
    running += 1
    return
  }
  if (waiting.length >= mostWaiting) throw tooManyHashes()
  await new Promise<void>((resolve) => waiting.push(resolve))
}

/** The place goes to the next in line, so the count stays as it is while anybody waits. */
function leave(): void {
  const next = waiting.shift()
  if (next) next()
  else running -= 1
}
