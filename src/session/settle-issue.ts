// What becomes of the files of new shares, and of the note of them: the ledger tells whether anything came of the set.
import type { History } from '../domain/history.ts'
import type { IssueNote } from '../domain/issue-note.ts'
import { escaped } from '../domain/names.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { Partition } from '../ledger/port.ts'
import type { Quorum } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { leftFiles } from './free-paths.ts'

/** Share files of which nothing came, where a note of them tells; none while the ledger's end is torn, for that may tell of them. */
export async function uselessShares(
  partition: Partition,
  quorum: Pick<Quorum, 'openShareFile' | 'shareFileProtection'>,
): Promise<string[]> {
  const note = partition.issue()
  if (!note) return []
  const { history, torn } = partition.openLedger()
  return torn || isKnown(note, history) ? [] : await leftFiles(note, quorum)
}

/** What became of shares that were handed out: the ledger on the disk says. Those that it knows of stay; the files of others are useless, and go. */
export async function settleIssue(
  partition: Partition,
  quorum: Pick<Quorum, 'openShareFile' | 'shareFileProtection' | 'removeShareFile'>,
  terminal: Terminal,
): Promise<void> {
  try {
    const note = partition.issue()
    if (!note) return
    const { history, torn } = partition.openLedger()
    // What is torn may tell of them: the next command that logs in mends it.
    if (torn) return
    if (!isKnown(note, history))
      for (const path of await leftFiles(note, quorum)) {
        quorum.removeShareFile(path)
        terminal.say(`  removed ${escaped(path)}: nothing came of the new shares`)
      }
    partition.dropIssue()
  } catch (error) {
    terminal.warn(`share files of which nothing came may be left: ${failureFrom(error).message}`)
  }
}

/** A plan that holds them was begun. */
const isKnown = ({ group, epoch, check }: IssueNote, { rosters }: History): boolean =>
  rosters.setOf({ group, epoch })?.group.check === check

/** Of a set that the ledger knows the note says nothing more. */
export function forgetIssue(partition: Partition, history: History, terminal: Terminal): void {
  try {
    const note = partition.issue()
    if (note && isKnown(note, history)) partition.dropIssue()
  } catch (error) {
    terminal.warn(`what was noted of new shares stays in ${partition.path}: ${failureFrom(error).message}`)
  }
}
