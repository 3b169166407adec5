// Holds a backup, whose signature is right already, against the ledger: every member of it is as the ledger was when it was made.

import type { BackupHeader, BackupKey } from '../domain/backup.ts'
import { sameJson } from '../domain/canonical.ts'
import { fromBase64url, sha256, toHex } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import type { BackupNote, History } from '../domain/history.ts'
import { label } from '../domain/names.ts'
import type { BackupPlan } from '../domain/plan.ts'
import { holderOf } from '../domain/roster.ts'
import type { BackupContent } from '../ledger/port.ts'

/** BACKUP-PARTITION, BACKUP-INTENT, BACKUP-SIGNED, BACKUP-RECORDED, BACKUP-HEADER, BACKUP-KEYS. */
export function checkBackup({ header, keys, artefact, signer }: BackupContent, history: History): void {
  if (header.partition !== history.partition)
    throw notVerified('BACKUP-PARTITION', 'the backup is of another partition')
  const made = madeBy(header, history)
  if (history.at(header.ledger.seq).auditKey.id !== signer)
    throw notVerified('BACKUP-SIGNED', 'the audit key that signed it was not that of its time')
  if (made.file && (made.file.sha256 !== artefact.sha256 || made.file.bytes !== artefact.bytes))
    throw notVerified('BACKUP-RECORDED', 'the ledger recorded a backup of another SHA-256 for that record')
  checkHeader(header, made, history)
  // With the counts, and no key twice, these are all keys that lived and are not omitted.
  for (const key of keys) checkKey(key, header, history)
}

/** What its intent planned, and when; the file, once there is an outcome. */
type Made = Pick<BackupPlan, 'included' | 'omitted'> & { from: string; until?: string; file?: BackupNote['file'] }

/** The ledger's own backup by that intent, finished or not. */
function madeBy({ ledger: { seq, leaf } }: BackupHeader, history: History): Made {
  const noted = history.backups.find((note) => note.leaf === leaf && note.seq === seq)
  if (noted) return { ...noted, from: noted.begun, until: noted.time }
  const { open } = history
  if (open?.leaf === leaf && open.seq === seq && open.plan.op === 'backup.create') {
    const { included, omitted, created } = open.plan
    return { included, omitted, from: created }
  }
  throw notVerified(
    'BACKUP-INTENT',
    `the ledger knows of no backup by record ${seq}`,
    'where it is an older copy: --ledger FILE, a newer one, such as FILE.ledger beside the backup',
  )
}

/** Member by member; only the shares can tell whether the check value of the KEK is right. */
function checkHeader(header: BackupHeader, { included, omitted, from, until }: Made, history: History): void {
  const { name, groups } = history
  const wanted = {
    name,
    token: history.at(header.ledger.seq).token.serial,
    groups,
    kek: { ...header.kek, epoch: holderOf('recovery', groups).epoch },
    keys: included,
    omitted,
  }
  for (const [member, value] of Object.entries(wanted)) {
    if (!sameJson(header[member as keyof typeof wanted], value))
      throw notVerified('BACKUP-HEADER', `${member} in its header is not what the ledger says`)
  }
  if (header.created < from || (until !== undefined && header.created > until))
    throw notVerified('BACKUP-HEADER', `it says it was made at ${header.created}, which is not when the ledger says`)
}

/** As the ledger told of it before the backup, its state and attributes too; the public key is the one that the fingerprint is of. */
function checkKey({ blob: _, spki, ...key }: BackupKey, { ledger, omitted }: BackupHeader, history: History): void {
  const name = label(key.name, key.version)
  const wrong = (why: string) => notVerified('BACKUP-KEYS', `${name} in the backup ${why}`)
  const known = history.keys.at(name, ledger.seq)
  if (!known || !sameJson(known, key)) throw wrong('is not the key that the ledger knew')
  if (key.state === 'destroyed') throw wrong('was destroyed')
  if (omitted.some((one) => label(one.name, one.version) === name)) throw wrong('is said to be omitted')
  if ((spki === undefined) !== (key.class === 'secret')) throw wrong('has a public key as it should not, or none')
  if (spki !== undefined && `sha256:${toHex(sha256(fromBase64url(spki)))}` !== key.fingerprint)
    throw wrong('has a public key of another fingerprint')
}
