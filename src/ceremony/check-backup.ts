// Holds a backup, whose signature is right already, against the ledger: it is of this partition, and of a moment that the ledger knows.
import { sameJson } from '../domain/canonical.ts'
import { notVerified } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { label } from '../domain/names.ts'
import type { BackupContent } from '../ledger/port.ts'

/** BACKUP-PARTITION, BACKUP-INTENT, BACKUP-RECORDED, BACKUP-KEYS. */
export function checkBackup({ header, keys, artefact }: BackupContent, history: History): void {
  if (header.partition !== history.partition)
    throw notVerified('BACKUP-PARTITION', 'the backup is of another partition')
  const { seq, leaf } = header.ledger
  const noted = history.backups.find((note) => note.leaf === leaf && note.seq === seq)
  const open = history.open?.leaf === leaf
  if (!noted && !open)
    throw notVerified(
      'BACKUP-INTENT',
      `the ledger knows of no backup by record ${seq}`,
      'where it is an older copy: --ledger FILE, a newer one, such as FILE.ledger beside the backup',
    )
  if (noted && (noted.file.sha256 !== artefact.sha256 || noted.file.bytes !== artefact.bytes)) {
    throw notVerified('BACKUP-RECORDED', 'the ledger recorded a backup of another SHA-256 for that record')
  }
  if (noted && !sameJson(noted.omitted, header.omitted))
    throw notVerified('BACKUP-RECORDED', 'what it lacks is not what was planned')
  for (const key of keys) {
    const known = history.key(key.name, key.version)
    const same = known && known.id === key.id && known.type === key.type && known.fingerprint === key.fingerprint
    if (!same)
      throw notVerified(
        'BACKUP-KEYS',
        `${label(key.name, key.version)} in the backup is not the key that the ledger knows`,
      )
  }
}
