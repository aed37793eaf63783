import { shown } from './file-map.ts'

/** Why a build failed, as far as its log tells, and what to do. */
export interface Diagnosis {
  why: string
  doSteps: string[]
  /** Name of the rule that matched; absent when none did. */
  rule?: string
  /** Index in the given lines of the line the cause was read from. */
  line?: number
}

export interface Observed {
  lines: readonly string[]
  exitCode: number | undefined
  builder: string
}

export type Rule = (observed: Observed) => Diagnosis | undefined

interface Text {
  why: string
  doSteps: string[]
}

/** Longer lines are cut before they are searched. */
const searchedCharacters = 2000
const checkNetwork = 'Check the network and the DNS of this server, then push again.'

/**
 * A rule over single lines: the first line that one of the patterns matches explains. The lines are an app's: a pattern
 * that begins with a run of characters looks behind, so that it is not tried again from each character of the run.
 */
function onLine(
  rule: string,
  patterns: readonly RegExp[],
  explain: (match: RegExpExecArray, observed: Observed) => Text,
): Rule {
  return (observed) => {
    for (const [line, text] of observed.lines.entries()) {
      const cut = text.slice(0, searchedCharacters)
      for (const pattern of patterns) {
        const match = pattern.exec(cut)
        if (match !== null) return { ...explain(match, observed), rule, line }
      }
    }
    return undefined
  }
}

/** The first thing that the pattern caught, fit for a sentence. */
function caught(match: RegExpExecArray): string {
  return shown(match.slice(1).find((group) => group !== undefined && group !== '') ?? '', 100)
}

function quoted(match: RegExpExecArray): string | undefined {
  return caught(match) === '' ? undefined : `\`${caught(match)}\``
}

const diskFull = onLine('disk_full', [/\bENOSPC\b/, /\bno space left on device\b/i], () => ({
  why: 'The disk of the server was full while it built.',
  doSteps: ['Free some space on the server, then push again.'],
}))

const dockerfileSyntax = onLine('dockerfile_syntax', [/dockerfile parse error (?:on )?line (\d+): (.*)/i], (match) => ({
  why: `Line ${match[1]} of the Dockerfile cannot be read: ${shown(match[2] ?? '', 160)}.`,
  doSteps: ['Correct that line, commit and push again.'],
}))

const registryLimit = onLine(
  'registry_limit',
  [/toomanyrequests/i, /(?:\/manifests\/|\/blobs\/|source metadata|registry-).*\b429\b/],
  () => ({
    why: 'The registry of the base image answered 429: this server has pulled too often for now.',
    doSteps: ['Wait some time and push again.', 'Or set HANDCAR_BASE_PREFIX to a mirror of the registry.'],
  }),
)

/** After a whole name only: giving back its characters one by one would take for ever on a long one. */
const unreachable =
  '(?![\\w.-]).*(?:no such host|i/o timeout|connection refused|TLS handshake|deadline exceeded|EOF|unreachable)'

const registryUnreachable = onLine(
  'registry_unreachable',
  [
    new RegExp(`failed to do request: \\w+ "https?://([\\w.-]+(?::\\d+)?)${unreachable}`),
    new RegExp(`failed to resolve source metadata for ([\\w.-]+(?::\\d+)?)${unreachable}`),
  ],
  (match) => ({
    why: `The registry of the base image (${caught(match)}) did not answer.`,
    doSteps: [checkNetwork, 'Or set HANDCAR_BASE_PREFIX to a mirror that this server reaches.'],
  }),
)

const registryDenied = onLine(
  'registry_denied',
  [
    /pull access denied for ([\w./@-]+)/i,
    /failed to resolve source metadata for ([\w./:@-]+?):? .*(?:\b40[13]\b|denied|unauthorized|insufficient_scope)/i,
    /failed to authorize: .*(?:\b40[13]\b|denied|unauthorized)/i,
  ],
  (match) => ({
    why: `The registry refused ${quoted(match) ?? 'the base image'}: it does not exist, or needs a sign-in.`,
    doSteps: ['Check the name in the FROM line of the Dockerfile.', 'Use an image that needs no sign-in.'],
  }),
)

const imageAbsent = onLine(
  'image_absent',
  [/(?<![\w./-])([\w./-]+:[\w.-]+): (?:not found|manifest unknown)/, /manifest for ([\w./:-]+) not found/],
  (match) => ({
    why: `The registry has no image \`${caught(match)}\`.`,
    doSteps: ['Check the name and the version: it may not exist, or not as this variant.'],
  }),
)

