// A command that is hinted at finds the same home and partition as the one that hints at it.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { shellQuoted } from '../domain/names.ts'
import { commandsIn } from '../domain/shell.ts'

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

/** Every command in a hint gets the flags that it has not; what it is told in quotes stays as it is. */
export const addressed = (hint: string, address: Address): string =>
  commandsIn(hint).reduceRight((text, { start, words }) => {
    const flags = lacking(words, address).map((word) => ` ${shellQuoted(word)}`)
    const at = start + words[0]!.length
    return `${text.slice(0, at)}${flags.join('')}${text.slice(at)}`
  }, hint)

const FLAGS = ['--home', '--partition']

function lacking(words: readonly string[], address: Address): string[] {
  const [, noun = '', verb = ''] = words.filter((word, i) => !FLAGS.includes(word) && !FLAGS.includes(words[i - 1]!))
  if (looksNowhere(noun) || words.includes('--help')) return []
  const { home, partition } = address
  const flags = [
    ...(home === undefined ? [] : [['--home', home]]),
    ...(partition === undefined || isOfAll(noun, verb) ? [] : [['--partition', partition]]),
  ]
  return flags.filter(([flag]) => !words.some((word) => word === flag || word.startsWith(`${flag}=`))).flat()
}

/** These look into no home. */
const looksNowhere = (noun: string): boolean => noun === 'token' || noun === 'help'

/** These are of no partition, or name it themselves. */
const isOfAll = (noun: string, verb: string): boolean => noun === 'partition' && (verb === 'list' || verb === 'init')
