// A command that is hinted at finds the same home and partition as the one that hints at it.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { commandLine } from '../domain/names.ts'

/** What was given, or has to be. */
export interface Address {
  home?: string
  partition?: string
}

/** What the command line says, wherever in the tree the command stands. */
export function addressOf(command: Command): Address {
  const { home, partition } = command.optsWithGlobals<Address>()
  return {
    ...(home === undefined ? {} : { home: resolve(home) }),
    ...(partition === undefined ? {} : { partition }),
  }
}

/** A quoted word, which is left as it is; or a command, with all that belongs to it. */
const WORD_OR_COMMAND = /(?<=[\s=])'[^']*'|(?<!\S)keyrite (?=[a-z-])(?:(?!\skeyrite )[^#;])*/g

/** These look into no home. */
const ANYWHERE = /^keyrite (?:token|help) | --help\b/

/** These are of no partition, or name it themselves. */
const OF_ALL = /^keyrite partition (?:list|init)\b/

/** Every command in a hint gets the flags that it has not. */
export const addressed = (hint: string, address: Address): string =>
  hint.replace(WORD_OR_COMMAND, (found) => (found.startsWith('keyrite ') ? addressedCommand(found, address) : found))

function addressedCommand(command: string, { home, partition }: Address): string {
  if (ANYWHERE.test(command)) return command
  const flags = [
    ...(home === undefined || command.includes(' --home ') ? [] : ['--home', home]),
    ...(partition === undefined || OF_ALL.test(command) || command.includes(' --partition ')
      ? []
      : ['--partition', partition]),
  ]
  return command.replace('keyrite', () => commandLine('keyrite', ...flags))
}
