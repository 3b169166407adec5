// A checkpoint that somebody kept, from wherever it lies.
import { KeyriteError, usage } from '../domain/errors.ts'
import { shellQuoted } from '../domain/names.ts'
import type { Ledgers } from '../ledger/port.ts'

/** USAGE, FILE-KIND: the text of the note. */
export function readNote(path: string, ledgers: Ledgers): string {
  try {
    return ledgers.readText(path)
  } catch (error) {
    if (error instanceof KeyriteError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw usage(`can't read the checkpoint ${path} (${code})`, `ls -l ${shellQuoted(path)}`)
  }
}
