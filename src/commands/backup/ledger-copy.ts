// The copy of the ledger beside a backup: with both of them a partition comes back where its home is lost.
import { statSync } from 'node:fs'
import { incomplete } from '../../domain/errors.ts'
import type { History } from '../../domain/history.ts'
import { commandLine, unsteered } from '../../domain/names.ts'
import type { Ledgers, Partition } from '../../ledger/port.ts'
import type { Terminal } from '../../terminal/port.ts'
import { ledgerFile } from '../context.ts'
import { asKeyriteError } from '../failure.ts'

export const ledgerCopy = (file: string): string => `${file}.ledger`

/** FILE-WRITE: the copy was not written, and how to write it by hand. */
export function copyLedger(file: string, partition: Partition, ledgers: Ledgers): void {
  const own = ledgerFile(partition)
  try {
    ledgers.copyFile(own, ledgerCopy(file))
  } catch (error) {
    const why = asKeyriteError(error).message
    const message = `the backup is whole, but its copy of the ledger was not written: ${why}`
    throw incomplete('FILE-WRITE', message, commandLine('cp', own, ledgerCopy(file)))
  }
}

/** A crash right after a backup was recorded leaves it without its copy. One that lies elsewhere by now is not looked for. */
export function uncopied({ backups }: History, partition: Partition): { message: string; hint: string } | undefined {
  const newest = backups.at(-1)
  if (!newest || sizeOf(newest.path) !== newest.file.bytes || sizeOf(ledgerCopy(newest.path)) !== undefined)
    return undefined
  const message = `the backup ${unsteered(newest.path)} has no copy of the ledger beside it`
  return { message, hint: commandLine('cp', ledgerFile(partition), ledgerCopy(newest.path)) }
}

export function warnOfUncopied(history: History, partition: Partition, terminal: Terminal): void {
  const found = uncopied(history, partition)
  if (found) terminal.warn(found.message, found.hint)
}

function sizeOf(path: string): number | undefined {
  try {
    return statSync(path).size
  } catch {
    return undefined
  }
}
