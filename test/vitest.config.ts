import { defineConfig } from 'vitest/config'

const jsx = { runtime: 'automatic', importSource: 'hono/jsx' } as const

/** One project per cost: `unit` and `tidy` need nothing, the others need a daemon, Traefik or a browser. */
export default defineConfig({
  oxc: { jsx },
  test: {
    root: new URL('..', import.meta.url).pathname,
    projects: [
      {
        oxc: { jsx },
        test: {
          name: 'unit',
          setupFiles: ['test/vitest.setup.ts'],
          include: ['test/{kernel,core,web,views,adapters,contracts,migrations}/**/*.test.{ts,tsx}'],
          exclude: ['test/**/*.real.test.ts'],
          testTimeout: 15_000,
        },
      },
      { oxc: { jsx }, test: { name: 'tidy', include: ['test/tidy/**/*.test.ts'] } },
      {
        oxc: { jsx },
        test: {
          name: 'real',
          setupFiles: ['test/vitest.setup.ts'],
          include: ['test/**/*.real.test.ts', 'test/{walks,docker,browser}/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
