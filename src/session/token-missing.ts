// What is said where a partition's token is not there, and how to go on.
import { faultsIn } from '../change/slots.ts'
import { deviceFailed, type KeyriteError, notVerified } from '../domain/errors.ts'
import { add, apart, type Hint, keyrite, type Run, to, type Way } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { unsteered } from '../domain/names.ts'
import type { Pending } from '../domain/pending.ts'
import { tokenName } from '../domain/token-address.ts'
import { listed } from '../domain/words.ts'
import type { SlotFacts } from '../hsm/port.ts'
import { dayOf } from '../views/words.ts'

/**
 * Another token in its place is not what was signed (exit 5); no token at all is a device failure (exit 4). `without`: how the command
 * that is at work goes on without a member.
 */
export function tokenMissing(
  history: History,
  slots: readonly SlotFacts[],
  module: string,
  { pending, without = leftOut }: { pending?: Pending | undefined; without?: (member: string) => Way } = {},
): KeyriteError {
  // What a token says of itself is spelled as it is read, beside the library.
  const { members, token } = history
  const { serial, label } = token
  const named = unsteered(tokenName(token))
  const others = slots.flatMap(({ token }) => (token?.initialised ? [token] : []))
  const look = keyrite('token', 'list', '--module', module)
  const isAlone = !others.some((token) => members.live.some((one) => one.token.serial === token.serial))
  const lost = ifLost(history, module, pending, isAlone)
  const hint = members.areSeveral ? apart(without(members.acting.name), lost, look) : apart(look, lost)
  const missing = (what: string, state: string): string =>
    members.areSeveral
      ? `the token of member ${members.acting.name} is ${state}: ${what}`
      : `the token ${what} is ${state}`
  const faults = faultsIn(slots)
  if (faults !== '') return deviceFailed('TOKEN-PRESENT', `${missing(named, 'not to be seen')}${faults}`, hint)
  if (others.length === 0) return deviceFailed('TOKEN-PRESENT', `${missing(named, 'not there')}, nor any other`, hint)
  const seen = others.map((token) => `${unsteered(token.serial)} (${unsteered(token.label)})`).join(', ')
  return notVerified(
    'TOKEN-SERIAL',
    `${missing(`${unsteered(serial)} (${unsteered(label)})`, 'not there')}; there ${others.length === 1 ? 'is' : 'are'} ${seen}`,
    hint,
  )
}

/** The same command, with what it lacks. */
const leftOut = (member: string): Way => to('to go on without it', add('--absent', member))

/** PARTITION-FINISHED: the token is not there, and a restore onto another one is on its way. */
export const besideMissing = ({ token }: History, failure: KeyriteError): KeyriteError =>
  failure.with({ message: `the token ${unsteered(tokenName(token))} is not there; ${failure.message}` })

/** How to go on where a token is lost for good, and from what. `isAlone`: no other member is seen either. */
export function ifLost(history: History, module: string, pending?: Pending, isAlone = false): Hint {
  const { backups, members } = history
  const isEnding = history.unfinished?.plan.op === 'partition.retire'
  // A restore would end the others too, and they have every key.
  if (members.areSeveral && !pending?.again) {
    const { name } = members.acting
    const without = isEnding
      ? keyrite('partition', 'recover', '--absent', name)
      : keyrite('member', 'retire', name, '--lost')
    const all = isEnding ? ENDING : restoreOf(history, module)
    return isAlone ? apart(to(LOST, without), to('if every member is lost', all)) : to(LOST, without)
  }
  if (isEnding && !pending?.again) return to(LOST, ENDING)
  if (backups.length === 0 && !pending?.again)
    return apart(
      'the ledger knows of no backup: if the token is lost for good, so are its keys',
      to('unless somebody has a backup', restoreOf(history)),
    )
  const names = listed(backups.map(({ path, time }) => `${unsteered(path)} of ${dayOf(time)}`))
  const restore = to(LOST, restoreOf(history, module, pending))
  return backups.length < 2 ? restore : apart(restore, `the backups that the ledger knows: ${names}`)
}

const LOST = 'if it is lost for good'
const ENDING = keyrite('partition', 'recover', '--lost-token')

/** What brings the keys back onto another token: the restore that is on its way, or one from the newest backup. */
export function restoreOf({ backups }: History, module?: string, pending?: Pending): Run {
  if (pending?.again) return keyrite(...pending.again)
  const [newest] = backups.slice(-1)
  if (!newest) return keyrite('backup', 'restore', '--help')
  return keyrite('backup', 'restore', newest.path, ...(module === undefined ? [] : ['--module', module]))
}
