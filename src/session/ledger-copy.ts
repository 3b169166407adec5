// The copy of the ledger beside a backup: with both, a partition can be restored where its home is lost.

import { incomplete } from '../domain/errors.ts'
import { apart, type Hint, type Line, sh, to, type Way } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { unsteered } from '../domain/names.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { Files, Partition } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'

export const ledgerCopy = (file: string): string => `${file}.ledger`

/** FILE-WRITE: the copy was not written, and how to write it by hand. */
export function copyLedger(file: string, partition: Partition): void {
  try {
    partition.ledger.copyTo(ledgerCopy(file))
  } catch (error) {
    const { code, message: why } = failureFrom(error)
    const message = `the backup is whole, but its copy of the ledger was not written: ${why}`
    const way = code === 'DISK' ? orLater : code === 'FILE-EXISTS' ? makeRoom : byHand
    throw incomplete('FILE-WRITE', message, way(file, partition))
  }
}

const byHand = (file: string, { ledger }: Partition): Line => sh('cp', ledger.source, ledgerCopy(file))

const elsewhere = ({ ledger }: Partition): Line => sh('cp', ledger.source, 'ELSEWHERE/')

/** In that place it would fail once more, and `cp` leave half of a file there. */
const orLater = (file: string, partition: Partition): Hint =>
  apart(elsewhere(partition), to('or there, once it can be written', byHand(file, partition)))

/** No file is overwritten: neither an existing copy, nor one that has the name to which it would be moved. */
const makeRoom = (file: string, { ledger }: Partition): Way => {
  const copy = ledgerCopy(file)
  const away = sh('mv', '-n', copy, `${copy}.other`)
  return { lines: [away, sh('cp', '-n', ledger.source, copy)] }
}

/**
 * A crash right after a backup was recorded leaves it without its copy. Once another change has begun a copy is the business of
 * whoever keeps them: the one that belonged to the backup would be an older one.
 */
export function uncopied(
  { newestBackup: newest }: History,
  partition: Partition,
): { message: string; hint: Hint } | undefined {
  if (!newest) return undefined
  const { path, file } = newest
  const found = partition.copyBeside({ path, bytes: file.bytes }, ledgerCopy(path))
  if (found === 'gone' || found === 'a copy') return undefined
  const message = `the backup ${unsteered(path)} has no copy of the ledger beside it`
  const orElsewhere = (there: Way): Hint => apart(there, to('where that has no room, elsewhere', elsewhere(partition)))
  return found === 'nothing'
    ? { message, hint: orElsewhere(byHand(path, partition)) }
    : { message: `${message}, but another file of that name`, hint: orElsewhere(makeRoom(path, partition)) }
}

/** Removes what a crash left of the copy. The caller has the lock: nobody is writing it. */
export function dropUnfinishedCopy({ newestBackup: newest }: History, files: Files, terminal: Terminal): void {
  if (!newest) return
  try {
    files.dropUnfinished(ledgerCopy(newest.path))
  } catch (error) {
    terminal.warn(failureFrom(error).message)
  }
}

export function warnOfUncopied(history: History, partition: Partition, terminal: Terminal): void {
  const found = uncopied(history, partition)
  if (found) terminal.warn(found.message, found.hint)
}
