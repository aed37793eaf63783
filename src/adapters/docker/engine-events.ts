import type { EngineEvent } from '../../ports/container-engine.ts'
import type { DockerConnection } from './connect.ts'
import { jsonLines, property, textProperty } from './json-lines.ts'
import { label } from './labels.ts'

const kinds: Record<string, EngineEvent['kind']> = {
  start: 'started',
  die: 'ended',
  oom: 'out_of_memory',
  destroy: 'removed',
}

export interface EventSource {
  connection: DockerConnection
  installId: string
  /** Whose container lost its network: undefined when it is not ours, has ended, or is still attached. */
  whoIsDetached(containerId: string): Promise<{ replicaId: string; serviceId: string } | undefined>
}

/** Changes from the call on: Docker replays what happened while the stream was being opened. */
export function engineEvents(source: EventSource, signal: AbortSignal): AsyncIterable<EngineEvent> {
  const since = (Date.now() / 1000).toFixed(3)
  const opening = openEvents(source, since, signal)
  return readEvents(source, opening, signal)
}

function openEvents({ connection }: EventSource, since: string, signal: AbortSignal) {
  // A network's event carries no labels of ours, so the choice by label is made here, not by Docker.
  const filters = JSON.stringify({
    type: ['container', 'network'],
    event: [...Object.keys(kinds), 'disconnect'],
  })
  return connection.open({ method: 'GET', path: '/events', query: { since, filters }, signal }).catch(() => undefined)
}

async function* readEvents(
  source: EventSource,
  opening: ReturnType<typeof openEvents>,
  signal: AbortSignal,
): AsyncIterable<EngineEvent> {
  const answer = await opening
  if (!answer?.ok) return
  const { body } = answer.value
  const stop = () => body.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) return
    for await (const said of jsonLines(body)) {
      const event = await readEvent(source, said)
      if (event) yield event
    }
  } catch {
    // The daemon went away or the reader has enough: by contract the stream just ends.
    return
  } finally {
    signal.removeEventListener('abort', stop)
    body.destroy()
  }
}

async function readEvent(source: EventSource, said: unknown): Promise<EngineEvent | undefined> {
  const actor = property(said, 'Actor')
  const attributes = property(actor, 'Attributes')
  const action = textProperty(said, 'Action')
  if (textProperty(said, 'Type') === 'network') {
    if (action !== 'disconnect') return undefined
    const detached = await source.whoIsDetached(textProperty(attributes, 'container'))
    return detached && { kind: 'disconnected', ...detached, exitCode: undefined }
  }
  const kind = kinds[action]
  if (!kind || textProperty(attributes, label.install) !== source.installId) return undefined
  const exitCode = textProperty(attributes, 'exitCode')
  return {
    kind,
    replicaId: textProperty(attributes, label.replica),
    serviceId: textProperty(attributes, label.service),
    exitCode: exitCode === '' ? undefined : Number(exitCode),
  }
}
