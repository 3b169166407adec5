// What people who know other programs type: words that are read as ours, and words that get a hint. No synonym destroys anything.
import type { Command } from 'commander'
import { add, apart, type Hint, keyrite, to } from '../domain/hints.ts'
import { once } from '../domain/once.ts'

type Synonyms = { readonly [typed: string]: string }

/** What another program's word is called here. */
const named = <T>(table: { readonly [typed: string]: T }, word: string): T | undefined =>
  Object.entries(table).find(([typed]) => typed === word)?.[1]

/** Other names of a command, below which noun (none: the first word). They work, and are not taught. */
export const ALIASES: { readonly [noun: string]: Synonyms } = {
  '': {
    keys: 'key',
    tokens: 'token',
    partitions: 'partition',
    backups: 'backup',
    audits: 'audit',
    shares: 'share',
    custodians: 'custodian',
  },
  key: { ls: 'list' },
  token: { ls: 'list' },
  partition: { ls: 'list' },
  audit: { log: 'show' },
}

const aliased = (noun: string, word: string): string => named(ALIASES[noun] ?? {}, word) ?? word

const nounOf = (command: Command): string => (command.parent ? command.name() : '')

/** The command of that name, or of that other name. */
export function childOf(command: Command, word: string): Command | undefined {
  const name = aliased(nounOf(command), word)
  return command.commands.find((child) => child.name() === name)
}

/** The command that the words lead to, as far as they lead into the tree. */
export const commandIn = (root: Command, words: readonly string[]): Command =>
  words.reduce((command, word) => childOf(command, word) ?? command, root)

/** The words of a command line as commander takes them: by our own names, with help behind, and a noun in the plural lists. */
export function withoutSynonyms(words: readonly string[], root: Command): string[] {
  if (words.length === 1 && words[0] === '-v') return ['--version']
  const at = firstWord(words, root)
  if (isSwapped(words.slice(at), root)) return withoutSynonyms(swapped(words, at, root), root)
  const noun = aliased('', words[at] ?? '')
  const before = words.slice(0, at)
  const after = words.slice(at + 1)
  const verb = firstWord(after, root)
  const rest = after.map((word, i) => (i === verb ? aliased(noun, word) : word))
  const below = commandIn(root, [noun])
  const isPlural = noun !== words[at] && childOf(below, 'list') !== undefined
  const lists = isPlural && /^-|^$/.test(after[0] ?? '') && !after.some((word) => isHelp(word) || childOf(below, word))
  return [
    ...before.filter((word) => !isHelp(word)),
    ...(at < words.length ? [noun] : []),
    ...(lists ? ['list'] : []),
    ...rest,
    ...before.filter(isHelp),
  ]
}

/** Commands that nobody comes to by words in another order. */
const NEVER_SWAPPED = ['destroy', 'compromise', 'deactivate', 'remove', 'restore', 'init']

/** `list keys`: a verb, and then a noun that has it. */
function isSwapped(words: readonly string[], root: Command): boolean {
  const [verb = '', ...after] = words
  const noun = after[firstWord(after, root)] ?? ''
  const branch = childOf(root, noun)
  const meant = branch && childOf(root, verb) === undefined ? childOf(branch, verb) : undefined
  return meant !== undefined && !NEVER_SWAPPED.includes(meant.name())
}

function swapped(words: readonly string[], at: number, root: Command): string[] {
  const rest = words.slice(at + 1)
  const noun = firstWord(rest, root)
  return [...words.slice(0, at), aliased('', rest[noun]!), ...rest.slice(0, noun), words[at]!, ...rest.slice(noun + 1)]
}

const isHelp = (word: string): boolean => word === '-h' || word === '--help'

/** Where the first word stands that is neither an option nor the value of one that every command takes. */
export function firstWord(words: readonly string[], root: Command): number {
  const takers = root.options.filter(({ required }) => required).map(({ long }) => `${long}`)
  const at = words.findIndex((word, i) => !word.startsWith('-') && !takers.includes(`${words[i - 1]}`))
  return at === -1 ? words.length : at
}

/** For programs an error is JSON too, before the command line is understood. */
export const wantsJson = (words: readonly string[]): boolean =>
  words.some((word, i) => {
    if (word === '--json' || word === '--format=json' || word === '-ojson') return true
    return word === 'json' && ['-o', '--format'].includes(words[i - 1] ?? '')
  })

const each = <T>(words: string, meaning: T): { readonly [typed: string]: T } =>
  Object.fromEntries(words.split(' ').map((word) => [word, meaning]))

