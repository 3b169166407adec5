// Turns whatever was thrown into a failure with a name, one clear line, and something to type next.
import { existsSync } from 'node:fs'
import { type Command, CommanderError, type Option } from 'commander'
import type { Changes } from '../domain/changes.ts'
import { EXIT, type ExitCode, type KeyriteError, usage } from '../domain/errors.ts'
import {
  type Add,
  type Address,
  add,
  addressed,
  apart,
  type Hint,
  isTold,
  keyrite,
  type Line,
  mapHint,
  type Run,
  readsCopies,
  TRACED,
  to,
  type Way,
  waysOf,
} from '../domain/hints.ts'
import { quoted } from '../domain/names.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { addressOf } from './address.ts'
import { isRepeatable } from './options.ts'
import { commandIn, optionHint, verbHint } from './synonyms.ts'

/** Undefined where commander only stops: after --help and --version. `words`: the command line; then what it came to. */
export function asFailure(
  error: unknown,
  root: Command,
  words: readonly string[],
  { changes, libraries }: { changes: Changes } & Required<Pick<Address, 'libraries'>>,
): KeyriteError | undefined {
  const command = commandIn(root, words)
  const told = error instanceof CommanderError ? fromCommander(error, command) : failureFrom(error)
  const failure = told && withChanges(told, changes)
  if (!failure) return undefined
  const hinted = withHint(failure, command)
  return withAddress(error instanceof CommanderError ? hinted : completed(hinted, command, words), {
    ...addressOf(command),
    libraries,
  })
}

/** A missing or wrong flag is shown within the command that was typed: a flag alone can't be pasted. */
function completed(failure: KeyriteError, command: Command, words: readonly string[]): KeyriteError {
  const { hint = '' } = failure
  const [way = ''] = waysOf(hint)
  const [first] = typeof way === 'string' ? [] : isTold(way) ? way.lines : [way]
  if (first === undefined || !('add' in first)) return failure
  const isKey = first.add[0]!.startsWith('NAME') && command.parent?.name() === 'key' && command.name() !== 'generate'
  if (isKey) return failure.with({ hint: keyrite('key', 'list') })
  const shown = (line: Line): Line =>
    'add' in line ? keyrite(...withoutFlag(line, command, untraced(words)).map(unrepeated), ...line.add) : line
  return failure.with({ hint: mapHint(hint, (text) => text, shown) })
}

/** Text given in place of a secret's file may be the secret itself. */
function unrepeated(word: string, i: number, words: readonly string[]): string {
  const [, flag = words[i - 1] ?? '', owner = '', value = ''] =
    /^(?:(--[a-z-]+)=)?([a-z][a-z0-9-]{0,31}=)?(.*)$/s.exec(word) ?? []
  if (!SECRET_FILES.includes(flag) || existsSync(value)) return word
  return word.startsWith('--') ? `${flag}=${owner}FILE` : `${owner}FILE`
}

const SECRET_FILES = ['--passphrase-file', '--so-pin-file', '--identity', '--share']

/** The trace that was written stays: its file can't be made anew. */
function untraced(words: readonly string[]): string[] {
  const isFlag = (word: string | undefined): boolean => word === '--trace'
  return words.filter((word, i) => !isFlag(word) && !isFlag(words[i - 1]) && !word.startsWith('--trace='))
}

/** A flag that takes one value is not given twice, nor one that takes a value for each custodian twice for the same; and what was wrong goes. */
function withoutFlag(
  { add: [flag = '', value = ''], instead }: Add,
  command: Command,
  words: readonly string[],
): string[] {
  const option = optionOf(command, flag)
  const [owner] = /^[a-z][a-z0-9-]*=/.exec(value) ?? ['']
  if (!option?.required || (isRepeatable(option) && owner === '' && instead === undefined)) return [...words]
  const goes = (given: string | undefined): boolean =>
    instead === undefined ? (given?.startsWith(owner) ?? false) : given === instead
  return words.filter(
    (word, i) =>
      !(word === flag && goes(words[i + 1])) &&
      !(word.startsWith(`${flag}=`) && goes(word.slice(flag.length + 1))) &&
      !(words[i - 1] === flag && goes(word)),
  )
}

/** Its own, or one that every command takes. */
const optionOf = ({ options, parent }: Command, flag: string): Option | undefined =>
  options.find(({ long }) => long === flag) ?? (parent ? optionOf(parent, flag) : undefined)

