import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GitAnswer, type WorkTree, workTree } from '../../walks/support/work-tree.ts'

/** A person's repository whose git is given lines as they are typed into a terminal. */
export interface Repository extends WorkTree {
  /** The credential that git would ask for, in a store as people have one. */
  remember(remoteUrl: string, token: string): Promise<void>
  type(line: string): Promise<GitAnswer>
}

export async function openRepository(): Promise<Repository> {
  const tree = await workTree()
  return {
    ...tree,
    async remember(remoteUrl, token) {
      const store = join(tree.path, '.git', 'credentials')
      const url = new URL(remoteUrl)
      await writeFile(store, `${url.protocol}//${url.username}:${token}@${url.host}\n`, { mode: 0o600 })
      await tree.git('config', 'credential.helper', `store --file=${store}`)
    },
    type(line) {
      const [program, ...args] = line.trim().split(' ')
      if (program !== 'git') throw new Error(`not a line for git: ${line}`)
      return tree.git(...args)
    },
  }
}
