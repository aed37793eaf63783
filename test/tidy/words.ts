import { blank, type SourceFile } from './scan.ts'

interface Rule {
  fault: string
  pattern: RegExp
  /** What the pattern is held against: bare code, code with its strings, or everything. */
  in: 'code' | 'strings' | 'text'
  /** Paths that the rule is for. */
  files: RegExp
  except?: RegExp
}

const product = /^(?:src|views|public|migrations)\/|^build\.ts$/
const everything = /^(?!test\/tidy\/)/

export const codeRules: Rule[] = [
  { fault: 'any', pattern: /(?::|<|\bas|\|)\s*any\b(?=\s*(?:[;,)>=\]|&{}[]|$))/m, in: 'code', files: /./ },
  { fault: 'a non-null assertion', pattern: /[\w)\]]!(?=[.[(),;])/, in: 'code', files: /./ },
  { fault: 'an empty catch', pattern: /\bcatch\s*(?:\([^)]*\))?\s*\{\s*\}/, in: 'code', files: /./ },
  { fault: 'a swallowed rejection', pattern: /\.catch\(\s*\(\)\s*=>\s*\{\s*\}\s*\)/, in: 'code', files: /./ },
  {
    fault: 'a shell',
    pattern: /\b(?:sh|bash)['"]?\s*,?\s*\[?\s*['"]?-c\b/,
    in: 'strings',
    files: product,
    except: /^src\/adapters\/docker\//,
  },
  { fault: 'a shell', pattern: /\bshell:\s*true\b/, in: 'code', files: everything },
  { fault: 'work left for later', pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, in: 'text', files: everything },
  {
    fault: 'a switch for the type checker',
    pattern: /@ts-(?:ignore|expect-error|nocheck)/,
    in: 'text',
    files: everything,
  },
  {
    fault: 'process.env outside kernel/config.ts',
    pattern: /\bprocess\s*\.\s*env\b/,
    in: 'code',
    files: product,
    except: /^src\/kernel\/config\.ts$/,
  },
  {
    fault: 'a test that does not run',
    pattern:
      /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf|fails)\b|\bx(?:it|describe|test)\(/,
    in: 'code',
    files: everything,
  },
]

/** What becomes HTML; tests hold hostile samples. */
const page = /^(?:views|src\/web)\/.*\.tsx$/

export const viewRules: Rule[] = [
  { fault: 'a script in an attribute', pattern: /\bhx-on\b|\son[a-z]+=[{"']/, in: 'strings', files: page },
  { fault: 'a script in an address', pattern: /["'`](?:js|javascript):/, in: 'strings', files: page },
  { fault: 'an inline style', pattern: /\sstyle=[{"']|<style\b/, in: 'strings', files: page },
  { fault: 'an inline script', pattern: /<script\b(?![^>]*\ssrc=)/, in: 'strings', files: page },
  { fault: 'unescaped HTML', pattern: /\bdangerouslySetInnerHTML\b/, in: 'strings', files: page },
]

/** `docker` is what adapters speak; above them it is a replica. */
export const productWords: Rule[] = [
  {
    fault: 'says container where we say replica',
    pattern: /container(?!-engine|Engine)/i,
    in: 'code',
    files: /^(?:src\/(?:core|web|commands)|views)\//,
  },
]

/** Line by line, except where a rule needs to see over the end of one. */
export function ruleFaults(rules: Rule[], files: SourceFile[]): string[] {
  return files.flatMap((file) =>
    rules
      .filter((rule) => rule.files.test(file.path) && rule.except?.test(file.path) !== true)
      .flatMap((rule) => {
        const text = rule.in === 'text' ? file.text : blank(file.text, rule.in === 'strings')
        const pattern = new RegExp(rule.pattern.source, `g${rule.pattern.flags}`)
        return [...text.matchAll(pattern)].map(
          ({ index }) => `${file.path}:${text.slice(0, index).split('\n').length}: ${rule.fault}`,
        )
      }),
  )
}

const bannedParts = new Set(['manager', 'helper', 'helpers', 'util', 'utils', 'common', 'misc', 'handler', 'handlers'])
const bannedWholes = /^(?:data|info)$|(?:Data|Info)$/
const declaration = /\b(?:function\*?|class|interface|type|const|let)\s+([A-Za-z_$][\w$]*)/g

/** Names that say nothing: of files, and of what is declared in them. */
export function nameFaults(files: SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const parts = path.replace(/\.\w+$/, '').split(/[/.-]/)
    const fileFaults = parts.filter((part) => bannedParts.has(part) || bannedWholes.test(part))
    const names = [...blank(text).matchAll(declaration)].map((match) => match[1] ?? '')
    const nameFaultsHere = names.filter(
      (name) => bannedWholes.test(name) || words(name).some((w) => bannedParts.has(w)),
    )
    return [...fileFaults, ...nameFaultsHere].map((name) => `${path}: ${name}`)
  })
}

function words(name: string): string[] {
  return name.split(/(?=[A-Z])|_/).map((word) => word.toLowerCase())
}

/** File names that are not kebab-case. */
export function caseFaults(files: SourceFile[]): string[] {
  return files
    .map(({ path }) => path)
    .filter((path) => !/^[a-z0-9]+(?:[-_.][a-z0-9]+)*$/.test(path.split('/').at(-1) ?? ''))
}
