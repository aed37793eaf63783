import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ifAbsent } from '../../kernel/errors.ts'
import { type Ctx, topics } from '../ctx.ts'
import { type Deployment, isOpen } from './deployment.ts'
import { findDeploymentIn } from './store.ts'

/** A log file is not written beyond this; the last line says so. */
const logBytesMax = 8 * 1024 * 1024
const lineBytesMax = 16 * 1024
/** Steps and the reason of a failure are written all the same, up to this much. */
const ownBytesMax = 256 * 1024
const ownLine = /^(?:-----> |=====> | ! {5})/
/** Follows look again after this long even when nobody told them. */
const lookAgainMs = 5_000

export interface LogLine {
  /** Counts from 1. */
  number: number
  /** Milliseconds since the epoch. */
  at: number
  text: string
}

/**
 * The log of one deployment: a file of lines `<ISO time> <text>`. Its text follows the grammar of the push output:
 * `-----> ` opens a step, `=====> ` is a milestone, ` !     ` an error, anything else is output.
 */
export function logPath(ctx: Ctx, deploymentId: string): string {
  return join(ctx.config.dataDirectory, 'logs', `${deploymentId}.log`)
}

/** Adds text, split into lines. What was added is in the file when it resolves. */
export async function appendLog(ctx: Ctx, deploymentId: string, text: string): Promise<void> {
  const path = logPath(ctx, deploymentId)
  const at = new Date(ctx.clock.now()).toISOString()
  const file = await openToAppend(path)
  try {
    const added = fitting((await file.stat()).size, text.split('\n').map(cut), at)
    if (added === '') return
    await file.appendFile(added)
  } finally {
    await file.close()
  }
  ctx.bus.publish(topics.log(deploymentId))
}

/** What of these lines still goes into a file of `size` bytes: all, until it is full, then only our own few. */
function fitting(size: number, lines: readonly string[], at: string): string {
  let total = size
  let added = ''
  for (const line of lines) {
    const isFull = total > logBytesMax
    if (isFull && (!ownLine.test(line) || total > logBytesMax + ownBytesMax)) continue
    const entry = `${at} ${line}\n`
    added += entry
    total += Buffer.byteLength(entry)
    if (!isFull && total > logBytesMax)
      added += `${at} [the log is longer than 8 MB; the rest of the output was dropped]\n`
  }
  return added
}

export interface ReadLogOptions {
  /** First line wanted, counted from 1. */
  fromLine?: number
  /** Only the last so many lines. */
  lastLines?: number
}

export async function readLog(
  ctx: Ctx,
  deploymentId: string,
  options: ReadLogOptions = {},
): Promise<{ lines: LogLine[]; total: number }> {
  const { text } = await readFrom(logPath(ctx, deploymentId), 0)
  const all = parseLines(text, 1)
  const from = options.lastLines === undefined ? (options.fromLine ?? 1) : all.length - options.lastLines + 1
  return { lines: all.slice(Math.max(0, from - 1)), total: all.length }
}

/** Yields lines from `fromLine` on, until the deployment has ended (live counts) and its log is read to the end. */
export async function* followLog(
  ctx: Ctx,
  deployment: Deployment,
  options: { fromLine: number; signal: AbortSignal },
): AsyncIterable<LogLine> {
  const path = logPath(ctx, deployment.id)
  let offset = 0
  let number = 1
  while (!options.signal.aborted) {
    // Listening first: what changes between the look and the wait is heard.
    const news = listen(ctx, deployment, options.signal)
    const now = await findDeploymentIn(ctx.db, deployment.id)
    const { text, bytes } = await readFrom(path, offset)
    const lines = parseLines(text, number)
    offset += bytes
    number += lines.length
    const isOver = lines.length === 0 && (!now || !isOpen(now.state))
    if (lines.length === 0 && !isOver) await news.next
    news.stop()
    for (const line of lines) if (line.number >= options.fromLine) yield line
    if (isOver) return
  }
}

/** `next` resolves when the log grows or the deployment's row changes. */
function listen(ctx: Ctx, deployment: Deployment, signal: AbortSignal): { next: Promise<void>; stop(): void } {
  const done = new AbortController()
  const either = AbortSignal.any([signal, done.signal])
  const next = Promise.race([
    ctx.bus.next(topics.log(deployment.id), lookAgainMs, either),
    ctx.bus.next(topics.instance(deployment.instanceId), lookAgainMs, either),
  ])
  return { next, stop: () => done.abort() }
}

/** Whole lines from a byte offset on; a last line without its end is left for the next read. */
async function readFrom(path: string, offset: number): Promise<{ text: string; bytes: number }> {
  const file = await open(path, 'r').catch(ifAbsent)
  if (!file) return { text: '', bytes: 0 }
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.max(0, size - offset))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
    const end = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1
    return { text: buffer.toString('utf8', 0, end), bytes: end }
  } finally {
    await file.close()
  }
}

function parseLines(text: string, firstNumber: number): LogLine[] {
  if (text === '') return []
  return text
    .slice(0, -1)
    .split('\n')
    .map((line, index) => {
      const space = line.indexOf(' ')
      return { number: firstNumber + index, at: Date.parse(line.slice(0, space)) || 0, text: line.slice(space + 1) }
    })
}

function cut(line: string): string {
  if (line.length <= lineBytesMax) return withoutReturns(line)
  return `${line.slice(0, lineBytesMax)} [line cut at 16 KB]`
}

async function openToAppend(path: string): Promise<FileHandle> {
  const found = await open(path, 'a', 0o600).catch(ifAbsent)
  if (found) return found
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return open(path, 'a', 0o600)
}

/** Carriage returns at the end; a pattern would look at each of thousands from the start. */
function withoutReturns(line: string): string {
  let end = line.length
  while (line[end - 1] === '\r') end -= 1
  return line.slice(0, end)
}
