import { shown } from './file-map.ts'

/** Why a build failed, as far as its log tells, and what to do. */
export interface Diagnosis {
  why: string
  doSteps: string[]
  /** Name of the rule that matched; absent when none did. */
  rule?: string
  /** Index in the given lines of the line the cause was read from. */
  line?: number
  /** The end of the log, when no rule matched. */
  lastLines?: string[]
}

interface Observed {
  lines: readonly string[]
  /** Step of the Dockerfile as the builder names it, e.g. `[build 3/4] RUN npm run build`. */
  step: string
  exitCode: number | undefined
  builder: string
}

type Rule = (observed: Observed) => Diagnosis | undefined

const lastLineCount = 20
/** Only the end of a log is searched: the cause is near the end, and a log may be huge. */
const searchedLines = 2000

/** Rules are tried in order, the sure ones first. Without a match it says so: a cause is never invented. */
export function diagnoseBuild(
  lines: readonly string[],
  step: string | undefined,
  exitCode: number | undefined,
  builder: string,
): Diagnosis {
  const offset = Math.max(0, lines.length - searchedLines)
  const observed = { lines: lines.slice(offset), step: step ?? '', exitCode, builder }
  for (const rule of rules) {
    const found = rule(observed)
    if (found !== undefined) return found.line === undefined ? found : { ...found, line: found.line + offset }
  }
  const where = step === undefined || step === '' ? 'The build' : `The step \`${shown(step, 120)}\``
  const how = exitCode === undefined ? 'failed' : `ended with exit code ${exitCode}`
  return {
    why: `${where} ${how}. Handcar does not recognise the cause; the last lines are shown.`,
    doSteps: ['Read the last lines of the build log.', 'Fix the cause, commit and push again.'],
    lastLines: lines.slice(-lastLineCount),
  }
}

interface Text {
  why: string
  doSteps: string[]
}

/** A rule over single lines: the first line that matches explains. */
function onLine(rule: string, pattern: RegExp, explain: (match: RegExpExecArray, observed: Observed) => Text): Rule {
  return (observed) => {
    for (const [line, text] of observed.lines.entries()) {
      const match = pattern.exec(text.slice(0, 2000))
      if (match !== null) return { ...explain(match, observed), rule, line }
    }
    return undefined
  }
}

const name = (match: RegExpExecArray, group = 1) => shown(match[group] ?? '', 100)

const diskFull = onLine('disk_full', /\b(?:ENOSPC|No space left on device)\b/i, () => ({
  why: 'The disk of the server was full while it built.',
  doSteps: ['Free some space on the server, then push again.'],
}))

const outOfMemory: Rule = ({ exitCode, lines }) => {
  const heap = lines.findIndex((text) => /JavaScript heap out of memory|Cannot allocate memory/.test(text))
  if (exitCode !== 137 && heap === -1) return undefined
  return {
    why: 'The build ran out of memory: a step used more than a build may use here, and was ended.',
    doSteps: ['Make the build use less memory, or build on a larger server.'],
    rule: 'out_of_memory',
    ...(heap === -1 ? {} : { line: heap }),
  }
}

const registryDenied = onLine(
  'registry_denied',
  /(?:failed to resolve source metadata for|pull access denied for|failed to (?:authorize|do request)|unexpected status)[:\s]+([\w./:@-]+)?.*(?:401|403|denied|unauthorized|insufficient_scope)/i,
  (match) => ({
    why: `The registry refused the base image${match[1] ? ` \`${name(match)}\`` : ''}: it does not exist, or needs a sign-in.`,
    doSteps: ['Check the name in the FROM line of the Dockerfile.', 'Use an image that needs no sign-in.'],
  }),
)

const registryLimit = onLine('registry_limit', /toomanyrequests|429 Too Many Requests/i, () => ({
  why: 'The registry of the base image answered 429: this server has pulled too often for now.',
  doSteps: ['Wait some time and push again.', 'Or set HANDCAR_BASE_PREFIX to a mirror of the registry.'],
}))

const imageAbsent = onLine(
  'image_absent',
  /([\w./-]+:[\w.-]+): (?:not found|manifest unknown)|manifest for ([\w./:-]+) not found/,
  (match) => ({
    why: `The registry has no image \`${shown(match[1] ?? match[2] ?? '', 100)}\`.`,
    doSteps: ['Check the name and the version: it may not exist, or not as this variant.'],
  }),
)

const registryUnreachable = onLine(
  'registry_unreachable',
  /(?:failed to resolve source metadata for|failed to do request: \w+) "?([\w./:@-]+).*(?:no such host|i\/o timeout|connection refused|TLS handshake|deadline|EOF)/,
  (match) => ({
    why: `The registry of \`${name(match)}\` did not answer.`,
    doSteps: ['Check the network and the DNS of this server, then push again.'],
  }),
)

