import { imagePort } from './provider.ts'

export interface SiteRules {
  /** Unknown addresses answer with index.html. */
  isSinglePage: boolean
  /** Folder, with its leading slash, whose names carry a hash of their content. */
  hashedFolder?: string
}

/** Files of a repository that are no part of its site. */
const hidden =
  '.env* .git* .handcar .dockerignore .npmrc .htpasswd Dockerfile Staticfile Staticfile.auth Caddyfile Procfile'

/** Configuration of the web server of a static site. Nothing in it comes from the repository. */
export function caddyfile(rules: SiteRules): string {
  const fallback = rules.isSinglePage ? '{path} {path}.html {path}/index.html /index.html' : '{path} {path}.html'
  const lines = [
    '{',
    '\tadmin off',
    '\tauto_https off',
    '}',
    `:{$PORT:${imagePort}} {`,
    '\troot * /srv',
    '\tencode zstd gzip',
    ...(rules.hashedFolder === undefined ? [] : hashedFiles(rules.hashedFolder)),
    '\t@health {',
    '\t\tpath /health',
    '\t\tnot file',
    '\t}',
    '\troute {',
    '\t\theader Cache-Control no-cache',
    ...(rules.hashedFolder === undefined
      ? []
      : ['\t\theader @hashed Cache-Control "public, max-age=31536000, immutable"']),
    '\t\trespond @health "ok" 200',
    `\t\ttry_files ${fallback}`,
    '\t\tfile_server {',
    `\t\t\thide ${hidden}`,
    '\t\t}',
    '\t}',
    '\thandle_errors {',
    '\t\t@page {',
    '\t\t\texpression {err.status_code} == 404',
    '\t\t\tfile /404.html',
    '\t\t}',
    '\t\trewrite @page /404.html',
    '\t\tfile_server @page',
    '\t}',
    '}',
  ]
  return `${lines.join('\n')}\n`
}

/**
 * Bundlers end a name with eight characters of hash, or 16 to 32 of hexadecimal. Eight small letters are taken for a
 * word (`og-homepage.png`): kept for a year by mistake is worse than asked for again.
 */
function hashedFiles(folder: string): string[] {
  const endings = '(js|mjs|css|map|woff2?|svg|png|jpe?g|webp|avif)'
  return [
    '\t@hashed {',
    '\t\tfile',
    `\t\tpath_regexp ^${folder}/.*[.-]([A-Za-z0-9_-]{8}|[0-9a-f]{16,32})[.]${endings}$`,
    `\t\tnot path_regexp [.-][a-z]{8}[.]${endings}$`,
    '\t}',
  ]
}
