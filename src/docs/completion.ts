// Completions for a shell, made from the command tree.
import type { Context } from '../cli/context.ts'
import type { Shell } from '../cli/options.ts'
import { program } from '../program.ts'
import { bash } from './bash.ts'
import { fish } from './fish.ts'
import { pageOf } from './tree.ts'
import { zsh } from './zsh.ts'

/** The context is for commands that run, and none runs here. */
export const treeOf = (version: string) => program({} as Context, version)

export const SCRIPTS = { bash: ['keyrite.bash', bash], zsh: ['_keyrite', zsh], fish: ['keyrite.fish', fish] } as const

/** What stands in completions/ for a shell. */
export const completion = (shell: Shell, version: string): string => SCRIPTS[shell][1](pageOf(treeOf(version)))