const copyAbsent = onLine(
  'copy_path_absent',
  /failed to (?:compute cache key|calculate checksum of ref)\b.*?"?\/([^":]+)"?: not found|COPY failed:.*?stat (\S+):/,
  (match, { builder }) => ({
    why: `The Dockerfile copies \`${shown(match[1] ?? match[2] ?? '', 100)}\`, which is not in the build.`,
    doSteps:
      builder === 'dockerfile'
        ? ['Check the path in COPY, upper and lower case included.', 'Check that .dockerignore does not leave it out.']
        : ['Check that the build writes that folder, and that .dockerignore does not leave it out.'],
  }),
)

const lockMismatch = onLine(
  'lock_mismatch',
  /npm (?:error|ERR!) code EUSAGE|ERR_PNPM_OUTDATED_LOCKFILE|Your lockfile needs to be updated/,
  () => ({
    why: 'The lock file does not fit package.json.',
    doSteps: [
      'Run the install command of your package manager on your machine.',
      'Commit the lock file and push again.',
    ],
  }),
)

const missingScript = onLine(
  'missing_script',
  /(?:npm (?:error|ERR!) )?Missing script: "?([^"\s]+)"?|ERR_PNPM_NO_SCRIPT\S*\s+Missing script: (\S+)|Command "([^"]+)" not found/,
  (match) => {
    const script = shown(match[1] ?? match[2] ?? match[3] ?? '', 60)
    return {
      why: `package.json has no script \`${script}\`, which the build runs.`,
      doSteps: [`Add the script \`${script}\` to package.json, or remove the call to it.`],
    }
  },
)

const wrongEngine = onLine(
  'wrong_engine',
  /EBADENGINE|ERR_PNPM_UNSUPPORTED_ENGINE|The engine "node" is incompatible with this module/,
  (_match, { lines }) => {
    const needed = lines
      .map((text) => /required: \{ node: '([^']+)'|Expected version "([^"]+)"/.exec(text))
      .find(Boolean)
    const version = needed?.[1] ?? needed?.[2]
    return {
      why: `A package does not run on this version of Node${version === undefined ? '' : `: it asks for ${shown(version)}`}.`,
      doSteps: ['Set "engines": { "node": "…" } in package.json to a version that all packages take.'],
    }
  },
)

const scriptsBlocked = onLine(
  'install_scripts_blocked',
  /(?:install scripts? (?:were|was)? ?(?:blocked|skipped|ignored|not run))|allow-?scripts/i,
  () => ({
    why: 'npm did not run the install scripts of some packages, so their compiled parts are absent.',
    doSteps: [
      'Add the packages that the log names to "allowScripts" in package.json, e.g. { "better-sqlite3": true }.',
    ],
  }),
)

const moduleAbsent = onLine(
  'module_not_found',
  /(?:Cannot find module|Can't resolve|Could not resolve|Cannot find package|Failed to resolve import|Rollup failed to resolve import) ['"]?([^'"\s]+)['"]?/,
  (match) => {
    const wanted = name(match)
    const isOwn = /^[./]|^[@~]\//.test(match[1] ?? '')
    return {
      why: `The build needs \`${wanted}\`, which it cannot find.`,
      doSteps: isOwn
        ? [
            'Check that the file is committed.',
            'Compare upper and lower case with the file name: Linux tells them apart.',
          ]
        : [`Add the package to dependencies: npm install ${wanted}`, 'Commit package.json and the lock file.'],
    }
  },
)

const typeError = onLine(
  'typescript',
  /^(?:\S*?\s)?([\w@./\\-]+\.[cm]?tsx?)[(:](\d+)[,:](\d+)\)?:? (?:- )?error (TS\d+): (.*)/,
  (match) => ({
    why: `TypeScript found an error in ${name(match)}, line ${match[2]}: ${shown(match[5] ?? '', 160)} (${match[4]}).`,
    doSteps: ['Run the build on your machine, fix the error, commit and push again.'],
  }),
)

const execFormat = onLine('exec_format', /exec format error/i, () => ({
  why: 'A program of the build is made for another processor than this server has.',
  doSteps: ['Use a base image for the processor of this server.'],
}))

const dns = onLine(
  'network',
  /(?:getaddrinfo (?:EAI_AGAIN|ENOTFOUND)|Temporary failure (?:in name resolution|resolving)|Could not resolve host:?|bad address) ?['"]?([\w.-]*)/,
  (match) => ({
    why: `A step of the build could not find the address of ${match[1] ? `\`${name(match)}\`` : 'a server'}.`,
    doSteps: [
      'Check the network and the DNS of this server, then push again.',
      'Services of a project are not reachable while it builds.',
    ],
  }),
)

const commandAbsent = onLine(
  'command_not_found',
  /(?:^|: )(?:\d+: )?([\w@./-]+): (?:command )?not found$/,
  (match) => ({
    why: `The build runs \`${name(match)}\`, which is not installed in the image.`,
    doSteps: ['Add the package that brings it to the dependencies, or install it in the Dockerfile.'],
  }),
)

const rules: readonly Rule[] = [
  diskFull,
  registryLimit,
  registryUnreachable,
  registryDenied,
  imageAbsent,
  copyAbsent,
  outOfMemory,
  execFormat,
  missingScript,
  dns,
  typeError,
  moduleAbsent,
  commandAbsent,
  lockMismatch,
  scriptsBlocked,
  wrongEngine,
]