const copyAbsent = onLine(
  'copy_path_absent',
  [
    /^"\/([^"]+)":? not found/,
    /failed to (?:compute cache key|calculate checksum of ref)[^"]*"\/([^"]+)":? not found/,
    /failed to walk \S*?buildkit-mount\d+\/(\S+?): lstat/,
  ],
  (match, { builder }) => ({
    why: `The Dockerfile copies \`${caught(match)}\`, which is not there.`,
    doSteps:
      builder === 'dockerfile'
        ? ['Check the path in COPY, upper and lower case included.', 'Check that .dockerignore does not leave it out.']
        : ['Check that the build writes that folder, and that .dockerignore does not leave it out.'],
  }),
)

const outOfMemory: Rule = ({ exitCode, lines }) => {
  const line = lines.findIndex((text) => /JavaScript heap out of memory|Cannot allocate memory/.test(text))
  if (exitCode !== 137 && line === -1) return undefined
  return {
    why: 'The build ran out of memory: a step used more than a build may use here, and was ended.',
    doSteps: ['Make the build use less memory, or build on a larger server.'],
    rule: 'out_of_memory',
    ...(line === -1 ? {} : { line }),
  }
}

const execFormat = onLine('exec_format', [/exec format error/i], () => ({
  why: 'A program of the build is made for another processor than this server has.',
  doSteps: ['Use a base image for the processor of this server.'],
}))

const missingScript = onLine(
  'missing_script',
  [/Missing script: "?([^"\s]+)"?/i, /^error Command "([^"]+)" not found/],
  (match) => ({
    why: `package.json has no script \`${caught(match)}\`, which the build runs.`,
    doSteps: [`Add the script \`${caught(match)}\` to package.json, or remove the call to it.`],
  }),
)

const wrongEngine = onLine(
  'wrong_engine',
  [/npm (?:error|ERR!) code EBADENGINE/, /ERR_PNPM_UNSUPPORTED_ENGINE/, /The engine "node" is incompatible with this/],
  (_match, { lines }) => {
    const pattern = /Required: \{"node":"([^"]+)"|Expected version[: ]+"?([^"\s]+)/i
    const needed = lines.map((text) => pattern.exec(text)).find((match) => match !== null)
    return {
      why: `A package does not run on this version of Node${needed ? `: it asks for ${caught(needed)}` : ''}.`,
      doSteps: ['Set engines.node in package.json to a version that all packages take, commit and push again.'],
    }
  },
)

const packageRegistry = onLine(
  'package_registry',
  [/npm (?:error|ERR!) code E([45]\d\d)\b/, /ERR_PNPM_FETCH_(\d+)/],
  (match, { lines }) => {
    const request = lines.map((text) => /\b(?:GET|PUT) (https?:\/\/\S+)/.exec(text)?.[1]).find(Boolean)
    // The address may carry a password or a token.
    const address = request?.replace(/\/\/[^/]*@(?=[\w.-]+(?:[:/]|$))/, '//').replace(/\?.*|:$/, '')
    const asked = address === undefined ? '' : ` to ${shown(address, 120)}`
    return {
      why: `The package registry answered ${caught(match)}${asked}.`,
      doSteps: ['Check the name and version of that package.', 'Check that the registry gives it without a sign-in.'],
    }
  },
)

const addressUnknown = onLine(
  'network',
  [
    /getaddrinfo (?:EAI_AGAIN|ENOTFOUND) ?([\w.-]*)/,
    /Temporary failure (?:in name resolution|resolving '([\w.-]*)')/,
    /Could not resolve host: ([\w.-]*)/,
    /bad address '([\w.-]*)'/,
  ],
  (match) => ({
    why: `A step of the build could not find the address of ${quoted(match) ?? 'a server'}.`,
    doSteps: [checkNetwork, 'Other services of the project cannot be reached while it builds.'],
  }),
)

/** The warning alone is no cause: most packages do without their install scripts. */
const scriptsBlocked: Rule = ({ lines }) => {
  const line = lines.findIndex((text) => text.includes('install scripts blocked because they are not covered'))
  const absent = /Could not locate the bindings file|Cannot find module '[^']*\.node'/
  if (line === -1 || !lines.some((text) => absent.test(text))) return undefined
  return {
    why: 'npm did not run the install scripts of some packages, so their compiled parts are absent.',
    doSteps: ['Name the packages of that warning in package.json: "allowScripts": { "better-sqlite3": true }.'],
    rule: 'install_scripts_blocked',
    line,
  }
}

const typeError = onLine(
  'typescript',
  [/(?<![\w@./\\-])([\w@./\\-]+\.[cm]?tsx?)[(:](\d+)[,:]\d+\)?:? (?:- )?error (TS\d+): (.*)/],
  (match) => ({
    why: `TypeScript: ${shown(match[1] ?? '', 100)}, line ${match[2]}: ${shown(match[4] ?? '', 160)} (${match[3]}).`,
    doSteps: ['Run the build on your machine, fix the error, commit and push again.'],
  }),
)

const moduleAbsent = onLine(
  'module_not_found',
  [
    /(?:Cannot find module|Cannot find package|Can't resolve) ['"]([^'"]+)['"]/,
    /(?:Could not resolve|[Ff]ailed to resolve import) "([^"]+)"/,
  ],
  (match) => {
    const isOwn = /^[./]|^[@~]\//.test(match[1] ?? '')
    return {
      why: `The build needs \`${caught(match)}\`, which it cannot find.`,
      doSteps: isOwn
        ? ['Check that the file is committed.', 'Compare upper and lower case with its name: Linux tells them apart.']
        : [`Add the package to dependencies: npm install ${caught(match)}`, 'Commit package.json and the lock file.'],
    }
  },
)

const commandAbsent = onLine(
  'command_not_found',
  [/^(?:\S*sh: )(?:line )?(?:\d+: )?([\w@./-]+): (?:command )?not found$/],
  (match) => ({
    why: `The build runs \`${caught(match)}\`, which is not installed in the image.`,
    doSteps: ['Add the package that brings it to the dependencies, or install it in the Dockerfile.'],
  }),
)

const lockMismatch = onLine(
  'lock_mismatch',
  [/npm (?:error|ERR!) code EUSAGE/, /ERR_PNPM_OUTDATED_LOCKFILE/, /Your lockfile needs to be updated/],
  () => ({
    why: 'The lock file does not fit package.json.',
    doSteps: ['Run your package manager on your machine.', 'Commit the lock file it writes, and push again.'],
  }),
)

/** Tried in this order: the sure ones first. */
export const rules: readonly Rule[] = [
  diskFull,
  dockerfileSyntax,
  registryLimit,
  registryUnreachable,
  registryDenied,
  imageAbsent,
  copyAbsent,
  outOfMemory,
  execFormat,
  missingScript,
  wrongEngine,
  packageRegistry,
  addressUnknown,
  scriptsBlocked,
  typeError,
  moduleAbsent,
  commandAbsent,
  lockMismatch,
]