/** `key`, `generate`. */
const pathOf = (command: Command): string[] => (command.parent ? [...pathOf(command.parent), command.name()] : [])
/** `keyrite key generate`. */
const nameOf = (command: Command): string => ['keyrite', ...pathOf(command)].join(' ')

function fromCommander({ code, exitCode, message }: CommanderError, command: Command): KeyriteError | undefined {
  if (exitCode === 0) return undefined
  if (code === 'commander.help') return usage('no command is given', nounHint(command))
  const misused = MISUSED[code]?.(command, message)
  if (misused) return misused
  const [told = '', typed = ''] = /^error: (unknown (?:command|option) '(.*?)')/.exec(message)?.slice(1) ?? []
  const hint =
    code === 'commander.unknownCommand' ? verbHint(command, typed) : optionHint(typed.split('=')[0]!, command)
  if (hint !== undefined) return usage(told.replaceAll("'", '"'), hint)
  const near = /\(Did you mean (\S+)\?\)/.exec(message)?.[1] ?? begunBy(command, typed)
  // A suggestion stands on a line of its own.
  return usage(
    message
      .replace(/^error: /, '')
      .replace(/\.$/, '')
      .replace(/\s*\n\s*/g, ' ')
      .replaceAll("'", '"'),
    near && !near.startsWith('-') ? keyrite(...pathOf(command), near, '--help') : undefined,
  )
}

/** The one verb that begins so. */
function begunBy({ commands }: Command, typed: string): string | undefined {
  const [one, ...others] = commands
    .map((child) => child.name())
    .filter((name) => typed !== '' && name.startsWith(typed))
  return others.length === 0 ? one : undefined
}

/** Its help was shown, and says what there is. */
export const isHelpShown = (error: unknown): boolean =>
  error instanceof CommanderError && error.code === 'commander.help'

/** The help of a noun stands above this already. */
const nounHint = (command: Command): Run | undefined =>
  command.parent
    ? keyrite(...pathOf(command), ...command.commands.slice(0, 1).map((child) => child.name()), '--help')
    : undefined

/** What commander says of a command line, in our words. */
const MISUSED: { readonly [code: string]: (command: Command, message: string) => KeyriteError } = {
  'commander.excessArguments': (command) => {
    const extra = command.args[command.registeredArguments.length] ?? ''
    return usage(
      `${quoted(extra)} is one word too many for ${nameOf(command)}`,
      EXTRA[pathOf(command).join(' ')]?.(extra),
    )
  },
  'commander.missingArgument': (command, message) => {
    const [, name = ''] = /argument '(.*?)'/.exec(message) ?? []
    const { description = '' } = command.registeredArguments.find((one) => one.name() === name) ?? {}
    return usage(`${name} is not given: ${description}`, undefined, 'INPUT-MISSING')
  },
  'commander.optionMissingArgument': (_, message) => {
    const [, long = '', value = 'VALUE'] = /(--[a-z-]+)(?: <(.*?)>)?/.exec(message) ?? []
    return usage(`${long} wants a value: ${long} ${value.toUpperCase()}`)
  },
}

/** What may have been meant by the word. */
const EXTRA: { readonly [command: string]: (word: string) => Run } = {
  'audit show': (word) => keyrite('audit', 'show', '--key', word),
  'audit verify': (word) => keyrite('audit', 'verify', '--ledger', word),
  'partition show': (word) => keyrite('--partition', word, 'partition', 'show'),
  'quorum show': (word) => keyrite('--partition', word, 'quorum', 'show'),
}

/** Nobody is told that nothing changed where a call was made that changes. A token that was initialised, or has other PINs, is unfinished work. */
function withChanges(failure: KeyriteError, changes: Changes): KeyriteError {
  const { inWords } = changes
  const { exit, message, changed } = failure
  if (changed || inWords === undefined) return failure
  const unfinished = changes.has('initialised') || changes.has('pins')
  if (!unfinished || (exit !== EXIT.usage && exit !== EXIT.refused && exit !== EXIT.device))
    return failure.with({ changed: true })
  return failure.with({ exit: EXIT.incomplete, message: `${message}; ${inWords}`, changed: true })
}

