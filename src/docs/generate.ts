// Everything that is written from the command tree, by its path in the repository.
import type { Context } from '../commands/context.ts'
import { program } from '../program.ts'
import { bash } from './bash.ts'
import { fish } from './fish.ts'
import { manuals } from './man.ts'
import { pageOf } from './tree.ts'
import { zsh } from './zsh.ts'

/** The context is for commands that run, and none runs here. */
export const treeOf = (version: string) => program({} as Context, version)

export function generate(version: string): Map<string, string> {
  const root = pageOf(treeOf(version))
  return new Map([
    ...manuals(root, version).map(([name, text]): [string, string] => [`man/${name}`, text]),
    ['completions/keyrite.bash', bash(root)],
    ['completions/_keyrite', zsh(root)],
    ['completions/keyrite.fish', fish(root)],
  ])
}
