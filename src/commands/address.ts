// A command that is hinted at finds the same home and partition as the one that hints at it.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { shellQuoted } from '../domain/names.ts'
import { commandsIn } from '../domain/shell.ts'

/** What was given, or has to be. */
export interface Address {
  home?: string
  partition?: string
  /** The copy that is looked at instead. */
  ledger?: string
}

/** What the command line says, wherever in the tree the command stands. */
export function addressOf(command: Command): Address {
  const { home, partition, ledger } = command.optsWithGlobals<Address>()
  return {
    ...(home === undefined ? {} : { home: resolve(home) }),
    ...(partition === undefined ? {} : { partition }),
    ...(ledger === undefined ? {} : { ledger }),
  }
}

/** Every command in a hint gets the flags that it has not; what it is told in quotes stays as it is. */
export const addressed = (hint: string, address: Address): string =>
  commandsIn(hint).reduceRight((text, { start, end, words }) => {
    const at = start + words[0]!.length
    const flags = asFlags(lacking(words, address))
    return `${text.slice(0, at)}${flags}${text.slice(at, end)}${asFlags(copyFor(words, address))}${text.slice(end)}`
  }, hint)

const asFlags = (words: readonly string[]): string => words.map((word) => ` ${shellQuoted(word)}`).join('')

const FLAGS = ['--home', '--partition']

const verbIn = (words: readonly string[]): string[] =>
  words.filter((word, i) => !FLAGS.includes(word) && !FLAGS.includes(words[i - 1]!)).slice(1, 3)

/** Commands that read a copy of a ledger as they read a partition's own. */
const READERS = /^(audit (show|verify)|key (list|show|public)|(quorum|partition) show|backup (show|verify))$/

/** Whoever has files and no home goes on with the same files. */
const copyFor = (words: readonly string[], { ledger }: Address): string[] =>
  ledger !== undefined &&
  READERS.test(verbIn(words).join(' ')) &&
  !words.some((word) => /^--(ledger|help)\b/.test(word))
    ? ['--ledger', ledger]
    : []

function lacking(words: readonly string[], address: Address): string[] {
  const [noun = '', verb = ''] = verbIn(words)
  if (looksNowhere(noun) || words.includes('--help')) return []
  const { home, partition } = address
  const flags = [
    ...(home === undefined ? [] : [['--home', home]]),
    ...(partition === undefined || isOfAll(noun, verb) ? [] : [['--partition', partition]]),
  ]
  return flags.filter(([flag]) => !words.some((word) => word === flag || word.startsWith(`${flag}=`))).flat()
}

/** These look into no home. */
const looksNowhere = (noun: string): boolean => ['token', 'help', 'inspect'].includes(noun)

/** These are of no partition, or name it themselves. */
const isOfAll = (noun: string, verb: string): boolean => noun === 'partition' && (verb === 'list' || verb === 'init')
