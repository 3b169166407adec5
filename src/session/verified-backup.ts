// The backup that a replacement of custodians relies on: the newest one of the ledger, whose file is verified once more.
import { checkBackup, checkHelps, checkRecorded } from '../change/check-backup.ts'
import type { History } from '../domain/history.ts'
import type { QuorumReplacePlan } from '../domain/quorum-plans.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { Backups } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'

/** BACKUP-...: of a file that was given. Where none was, what keeps the newest one from being relied on is said, and there is none. */
export function verifiedBackup(
  given: string | undefined,
  history: History,
  { backups, terminal }: { backups: Backups; terminal: Pick<Terminal, 'warn'> },
): QuorumReplacePlan['backup'] {
  const file = given ?? history.backups.at(-1)?.path
  if (file === undefined) return undefined
  try {
    const content = backups.readBackup(file, history)
    checkBackup(content, history)
    checkRecorded(content, history)
    checkHelps(content, history)
    const { artefact, header } = content
    return { name: artefact.name, sha256: artefact.sha256, seq: header.ledger.seq }
  } catch (error) {
    if (given !== undefined) throw error
    terminal.warn(`the newest backup can't be relied on: ${failureFrom(error).message}`)
    return undefined
  }
}
