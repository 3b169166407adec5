// What leaves the ledger for people who weren't there, as the ledger's room gives it: exports with their cursors.
import type { Cursor } from './cursor.ts'

/** How far an export has come. Nobody else exports by it until it is disposed of. */
export interface CursorFile extends Disposable {
  /** CURSOR-SHAPE. Undefined where there is none yet. */
  read(): Cursor | undefined
  /** In one step, and on the disk. */
  write(cursor: Omit<Cursor, 'format'>): void
}

/** The file that an export goes to. */
export interface ExportFile extends Disposable {
  /** EXPORT-FILE, DISK: what a crash left there is gone on with, and not written twice. */
  add(text: string): void
  /** Waits for the disk. */
  finish(): NonNullable<Cursor['file']>
}

export interface Evidence {
  /** PUBLISHED-GROWS, FILE-FOLDER, FILE-HOME, DISK: puts a ledger, line by line, and its checkpoint into a folder of others. */
  publish(folder: string, home: string, lines: Iterable<string>, note: string | undefined): { changed: boolean }
  /** LOCKED, FILE-FOLDER, HOME-OPEN, FILE-LINK. */
  openCursor(path: string): CursorFile
  /** FILE-LINK, FILE-KIND, DISK. `before`: as it was when something was last added. */
  openExport(path: string, before?: Cursor['file']): ExportFile
}
