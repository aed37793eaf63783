import { type FileMap, shown } from '../file-map.ts'
import { caddyfile } from './caddyfile.ts'
import { siteEnd, siteStart } from './node/node-dockerfile.ts'
import {
  baseImage,
  cannotPlan,
  type Decision,
  generatedDockerfile,
  generatedFolder,
  type PlanFailure,
  type PlanSettings,
  type Provider,
  type SourcePlan,
} from './provider.ts'

export const staticFiles: Provider = {
  name: 'static',
  title: 'Static files',
  isSupported: true,
  matches: (files) => files.has('Staticfile') || files.has('index.html') || files.hasFolder('public'),
  plan: planStatic,
}

function planStatic(files: FileMap, settings: PlanSettings): SourcePlan | PlanFailure {
  const staticfile = files.read('Staticfile') ?? ''
  const { folder, decision } = siteFolder(files, staticfile)
  if (folder !== '.' && (!/^\w[\w.-]*(?:\/\w[\w.-]*)*$/.test(folder) || !files.hasFolder(folder))) {
    return cannotPlan(
      `Staticfile names the folder \`${shown(folder)}\`, which is not in the repository.`,
      'Correct `root:` in Staticfile, commit and push again.',
      { decisions: [decision] },
    )
  }
  const isSinglePage = /^index_fallback:\s*true\b/m.test(staticfile)
  const own = ownCaddyfile(files)
  const caddy = own ? 'Caddyfile' : `${generatedFolder}/Caddyfile`
  const source = folder === '.' ? '.' : `${folder}/`
  const lines = [
    ...siteStart(baseImage(settings.basePrefix, 'caddy:2-alpine')),
    `COPY ${source} /srv/`,
    ...siteEnd(caddy),
  ]
  const decisions = [decision, { what: 'Server', value: 'Caddy', source: own ? 'the file Caddyfile' : 'static files' }]
  return {
    builder: 'static',
    dockerfile: { path: generatedDockerfile, content: `${lines.join('\n')}\n` },
    extraFiles: own ? {} : { [caddy]: caddyfile({ isSinglePage }) },
    decisions,
    warnings: staticWarnings(files, own, settings.startCommand),
    ignore: [generatedFolder, ...(own ? ['!Caddyfile'] : [])],
  }
}

function siteFolder(files: FileMap, staticfile: string): { folder: string; decision: Decision } {
  const named = /^root:\s*["']?([^\s"'#]+)/m.exec(staticfile)?.[1]?.replace(/^\.?\/|\/$/g, '')
  if (named !== undefined && named !== '' && named !== '.') {
    return { folder: named, decision: { what: 'Site folder', value: shown(named), source: 'Staticfile > root' } }
  }
  if (!files.has('index.html') && files.hasFolder('public')) {
    return { folder: 'public', decision: { what: 'Site folder', value: 'public', source: 'the folder public' } }
  }
  const source = files.has('index.html') ? 'the file index.html' : 'Staticfile'
  return { folder: '.', decision: { what: 'Site folder', value: 'the root directory', source } }
}

/** The owner's Caddyfile wins, if it listens where the router asks. */
function ownCaddyfile(files: FileMap): boolean {
  return /\{\$PORT\b/.test(files.read('Caddyfile') ?? '')
}

function staticWarnings(files: FileMap, own: boolean, startCommand: string | undefined): string[] {
  const warnings: string[] = []
  if (startCommand !== undefined) warnings.push('The start command in Settings runs in place of the web server, Caddy.')
  if (files.has('Caddyfile') && !own) warnings.push('Caddyfile was left out: it does not listen on :{$PORT}.')
  if (files.has('nginx.conf')) warnings.push('nginx.conf is not read: Caddy serves the files.')
  if (files.has('Staticfile.auth')) warnings.push('Staticfile.auth is not read: the site asks for no password.')
  if (files.has('Procfile')) warnings.push('Procfile is not read: the site is served as files.')
  return warnings
}
