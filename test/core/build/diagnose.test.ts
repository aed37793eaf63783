import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnoseBuild } from '../../../src/core/build/diagnose.ts'

/** Lines as Docker's builder, npm, pnpm and the compilers print them. */
const known: Array<[rule: string, lines: string[], exitCode: number | undefined, says: string]> = [
  ['disk_full', ['npm error nospc ENOSPC: no space left on device, write'], 228, 'disk of the server was full'],
  [
    'dockerfile_syntax',
    ['failed to create LLB definition: dockerfile parse error line 2: unknown instruction: FOO'],
    undefined,
    'Line 2',
  ],
  [
    'registry_limit',
    ['httpReadSeeker: failed open: toomanyrequests: You have reached your pull rate limit'],
    undefined,
    '429',
  ],
  [
    'registry_limit',
    ['unexpected status from HEAD request to https://mirror.example/v2/a/manifests/1: 429 Too Many'],
    undefined,
    '429',
  ],
  [
    'registry_unreachable',
    ['failed to do request: Head "https://mirror.example:5000/v2/node/manifests/24": dial tcp: lookup: no such host'],
    undefined,
    '(mirror.example:5000) did not answer',
  ],
  [
    'registry_denied',
    ['pull access denied for acme/secret, repository does not exist or may require authorization'],
    undefined,
    '`acme/secret`',
  ],
  [
    'registry_denied',
    ['failed to resolve source metadata for a.example/b/c:1: unexpected status: 401 Unauthorized'],
    undefined,
    '`a.example/b/c:1`',
  ],
  [
    'image_absent',
    ['docker.io/library/node:99-slim: not found'],
    undefined,
    'no image `docker.io/library/node:99-slim`',
  ],
  ['copy_path_absent', ['"/app/dist" not found: not found'], undefined, '`app/dist`'],
  ['copy_path_absent', ['failed to compute cache key: "/srv/nope" not found: not found'], undefined, '`srv/nope`'],
  ['copy_path_absent', ['failed to calculate checksum of ref moby::abc: "/dist": not found'], undefined, '`dist`'],
  [
    'copy_path_absent',
    ['failed to walk /var/lib/docker/tmp/buildkit-mount401/conf: lstat /var/lib/conf: no such file'],
    undefined,
    '`conf`',
  ],
  ['out_of_memory', ['Killed'], 137, 'ran out of memory'],
  [
    'out_of_memory',
    ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
    134,
    'ran out of memory',
  ],
  ['exec_format', ['exec /x: exec format error'], 1, 'another processor'],
  ['missing_script', ['npm error Missing script: "build"', 'npm error'], 1, 'no script `build`'],
  ['missing_script', ['error Command "build" not found.'], 1, 'no script `build`'],
  ['wrong_engine', ['npm error code EBADENGINE', 'npm error notsup Required: {"node":">=26"}'], 1, 'asks for >=26'],
  [
    'wrong_engine',
    ['error a@1.0.0: The engine "node" is incompatible with this module. Expected version ">=26". Got "24.1.0"'],
    1,
    '>=26',
  ],
  [
    'package_registry',
    ['npm error code E404', 'npm error 404 Not Found - GET https://user:pass@npm.example/@acme%2fprivate - Not found'],
    1,
    'answered 404 to https://npm.example/@acme%2fprivate',
  ],
  [
    'network',
    ['npm error network request to https://npm.example/ms failed, reason: getaddrinfo EAI_AGAIN npm.example'],
    1,
    '`npm.example`',
  ],
  ['network', ["Temporary failure resolving 'deb.example.org'"], 100, '`deb.example.org`'],
  [
    'install_scripts_blocked',
    [
      'npm warn install-scripts 1 package had install scripts blocked because they are not covered by allowScripts:',
      'npm warn install-scripts   better-sqlite3@12.4.1 (install: prebuild-install || node-gyp rebuild --release)',
      'Error: Could not locate the bindings file. Tried:',
    ],
    1,
    'did not run the install scripts',
  ],
  [
    'typescript',
    ["src/app.ts(12,5): error TS2322: Type 'string' is not assignable to type 'number'."],
    2,
    'src/app.ts, line 12',
  ],
  ['typescript', ["src/app.ts:12:5 - error TS2322: Type 'string' is not assignable to type 'number'."], 2, '(TS2322)'],
  ['module_not_found', ["Error: Cannot find module './Button'", 'Require stack:'], 1, 'needs `./Button`'],
  ['module_not_found', ["Module not found: Can't resolve '@/components/GiftCard'"], 1, '`@/components/GiftCard`'],
  [
    'module_not_found',
    ['[vite]: Rollup failed to resolve import "react-dom/client" from "/app/src/main.jsx".'],
    1,
    '`react-dom/client`',
  ],
  ['command_not_found', ['/bin/sh: 1: vite: not found'], 127, '`vite`'],
  ['command_not_found', ['sh: next: not found'], 127, '`next`'],
  [
    'lock_mismatch',
    ['npm error code EUSAGE', 'npm error `npm ci` can only install packages when'],
    1,
    'lock file does not fit',
  ],
  [
    'lock_mismatch',
    [' ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile"'],
    1,
    'lock file does not fit',
  ],
]

