// What lies beside a backup in the place of the ledger's copy.
import { openOwn, openRegular, sizeOf } from '../disk/files.ts'
import { readLines } from './lines.ts'

/** `gone`: the backup is not where it was written to, or it is another one; nobody looks for it elsewhere. */
export type Beside = 'a copy' | 'nothing' | 'another file' | 'gone'

export function copyBeside(backup: { path: string; bytes: number }, copy: string, ledger: string): Beside {
  if (sizeOf(backup.path) !== backup.bytes) return 'gone'
  if (sizeOf(copy) === undefined) return 'nothing'
  return beginsAs(copy, ledger) ? 'a copy' : 'another file'
}

/** An older copy does so as well. */
function beginsAs(path: string, ledger: string): boolean {
  try {
    const own = firstLine(openOwn(ledger))
    return own !== undefined && firstLine(openRegular(path), own.length)?.equals(own) === true
  } catch {
    return false
  }
}

function firstLine(fd: number, longest?: number): Buffer | undefined {
  for (const { bytes } of readLines(fd, longest)) return bytes
  return undefined
}
