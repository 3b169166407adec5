// Where a token can no longer be used: the restore that helps, and what it costs. The errors themselves know nothing of backups.

import { KeyriteError } from '../domain/errors.ts'
import { COPY_HINT } from '../domain/head.ts'
import { add, apart, type Hint, keyrite, type Run, to } from '../domain/hints.ts'
import type { BackupNote, History } from '../domain/history.ts'
import { label } from '../domain/names.ts'
import { whyNoWraps } from '../domain/profile.ts'
import { holderOf } from '../domain/roster.ts'
import { tokenName } from '../domain/token-address.ts'
import { listed } from '../domain/words.ts'
import { backupsByKey, liveKeys } from './inventory.ts'

/** Rules that only a restore can mend once they are broken: what they speak of can't be made again on this token. */
const NO_OTHER_WAY = ['AUDIT-KEY', 'TOKEN-BEHIND', 'HEAD-PRESENT', 'TOKEN-FULL']

/** The same, where somebody else has changed the token and its content can't be read: a restore that erases it must be told so. */
const SOMEBODYS = ['HEAD-SHAPE', 'HEAD-PARTITION', 'USER-PIN']

/** For a catch: an error of this kind gets the restore for its hint. */
export const orRestore =
  (history: History, module: string) =>
  (error: unknown): never => {
    if (!(error instanceof KeyriteError) || ![...NO_OTHER_WAY, ...SOMEBODYS].includes(error.code)) throw error
    if (history.members.areSeveral) throw error.with({ hint: WITHOUT_IT })
    if (history.unfinished?.plan.op === 'partition.retire') throw error.with({ hint: toItsEnd(history) })
    const isErasing = SOMEBODYS.includes(error.code)
    const back = isErasing ? wayBackErasing(history, module) : wayBack(history, module)
    const hint = isErasing ? back : apart(ONCE_MORE, back)
    throw error.with({
      hint: error.code === 'USER-PIN' && !error.message.includes('LOCKED') ? apart(perhapsOlder(history), hint) : hint,
    })
  }

/** One odd answer of a token that is well looks the same. */
const ONCE_MORE =
  'first run the same command again: an HSM that is busy may answer so once; where it stays so, look at the token with another program'

/** A restore would end the other members too, and they have every key. The rule may be broken on any of those that were asked. */
const WITHOUT_IT = apart(
  to('to go on without the member whose token it is', add('--absent', 'NAME')),
  to('where it can not be made right', keyrite('member', 'retire', 'NAME')),
)

/** A retirement erases a token only once the ledger says that every key is destroyed: where keys live by it, the ledger is likely older than the token. */
const toItsEnd = (history: History): Hint =>
  liveKeys(history).length === 0
    ? 'every key is destroyed, and the retirement can only be finished: run the same command again without --abandon'
    : apart(
        `likely this ledger is an older copy: ${COPY_HINT}, and run the same command again`,
        to('where it is the newest', keyrite('partition', 'recover', '--lost-token')),
      )

/** Likelier than a PIN that somebody changed; and who restores first would erase a token that nobody has touched. */
function perhapsOlder({ groups, rosters }: History): string {
  const { name, epoch } = holderOf('user', groups)
  const { stage } = rosters
  if (stage?.plan.group.name === name)
    return `shares of ${name}, epoch ${stage.plan.group.epoch}, are staged ${since(stage)}: likely they are in force by now, and this ledger is an older copy; ${BRING}`
  const replaced = epoch > 1 ? rosters.setOf({ group: name, epoch })?.since : undefined
  if (!replaced) return `likely this ledger is an older copy, from before custodians were replaced; ${BRING}`
  return `shares of ${name}, epoch ${epoch}, are in force ${since(replaced)}: likely this token was put back as it had been before, or this ledger is from before a later replacement; ${BRING}`
}

const BRING = 'bring the newest of both, and restore only where somebody changed the PIN'
const since = ({ seq, time }: { seq: number; time: string }) => `since record ${seq} of ${time.slice(0, 10)}`

/** The same, accepting that unknown objects on it are erased. */
const wayBackErasing = (history: History, module: string): Hint => wayBack(history, module, UNBACKED)
const UNBACKED = ['--accept', 'unbacked']

/** The newest backup onto the same token, and the keys that would be lost by it. */
function wayBack(history: History, module: string, more: readonly string[] = []): Hint {
  const newest = history.backups.at(-1)
  if (!newest) {
    const then = history.unprovedBackups.length > 0 ? '; without one,' : ": its keys can't be brought back;"
    return to(`${noneMade(history)}${then} a new partition`, NEW)
  }
  return apart(restoring(newest, history, module, more), lostBy(newest, history))
}

const restoring = (newest: BackupNote, { token }: History, module: string, more: readonly string[]): Run =>
  keyrite('backup', 'restore', newest.path, '--module', module, '--erase-token', tokenName(token), ...more)

function lostBy(backup: BackupNote, history: History): string {
  const lost = notIn(backup, history)
  return lost.length === 0 ? 'that backup has every key' : `not in that backup, and lost: ${listed(lost)}`
}

/** Before anything is given up as lost: look for backups that may have been written. */
export function perhaps({ unprovedBackups }: History): string {
  const names = listed(unprovedBackups.map(({ path, seq }) => `${path} of record ${seq}`))
  return names === '' ? '' : `, unless one turns up that may have been written: ${names}`
}

/** For a partition whose ledger names no finished backup. */
export const noneMade = (history: History): string =>
  history.unprovedBackups.length > 0
    ? `no backup is known to have been made of it${perhaps(history)}`
    : 'no backup was made of it'

/** Labels of the live keys that a backup lacks. */
function notIn(backup: BackupNote, history: History): string[] {
  const held = backupsByKey(history)
  return liveKeys(history)
    .filter((key) => !held(key).includes(backup))
    .map(({ name, version }) => label(name, version))
}

/** `first`, and then how an object goes that is nobody's: no other program has the user PIN. Of a partition that can be backed up, first. */
export function takenAway(first: string, history: History): Hint {
  const { acting, areSeveral } = history.members
  if (areSeveral)
    return to(`${first}; to take it away, end this member, and add it anew`, keyrite('member', 'retire', acting.name))
  if (whyNoWraps(history.profile) !== undefined)
    return `${first}; to take it away and leave the keys, which no backup can hold, is left to the tools of the token's maker`
  const newest = history.backups.at(-1)
  const omitted = new Set(newest?.omitted.map(({ name, version }) => label(name, version)))
  if (!newest || notIn(newest, history).some((name) => !omitted.has(name)))
    return to(`${first}; to take it away: back up, check again, then restore`, keyrite('backup', 'create', 'FILE'))
  const restore = restoring(newest, history, history.module?.path ?? 'PATH', UNBACKED)
  return apart(to(`${first}; to take it away`, restore), lostBy(newest, history))
}

const NEW = keyrite('partition', 'init', 'NAME')
