// Compares a backup, whose signature has been checked, with the ledger: every member must be as the ledger was when the backup was made.

import type { BackupHeader, BackupKey } from '../domain/backup.ts'
import type { StartedBackup } from '../domain/backup-history.ts'
import { sameJson } from '../domain/canonical.ts'
import { EXIT, type KeyriteError, notVerified } from '../domain/errors.ts'
import { apart, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { label } from '../domain/names.ts'
import { type BackupPlan, serialOf } from '../domain/plan.ts'
import { holderOf } from '../domain/roster.ts'
import { kindIn } from '../domain/wrap-kinds.ts'
import type { BackupContent } from '../ledger/port.ts'
import { isLost } from './credentials.ts'

/** BACKUP-PARTITION, BACKUP-INTENT, BACKUP-SIGNED, BACKUP-RECORDED, BACKUP-HEADER, BACKUP-KEYS. */
export function checkBackup({ header, keys, artefact, signer }: BackupContent, history: History): void {
  if (header.partition !== history.partition)
    throw notVerified('BACKUP-PARTITION', 'the backup is of another partition')
  const started = startedBy(header.ledger, history)
  if (history.at(header.ledger.seq, serialOf(started.plan))?.auditKey.id !== signer)
    throw notVerified('BACKUP-SIGNED', 'the audit key that signed it was not that of its time')
  if (started.file && (started.file.sha256 !== artefact.sha256 || started.file.bytes !== artefact.bytes))
    throw notVerified('BACKUP-RECORDED', 'the ledger recorded a backup of another SHA-256 for that record')
  checkHeader(header, started, history)
  // As the counts agree and no key comes twice, these are all the live keys but the omitted ones.
  for (const key of keys) checkKey(key, header, started.plan, history)
}

/** SECRET-LOST: before anybody is asked for a share that opens nothing. */
export function checkOpens(content: BackupContent, history: History): void {
  const failure = closedBy(content, history)
  if (failure) throw failure
}

/** SECRET-LOST. */
export function closedBy({ header: { kek, ledger } }: BackupContent, { rosters }: History): KeyriteError | undefined {
  const { name: group } = holderOf('recovery', rosters.at(ledger.seq))
  const set = { group, epoch: kek.epoch }
  const lost = rosters.lostBy(set)
  return lost && isLost(set, lost)
}

/** SECRET-LOST, as a failed verification: it is whole, and nobody can open it. */
export function checkHelps(content: BackupContent, history: History): void {
  const failure = closedBy(content, history)
  if (!failure) return
  const message = `the backup is what was signed, and opens no more: ${failure.message}`
  throw failure.with({ exit: EXIT.verification, message, hint: ANOTHER })
}

/** BACKUP-OPEN, BACKUP-UNFINISHED: the ledger says that this backup was made. */
export function checkRecorded(content: BackupContent, history: History): void {
  const doubt = unrecorded(content, history)
  if (doubt) throw doubt
}

/** Why the ledger does not say so. A restore reports it and goes on: the signature and the keys prove a backup on their own. */
export function unrecorded({ header: { ledger } }: BackupContent, history: History): KeyriteError | undefined {
  const { end } = startedBy(ledger, history)
  const started = `record ${ledger.seq} began this backup`
  if (!end)
    return notVerified('BACKUP-OPEN', `${started}, and the ledger does not say yet whether it was made`, OPEN_HINT)
  if (end.said === 'done') return undefined
  return notVerified('BACKUP-UNFINISHED', `${started}, and record ${end.seq} says ${IN_WORDS[end.said]}`, ANOTHER)
}

const OPEN_HINT = apart(keyrite('partition', 'recover'), 'or a newer copy of the ledger: --ledger FILE')
const ANOTHER = to('make another', keyrite('backup', 'create', 'FILE'))
const IN_WORDS = {
  failed: 'that it failed',
  partial: 'that nobody knows whether it was made',
  'not done': 'that it was not done',
}

/** The ledger's own backup by that intent, whatever became of it. */
function startedBy({ seq, leaf }: BackupHeader['ledger'], history: History): StartedBackup {
  const started = history.backupStartedBy(seq)
  if (started?.leaf === leaf) return started
  throw notVerified(
    'BACKUP-INTENT',
    `the ledger knows of no backup by record ${seq}`,
    'where it is an older copy: --ledger FILE, a newer one, such as FILE.ledger beside the backup',
  )
}

/** Member by member; only the shares can tell whether the check value of the KEK is right. */
function checkHeader(header: BackupHeader, { plan, end }: StartedBackup, history: History): void {
  const { name } = history
  const groups = history.rosters.at(header.ledger.seq)
  const wanted = {
    name,
    token: serialOf(plan),
    groups,
    kek: { ...header.kek, epoch: holderOf('recovery', groups).epoch },
    keys: plan.included,
    omitted: plan.omitted,
  }
  for (const [member, value] of Object.entries(wanted)) {
    if (!sameJson(header[member as keyof typeof wanted], value))
      throw notVerified('BACKUP-HEADER', `${member} in its header is not what the ledger says`)
  }
  if (header.created < plan.created || (end !== undefined && header.created > end.time))
    throw notVerified('BACKUP-HEADER', `it says it was made at ${header.created}, which is not when the ledger says`)
}

/** As the ledger told of it before the backup, its state, attributes and public key too. */
function checkKey(
  { wrap, blob: _, ...key }: BackupKey,
  { ledger, omitted }: BackupHeader,
  { wraps }: BackupPlan,
  history: History,
): void {
  const name = label(key.name, key.version)
  const wrong = (why: string) => notVerified('BACKUP-KEYS', `${name} in the backup ${why}`)
  const known = history.keys.at(name, ledger.seq)
  if (!known || !sameJson(known, key)) throw wrong('is not the key that the ledger knew')
  if (wrap !== kindIn(wraps, key.type)) throw wrong('is not wrapped as its plan says')
  if (key.state === 'destroyed') throw wrong('was destroyed')
  if (omitted.some((one) => label(one.name, one.version) === name)) throw wrong('is said to be omitted')
}