/** By noun (none: the first word), the command that somebody may want who types this. */
export const verbs = once((): { readonly [noun: string]: Synonyms } => ({
  '': {
    ...each('list ls keylist', 'key list'),
    ...each('create new generate make add keygen', 'key generate --help'),
    ...each('init initialize initialise setup', 'partition init --help'),
    ...each('delete del rm remove destroy purge erase', 'key destroy --help'),
    ...each('get show describe view', 'key show --help'),
    ...each('status state info', 'partition show'),
    ...each('check test', 'doctor'),
    ...each('file identify', 'inspect --help'),
    ...each('verify', 'audit verify | backup verify --help'),
    ...each('log logs history ledger records events', 'audit show'),
    ...each('rotate renew rekey roll', 'key rotate --help'),
    ...each('suspend resume activate deactivate compromise', 'key --help'),
    ...each('restore import load', 'backup restore --help'),
    ...each('recover repair fix', 'partition recover --help'),
    ...each('checkpoint', 'audit checkpoint --help'),
    ...each('group groups roster people', 'quorum show'),
    ...each('hsm slot slots module modules', 'token list'),
    ...each('login logout unlock pin passwd', 'help concepts'),
    ...each('configure settings', 'config show'),
    ...each('man manual topics glossary', 'help topics'),
    ...each('concepts', 'help concepts'),
  },
  key: {
    ...each('create new make add gen', 'key generate --help'),
    ...each('delete del rm remove purge erase wipe', 'key destroy --help'),
    ...each('get describe view info cat', 'key show --help'),
    ...each('status find search', 'key list'),
    ...each('renew rekey roll update', 'key rotate --help'),
    ...each('disable pause', 'key suspend --help'),
    ...each('enable unsuspend', 'key resume --help'),
    ...each('revoke', 'key compromise --help'),
    ...each('retire expire', 'key deactivate --help'),
    ...each('pubkey', 'key public --help'),
    ...each('backup', 'backup create --help'),
  },
  partition: {
    ...each('create new make add setup', 'partition init --help'),
    ...each('get describe view info status', 'partition show'),
    ...each('verify audit', 'partition check --help'),
    ...each('repair fix', 'partition recover --help'),
    ...each('restore', 'backup restore --help'),
  },
  backup: {
    ...each('new make save', 'backup create --help'),
    ...each('load import recover', 'backup restore --help'),
    ...each('list ls', 'partition show'),
    ...each('get describe view info', 'backup show --help'),
    ...each('check', 'backup verify --help'),
    ...each('try prove rehearse', 'backup test --help'),
  },
  share: {
    ...each('get describe view info cat check verify test', 'share show --help'),
    ...each('passwd password change rekey reencrypt', 'share passphrase --help'),
    ...each('list ls', 'quorum show'),
  },
  custodian: {
    ...each('get describe view info list ls show status', 'quorum show'),
    ...each('leave remove delete', 'custodian depart --help'),
    ...each('accept sign', 'custodian acknowledge --help'),
  },
  quorum: each('get describe view info list ls status', 'quorum show'),
  token: {
    ...each('get describe view info show status', 'token list'),
    ...each('init create new', 'partition init --help'),
  },
  audit: {
    ...each('get describe view list ls tail history', 'audit show'),
    ...each('check', 'audit verify'),
    ...each('sign', 'audit checkpoint --help'),
  },
}))

/** The command to suggest where a noun lacks a word that other programs have. */
export function verbHint(command: Command, typed: string): Hint | undefined {
  const own = childOf(command, typed)
  // The noun stood behind its verb.
  if (own && command.parent) return keyrite(command.name(), own.name(), '--help')
  const known = named(verbs()[nounOf(command)] ?? {}, typed)
  if (known === undefined) return undefined
  const [first, ...others] = known.split(' | ').map((one) => keyrite(...one.split(' ')))
  return others.length === 0 ? first! : apart(first!, ...others.map((other) => to('or', other)))
}

const options = once((): { readonly [typed: string]: Hint } => ({
  ...each('--output', '-o json, -o csv or -o table, where there is a list'),
  ...each('--pin --password --passphrase --user-pin --so-pin', keyrite('help', 'concepts')),
  ...each('--algorithm --algo --size --length --bits --key-type --keytype', add('--type', 'aes-256')),
  ...each('--label --name --id', 'the name is given without a flag'),
  ...each('--file --out', 'the file is given without a flag'),
  ...each('--accept-weak', add('--accept', 'wrap-with-trusted')),
  ...each('--colour', '--color never, auto or always'),
  ...each('--no-colour', add('--no-color')),
  ...each('--lib --library --pkcs11-module', add('--module', 'PATH')),
  ...each('--shares', '--share FILE, once for each custodian'),
}))

const AGREEING = ['--yes', '-y', '--force', '-f', '--assume-yes', '--no-confirm']

/** The same for an option. There is no way to agree beforehand but a share, or the name of what is destroyed. */
export function optionHint(typed: string, command: Command): Hint | undefined {
  if (!AGREEING.includes(typed)) return named(options(), typed)
  const has = (long: string) => command.options.some((option) => option.long === long)
  if (has('--confirm')) return "--confirm NAME for what can't be undone; the shares approve the rest: --share FILE"
  return has('--share') ? 'the shares approve it: --share FILE' : 'leave it out: this asks nobody to agree'
}
