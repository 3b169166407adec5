// Every failure that a person may see: what happened, whether anything changed, and what to type next.

import type { CodeOf, ErrorCode } from './codes.ts'
import { type Hint, mapHint, mapLine } from './hints.ts'
import { holdsSecret, withoutSecrets } from './secret-text.ts'

/** Exit codes answer the operator's first question: did anything change? (After 130, interrupted, nothing has.) */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  refused: 3,
  device: 4,
  verification: 5,
  incomplete: 6,
  interrupted: 130,
} as const

/** The same in words, for help and manuals. */
export const EXIT_MEANINGS: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [EXIT.done, 'done'],
  [EXIT.bug, 'a bug of keyrite'],
  [EXIT.usage, 'usage or configuration: nothing changed'],
  [EXIT.refused, 'refused: nothing changed'],
  [EXIT.device, 'the HSM could not: no key changed'],
  [EXIT.verification, 'verification failed: something is not what was signed'],
  [EXIT.incomplete, 'incomplete: it says what changed and what to run'],
  [EXIT.interrupted, 'interrupted: no key changed'],
]

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A share may have been typed in groups, as words. */
function withoutSecretsIn(words: readonly string[]): readonly string[] {
  const text = words.join(' ')
  return holdsSecret(text) ? withoutSecrets(text).split(' ') : words
}

type Told = Pick<KeyriteError, 'exit' | 'code' | 'message' | 'hint' | 'changed' | 'data'>

/** A failure with a name. `code` is the rule that was broken (`QUORUM-MET`) or the CKR of the device. It repeats no secret. */
export class KeyriteError extends Error {
  /** What to do next. */
  readonly hint: Hint | undefined

  constructor(
    readonly exit: ExitCode,
    readonly code: ErrorCode,
    message: string,
    hint?: Hint,
    /** True when keys, token or roster have changed, or may have. The ledger does not count. */
    readonly changed: boolean = exit === EXIT.incomplete,
    /** What a program may want to know beyond the message. */
    readonly data?: unknown,
    /** What was thrown, where it is a mistake of ours: its lines say where. */
    cause?: unknown,
  ) {
    super(withoutSecrets(message), cause === undefined ? {} : { cause })
    this.hint =
      hint === undefined ? undefined : mapHint(hint, withoutSecrets, (line) => mapLine(line, withoutSecretsIn))
  }

  /** The same failure with some parts replaced; the others stay. */
  with(told: Partial<Told>): KeyriteError {
    const { exit, code, message, hint, changed, data } = this
    const now = { exit, code, message, hint, changed, data, ...told }
    return new KeyriteError(now.exit, now.code, now.message, now.hint, now.changed, now.data, this.cause)
  }
}

/** A code as people see it: the name of a rule says how things have to be, and not what is wrong. */
export const bracketed = (code: string): string =>
  /^(?!.*-MISSING$).+-|^CONFIRMED$/.test(code) ? `[rule ${code}]` : `[${code}]`

/** Exit 2: the command line or the configuration is wrong. */
export const usage = (message: string, hint?: Hint, code: CodeOf<2> = 'USAGE') =>
  new KeyriteError(EXIT.usage, code, message, hint)

/** Exit 3: a rule forbids it, and nothing changed. */
export const refused = (code: CodeOf<3>, message: string, hint?: Hint) =>
  new KeyriteError(EXIT.refused, code, message, hint)

/** Exit 4: the HSM could not do it, and no key changed. */
export const deviceFailed = (code: CodeOf<4>, message: string, hint?: Hint) =>
  new KeyriteError(EXIT.device, code, message, hint)

/** Exit 5: what was signed and what is there differ. */
export const notVerified = (code: CodeOf<5>, message: string, hint?: Hint) =>
  new KeyriteError(EXIT.verification, code, message, hint)

/** Exit 6: something changed, or may have, and the work is not finished. */
export const incomplete = (code: ErrorCode, message: string, hint?: Hint) =>
  new KeyriteError(EXIT.incomplete, code, message, hint)

/** Exit 130: Ctrl-C, Ctrl-D, SIGTERM or SIGHUP before anything was touched. */
export const interrupted = () => new KeyriteError(EXIT.interrupted, 'INTERRUPTED', 'interrupted; nothing changed')

/** What the operating system refuses, in words. Anything else that it says is a bug of ours. */
export const systemRefusal = (errno: string): string | undefined => SYSTEM_REFUSALS[errno]

const SYSTEM_REFUSALS: Record<string, string> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file would be too big',
  EIO: 'the disk does not work',
  EISDIR: 'a folder, and no file',
  ELOOP: 'symbolic links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open on this machine',
  ENODEV: 'the device is not there',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'not a folder',
  ENOTSUP: 'the file system can do no such thing',
  ENXIO: 'a socket or a device, and no file',
  EOPNOTSUPP: 'the file system can do no such thing',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ESTALE: 'it is gone from its file server',
  ETIMEDOUT: 'the file server does not answer',
  ETXTBSY: 'it is running as a program',
}
