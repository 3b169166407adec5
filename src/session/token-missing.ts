// What is said where a partition's token is not there, and how to go on.
import { faultsIn } from '../change/slots.ts'
import { deviceFailed, type KeyriteError, notVerified } from '../domain/errors.ts'
import { apart, type Hint, keyrite, type Run, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { escaped, unsteered } from '../domain/names.ts'
import type { Pending } from '../domain/pending.ts'
import { tokenName } from '../domain/token-address.ts'
import { listed } from '../domain/words.ts'
import type { SlotFacts } from '../hsm/port.ts'
import { dayOf } from '../views/words.ts'

/** Another token in its place is not what was signed (exit 5); no token at all is a device failure (exit 4). */
export function tokenMissing(
  history: History,
  slots: readonly SlotFacts[],
  module: string,
  pending?: Pending,
): KeyriteError {
  const { serial, label } = history.token
  const named = escaped(tokenName(history.token))
  const others = slots.flatMap(({ token }) => (token?.initialised ? [token] : []))
  const look = keyrite('token', 'list', '--module', module)
  const hint = apart(look, ifLost(history, module, pending))
  const faults = faultsIn(slots)
  if (faults !== '') return deviceFailed('TOKEN-PRESENT', `the token ${named} is not to be seen${faults}`, hint)
  if (others.length === 0) return deviceFailed('TOKEN-PRESENT', `the token ${named} is not there, nor any other`, hint)
  const seen = others.map((token) => `${escaped(token.serial)} (${escaped(token.label)})`).join(', ')
  return notVerified(
    'TOKEN-SERIAL',
    `the token ${escaped(serial)} (${escaped(label)}) is not there; there ${others.length === 1 ? 'is' : 'are'} ${seen}`,
    hint,
  )
}

/** PARTITION-FINISHED: the token is not there, and a restore onto another one is on its way. */
export const besideMissing = ({ token }: History, failure: KeyriteError): KeyriteError =>
  failure.with({ message: `the token ${escaped(tokenName(token))} is not there; ${failure.message}` })

/** How to go on where a token is lost for good, and from what. */
export function ifLost(history: History, module: string, pending?: Pending): Hint {
  const { backups } = history
  if (backups.length === 0 && !pending?.again)
    return apart(
      'the ledger knows of no backup: if the token is lost for good, so are its keys',
      to('unless somebody has a backup', restoreOf(history)),
    )
  const names = listed(backups.map(({ path, time }) => `${unsteered(path)} of ${dayOf(time)}`))
  const restore = to('if it is lost for good', restoreOf(history, module, pending))
  return backups.length < 2 ? restore : apart(restore, `the backups that the ledger knows: ${names}`)
}

/** What brings the keys back onto another token: the restore that is on its way, or one from the newest backup. */
export function restoreOf({ backups }: History, module?: string, pending?: Pending): Run {
  if (pending?.again) return keyrite(...pending.again)
  const [newest] = backups.slice(-1)
  if (!newest) return keyrite('backup', 'restore', '--help')
  return keyrite('backup', 'restore', newest.path, ...(module === undefined ? [] : ['--module', module]))
}
