import { node } from './node/node.ts'
import {
  compose,
  deno,
  dotnet,
  elixir,
  go,
  java,
  php,
  python,
  rareLanguages,
  ruby,
  rust,
  shell,
} from './other-languages.ts'
import type { Provider } from './provider.ts'
import { staticFiles } from './static.ts'

/**
 * Every language, in the order of evaluation: the first that matches builds. Node is late because other languages
 * bring a package.json for their assets; static files are later, because any app may have an index.html.
 */
export const providers: readonly Provider[] = [
  php,
  go,
  java,
  rust,
  ruby,
  elixir,
  python,
  deno,
  dotnet,
  node,
  ...rareLanguages,
  staticFiles,
  shell,
  compose,
]
