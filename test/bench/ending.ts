/**
 * What has to be undone whatever happens: at the end, after a failure, and on Ctrl-C.
 * The newest first, each once; one that fails is told and does not keep the others from running.
 */
export interface Ending {
  add(what: string, undo: () => Promise<void> | void): void
  run(): Promise<void>
  /** How much there is to undo now; {@link runTo} it later. */
  mark(): number
  runTo(mark: number): Promise<void>
}

interface Undoing {
  what: string
  undo: () => Promise<void> | void
}

async function undo({ what, undo: act }: Undoing): Promise<void> {
  try {
    await act()
  } catch (error) {
    process.stderr.write(` !     could not ${what}: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

export function createEnding(): Ending {
  const undoings: Undoing[] = []
  let running: Promise<void> | undefined

  async function undoTo(mark: number): Promise<void> {
    while (undoings.length > mark) {
      const next = undoings.pop()
      if (!next) break
      running = undo(next)
      await running
    }
    // What somebody else has begun to undo counts too.
    await running
  }

  const ending: Ending = {
    add: (what, undo) => undoings.push({ what, undo }),
    mark: () => undoings.length,
    runTo: undoTo,
    run: () => undoTo(0),
  }
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      process.stderr.write(`\n${signal}: cleaning up\n`)
      void ending.run().then(() => process.exit(code))
    })
  }
  return ending
}
