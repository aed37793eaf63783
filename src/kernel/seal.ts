import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { writeAtomically } from './atomic-file.ts'
import { HandcarError } from './errors.ts'

/** Seals text with AES-256-GCM, bound to its row: a sealed value moved elsewhere does not open. */
export interface Seal {
  /** `place` names table, column and row. The result is `v1.<nonce>.<sealed>` in base64url. */
  seal(text: string, place: string): string
  open(sealed: string, place: string): string
}

export function createSeal(masterKey: Uint8Array): Seal {
  if (masterKey.length !== 32) throw new Error('the master key must have 32 bytes')
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'handcar seal v1', 32))
  return {
    seal(text, place) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(`v1|${place}`))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `v1.${nonce.toString('base64url')}.${body.toString('base64url')}`
    },
    open(sealed, place) {
      const [version, nonce, body] = sealed.split('.')
      if (version !== 'v1' || nonce === undefined || body === undefined) throw wrongKey()
      const bytes = Buffer.from(body, 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'))
        decipher.setAAD(Buffer.from(`v1|${place}`)).setAuthTag(bytes.subarray(-16))
        return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8')
      } catch (error) {
        throw wrongKey(error)
      }
    },
  }
}

/** Reads the master key, or makes it on the very first start (when `isNew`). Never replaces one. */
export async function masterKey(path: string, isNew: boolean): Promise<Uint8Array> {
  if (!existsSync(path)) {
    if (!isNew) {
      throw new HandcarError({
        code: 'seal.key_missing',
        kind: 'unavailable',
        message: `The master key ${path} is missing, so no variable can be opened`,
        hint: 'Put the key back from your backup, then start Handcar again',
      })
    }
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    await writeAtomically(path, randomBytes(32), { mode: 0o600 })
  }
  chmodSync(path, 0o600)
  const key = readFileSync(path)
  if (key.length !== 32) throw wrongKey()
  return key
}

function wrongKey(cause?: unknown): HandcarError {
  return new HandcarError({
    code: 'seal.wrong_key',
    kind: 'unavailable',
    message: 'A sealed value does not open with this master key',
    hint: 'Put back the file keys/master that belongs to this database',
    cause,
  })
}