describe('a failed build', () => {
  it.each(known)('with %s in its log is explained', (rule, lines, exitCode, says) => {
    const found = diagnoseBuild(
      ['#7 earlier output', ...lines, 'later output'],
      '[build 3/4] RUN npm run build',
      exitCode,
      'node',
    )
    expect(found.rule).toBe(rule)
    expect(found.why).toContain(says)
    expect(found.doSteps.length).toBeGreaterThan(0)
  })

  it('says where its cause was read, also at the end of a long log', () => {
    const long = Array.from({ length: 5000 }, (_, number) => `line ${number}`)
    expect(diagnoseBuild([...long, '/bin/sh: 1: vite: not found'], 'RUN', 127, 'node').line).toBe(5000)
  })

  it.each([
    [
      'a warning alone',
      'npm warn install-scripts 1 package had install scripts blocked because they are not covered by allowScripts:',
    ],
    ['an engine warning', 'npm warn EBADENGINE Unsupported engine {'],
    ['a page that was not found', 'GET /favicon.ico 404 not found'],
    ['a word in passing', 'tests: module resolution works, memory is fine'],
  ])('is not explained by %s', (_title, line) => {
    const lines = [...Array.from({ length: 30 }, (_, number) => `output ${number}`), line]
    const found = diagnoseBuild(lines, '[build 3/4] RUN make', 2, 'dockerfile')
    expect(found.rule).toBeUndefined()
    const step = 'The step `[build 3/4] RUN make` ended with exit code 2.'
    expect(found.why).toBe(
      `${step} Handcar does not recognise the cause: the last lines of the build log are all there is.`,
    )
  })

  it('tells the owner of a Dockerfile and the others apart', () => {
    const line = '"/app/dist" not found: not found'
    expect(diagnoseBuild([line], '', undefined, 'dockerfile').doSteps[0]).toContain('path in COPY')
    expect(diagnoseBuild([line], '', undefined, 'node').doSteps[0]).toContain('the build writes that folder')
  })

  it('tells an own file and a package apart', () => {
    expect(diagnoseBuild(["Cannot find module './a'"], '', 1, 'node').doSteps[1]).toContain('upper and lower case')
    expect(diagnoseBuild(["Cannot find package 'ms'"], '', 1, 'node').doSteps[0]).toContain('npm install ms')
  })

  it.each([
    ['a name of a server', 'failed to do request: Head "https://', 'a'],
    ['a name of an image', '', 'a.b/c'],
    ['a path of a file', 'at ', 'src/a.ts'],
    ['requests', '', '/manifests/'],
  ])('is looked through in one go although its lines repeat %s without end', (_title, start, repeated) => {
    const line = start + repeated.repeat(2000)
    const found = diagnoseBuild(
      Array.from({ length: 2000 }, () => line),
      `RUN ${'--mount='.repeat(500_000)}`,
      1,
      'node',
    )
    expect(found.rule).toBeUndefined()
  })

  it('never throws, and answers in lines without control characters', () => {
    const part = fc.constantFrom(...known.flatMap(([, lines]) => lines))
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(part, fc.string({ unit: 'binary' })).map((both) => both.join('')),
    )
    fc.assert(
      fc.property(
        fc.array(line),
        fc.string({ unit: 'binary' }),
        fc.option(fc.nat(255), { nil: undefined }),
        (lines, step, code) => {
          const found = diagnoseBuild(lines, step, code, 'node')
          expect([found.why, ...found.doSteps].join(' ')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/)
        },
      ),
      { numRuns: 1500 },
    )
  })
})
