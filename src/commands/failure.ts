// Turns whatever was thrown into a failure with a name, one clear line, and something to type next.
import { type Command, CommanderError } from 'commander'
import type { Changes } from '../domain/changes.ts'
import { EXIT, type ExitCode, KeyriteError, refused, systemRefusal, usage } from '../domain/errors.ts'
import { shellQuoted } from '../domain/names.ts'
import { addressed, addressOf } from './address.ts'
import { commandIn, optionHint, verbHint } from './synonyms.ts'

/** Undefined where commander only stops: after --help and --version. `words`: the command line. */
export function asFailure(
  error: unknown,
  root: Command,
  words: readonly string[],
  changes: Changes,
): KeyriteError | undefined {
  const meant = commandIn(root, words)
  const help = `${nameOf(meant)} --help`
  const told = error instanceof CommanderError ? fromCommander(error, meant) : asKeyriteError(error)
  const failure = told && withChanges(told, changes)
  return failure && withAddress(withHint(failure, help), meant)
}

export const asKeyriteError = (error: unknown): KeyriteError =>
  error instanceof KeyriteError ? error : asSystems(error)

/** `keyrite key generate`. */
const nameOf = (command: Command): string => (command.parent ? `${nameOf(command.parent)} ` : '') + command.name()

function fromCommander({ code, exitCode, message }: CommanderError, meant: Command): KeyriteError | undefined {
  if (exitCode === 0) return undefined
  if (code === 'commander.help') return usage('no command is given')
  const [told = '', typed = ''] = /^error: (unknown (?:command|option) '(.*?)')/.exec(message)?.slice(1) ?? []
  const hint = code === 'commander.unknownCommand' ? verbHint(meant, typed) : optionHint(typed.split('=')[0]!, meant)
  if (hint !== undefined) return usage(told.replaceAll("'", '"'), hint)
  // A suggestion stands on a line of its own.
  return usage(
    message
      .replace(/^error: /, '')
      .replace(/\.$/, '')
      .replace(/\s*\n\s*/g, ' ')
      .replaceAll("'", '"'),
  )
}

/** DISK: no bug, and nothing that a stack would explain. */
function asSystems(error: unknown): KeyriteError {
  const { code = '', path } = error as NodeJS.ErrnoException
  const words = systemRefusal(code)
  if (words === undefined) return bug(error)
  return refused(
    'DISK',
    path === undefined ? words : `${path}: ${words}`,
    path === undefined ? 'df -h' : `ls -ld ${shellQuoted(path)}`,
  )
}

function bug(error: unknown): KeyriteError {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new KeyriteError(EXIT.bug as ExitCode, 'BUG', message, 'please report this', false)
}

/** Nobody is told that nothing changed where a call was made that changes. A token that was initialised, or has other PINs, is unfinished work. */
function withChanges(failure: KeyriteError, changes: Changes): KeyriteError {
  const { inWords } = changes
  const { exit, code, message, hint, changed, data } = failure
  if (changed || inWords === undefined) return failure
  const unfinished = changes.has('initialised') || changes.has('pins')
  if (!unfinished || (exit !== EXIT.usage && exit !== EXIT.refused && exit !== EXIT.device))
    return new KeyriteError(exit, code, message, hint, true, data)
  return new KeyriteError(EXIT.incomplete, code, `${message}; ${inWords}`, hint, true, data)
}

/** A rule that says what is wrong does not always know what to type; the kind of failure does. */
function withHint(failure: KeyriteError, help: string): KeyriteError {
  const hints: Partial<Record<ExitCode, string>> = {
    [EXIT.usage]: help,
    [EXIT.device]: failure.code.startsWith('MODULE-')
      ? 'name the PKCS#11 library of your HSM: --module PATH'
      : 'keyrite token list --module PATH',
    [EXIT.verification]: help.startsWith('keyrite audit verify')
      ? 'compare the ledger with an older copy: the FILE.ledger beside a backup FILE'
      : 'keyrite audit verify',
    [EXIT.incomplete]: 'keyrite partition recover',
  }
  const { exit, code, message, hint = hints[exit], changed, data } = failure
  // Whoever has just typed it is no further with it.
  const isTyped =
    exit !== EXIT.incomplete &&
    hint !== undefined &&
    help.startsWith(hint.replace(/ --module PATH$/, '')) &&
    hint !== help
  return new KeyriteError(exit, code, message, isTyped ? 'keyrite doctor' : hint, changed, data)
}

function withAddress(failure: KeyriteError, meant: Command): KeyriteError {
  const { exit, code, message, hint, changed, data } = failure
  if (hint === undefined) return failure
  return new KeyriteError(exit, code, message, addressed(hint, addressOf(meant)), changed, data)
}
