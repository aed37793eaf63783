import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allFiles, fileText } from './repository.ts'
import type { SourceFile } from './scan.ts'

/** Settings that the server reads, by the text of kernel/config.ts. */
function settingsRead(text: string): string[] {
  return [...new Set([...text.matchAll(/\benvironment(?:\.|,\s*')([A-Z][A-Z_]+)/g)].map((match) => match[1] ?? ''))]
}

function unnamed(settings: string[], readme: string): string[] {
  return settings.filter((name) => !new RegExp(`\`${name}\``).test(readme))
}

interface Package {
  [group: string]: unknown
}

const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

/** Dependencies whose version is a range, a tag or an address. */
function looseVersions(manifest: Package): string[] {
  return groups.flatMap((group) =>
    Object.entries((manifest[group] ?? {}) as Record<string, string>)
      .filter(([, version]) => !/^(?:npm:@?[\w./-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${name}@${version}`),
  )
}

/** Written in pieces, so that this file does not find itself. */
const places = [
  ['/work', 'main'],
  ['/work', 'shared'],
  ['/tmp', 'brief'],
  ['/tmp', 'contracts'],
].map((parts) => parts.join('/'))
const registries = [
  ['registry', 'npmjs'],
  ['registry', 'yarnpkg'],
  ['registry-1', 'docker'],
  ['index', 'docker'],
  ['deb', 'debian'],
  ['files', 'pythonhosted'],
  ['pypi', 'org'],
  ['ghcr', 'io'],
  ['proxy', 'golang'],
].map((parts) => parts.join('.'))

/** Where Traefik is fetched from when nothing else is set is a fact of the product. */
const exceptions = new Set(['src', 'test'].map((top) => `${top}/adapters/traefik/wheel`))

function strangeAddresses(files: SourceFile[]): string[] {
  return files
    .flatMap(({ path, text }) =>
      [...places, ...registries].filter((word) => text.includes(word)).map((word) => `${path}: ${word}`),
    )
    .filter((fault) => !exceptions.has(fault.split('.')[0] ?? ''))
}

/** Relative links of a page that lead nowhere. */
function brokenLinks(text: string, exists: (path: string) => boolean): string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '')
  return links.filter((link) => !/^[a-z]+:/.test(link) && !exists(link))
}

describe('papers', () => {
  it('the README names every setting that the server reads', () => {
    const settings = settingsRead(fileText('src/kernel/config.ts'))
    expect(settings).toContain('HANDCAR_DATA')
    expect(settings).toContain('HANDCAR_BUILD_TIMEOUT')
    expect(unnamed(settings, fileText('README.md'))).toEqual([])
    expect(unnamed(['HANDCAR_DATA', 'HANDCAR_NEW'], 'set `HANDCAR_DATA`')).toEqual(['HANDCAR_NEW'])
  })

  it('the README links to files that are there', () => {
    const root = new URL('../../', import.meta.url)
    expect(brokenLinks(fileText('README.md'), (link) => existsSync(new URL(link, root)))).toEqual([])
    expect(brokenLinks('[a](a.md#b) [c](https://c.test) ![d](d.png)', (link) => link === 'a.md')).toEqual(['d.png'])
  })

  it('every dependency has one exact version', () => {
    expect(looseVersions(JSON.parse(fileText('package.json')))).toEqual([])
    const planted = { dependencies: { a: '^1.2.3', b: '1.2', c: 'npm:@x/c@1.2.3' }, devDependencies: { d: 'latest' } }
    expect(looseVersions(planted)).toEqual(['a@^1.2.3', 'b@1.2', 'd@latest'])
  })

  it('the repository names no place of one machine and no package registry', () => {
    expect(strangeAddresses(allFiles)).toEqual([])
    const text = `cd ${places[0]}\ncurl https://${registries[0]}.org`
    expect(strangeAddresses([{ path: 'a.sh', text }])).toEqual([`a.sh: ${places[0]}`, `a.sh: ${registries[0]}`])
  })
})