/** A rule that says what is wrong does not always know what to type; the kind of failure does. */
function withHint(failure: KeyriteError, command: Command): KeyriteError {
  const path = pathOf(command)
  const takesModule = command.options.some(({ long }) => long === '--module')
  const hints: Partial<Record<ExitCode, Hint>> = {
    [EXIT.usage]: usageHint(failure, path, takesModule),
    [EXIT.device]: deviceHint(failure, takesModule),
    [EXIT.verification]: isOf(path, ['audit', 'verify'])
      ? 'docs/runbooks.md, "A damaged ledger": an older copy, such as the FILE.ledger beside a backup FILE, has the record as it was'
      : keyrite('audit', 'verify'),
    [EXIT.incomplete]: keyrite('partition', 'recover'),
  }
  const { exit, hint = hints[exit] } = failure
  return failure.with({ hint: exit === EXIT.incomplete || hint === undefined ? hint : leadingOn(hint, command) })
}

/** What has just been typed is no way on. */
function leadingOn(hint: Hint, command: Command): Hint {
  const path = pathOf(command)
  const { module } = command.opts<{ module?: string }>()
  const ways = waysOf(hint).filter((way) => !isTyped(way, path))
  return ways.length > 0
    ? ways
    : keyrite('doctor', ...(isOf(path, ['doctor']) ? ['--help'] : module === undefined ? [] : ['--module', module]))
}

function isTyped(way: Way, path: readonly string[]): boolean {
  const [line, ...more] = typeof way === 'string' ? [] : isTold(way) ? way.lines : [way]
  return more.length === 0 && line !== undefined && 'run' in line && isOf(withoutPlace(line.run), path)
}

/** But for where it looks. */
const withoutPlace = (words: readonly string[]): string[] =>
  words.filter((word, i) => !PLACES.includes(word) && !PLACES.includes(words[i - 1] ?? ''))
const PLACES = ['--module', '--home', '--partition']

function usageHint({ code }: KeyriteError, path: readonly string[], takesModule: boolean): Hint {
  if (code === 'MODULE-MISSING') return moduleHint(takesModule)
  return code === 'PARTITION-KNOWN' ? nonePresent(path) : keyrite(...path, '--help')
}

/** The home holds no partition: whoever only reads brings a copy, and a second machine gets one. */
function nonePresent(path: readonly string[]): Hint {
  if (readsCopies(path)) return apart(to('with a copy of the ledger', add('--ledger', 'FILE')), ELSEWHERE, BEGIN)
  if (isOf(path, ['quorum', 'drill']))
    return apart(
      to('on a machine without the ledger', keyrite(...path, '--challenge', 'FILE', '--out', 'FILE')),
      ELSEWHERE,
    )
  if (isOf(path, ['quorum', 'confirm']))
    return apart(to('on a machine without the ledger', add('--out', 'FILE')), ELSEWHERE)
  if (isOf(path, ['station', 'request'])) return apart(COPY_FIRST, ELSEWHERE)
  return apart(ELSEWHERE, to('on a second machine', keyrite('station', 'request', '--help')), BEGIN)
}

const BEGIN = to('to begin a new partition', keyrite('partition', 'init', '--help'))
const ELSEWHERE = 'where the partition is in another home: --home DIR'
const COPY_FIRST =
  'first copy ledger.jsonl and checkpoint from the folder of the partition at a station to HOME/NAME here, mode 0700'

const isOf = (words: readonly string[], path: readonly string[]): boolean =>
  words.length === path.length && words.every((word, i) => word === path[i])

/** Of a library that the settings name, and no option of this command. */
function deviceHint({ code, message }: KeyriteError, takesModule: boolean): Hint {
  const look = keyrite('token', 'list', '--module', 'PATH')
  if (message.startsWith('C_InitToken: CKR_'))
    return to('try again; where it stays so, take another token, of those in', look)
  if (!code.startsWith('MODULE-')) return look
  if (!takesModule) return keyrite('doctor')
  return code === 'MODULE-CRASHED' ? TRACED : moduleHint(true)
}

/** Where a command takes no library, the settings of the partition name it. */
const moduleHint = (takesModule: boolean): Hint =>
  takesModule ? 'name the PKCS#11 library of your HSM: --module PATH' : keyrite('config', 'set', 'module', 'PATH')

function withAddress(failure: KeyriteError, address: Address): KeyriteError {
  const { hint } = failure
  return hint === undefined ? failure : failure.with({ hint: addressed(hint, address) })
}
