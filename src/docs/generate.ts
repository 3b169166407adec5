// Everything that is written from the command tree, by its path in the repository.

import type { Context } from '../commands/context.ts'
import type { Shell } from '../commands/options.ts'
import { program } from '../program.ts'
import { bash } from './bash.ts'
import { fish } from './fish.ts'
import { manuals } from './man.ts'
import { rules } from './rules.ts'
import { pageOf } from './tree.ts'
import { zsh } from './zsh.ts'

/** The context is for commands that run, and none runs here. */
export const treeOf = (version: string) => program({} as Context, version)

const SCRIPTS = { bash: ['keyrite.bash', bash], zsh: ['_keyrite', zsh], fish: ['keyrite.fish', fish] } as const

export function generate(version: string): Map<string, string> {
  const root = pageOf(treeOf(version))
  return new Map([
    ...manuals(root, version).map(([name, text]): [string, string] => [`man/${name}`, text]),
    ['docs/rules.md', rules()],
    ...Object.values(SCRIPTS).map(([name, write]): [string, string] => [`completions/${name}`, write(root)]),
  ])
}

/** What stands in completions/ for a shell. */
export const completion = (shell: Shell, version: string): string => SCRIPTS[shell][1](pageOf(treeOf(version)))
