// What leaves the ledger for people who weren't there, as the ledger's room gives it: exports with their cursors, publications, witnesses, ceremonies.
import type { CeremonyKeeping } from './ceremony-keeping.ts'
import type { Cursor } from './cursor.ts'
import type { SigningKey } from './shapes.ts'
import type { WitnessPolicy } from './witness-policy.ts'
import type { SeenLog } from './witness-state.ts'

/** How far an export has come. Nobody else exports by it until it is disposed of. */
export interface CursorFile extends Disposable {
  /** CURSOR-SHAPE. Undefined where there is none yet. */
  read(): Cursor | undefined
  /** In one step, and on the disk. */
  write(cursor: Omit<Cursor, 'format'>): void
}

/** A ledger, line by line without LF, and its checkpoint. */
export interface Published {
  lines: Iterable<string>
  note: string | undefined
}

/** `covered`: the records of the checkpoint that is there now. */
export interface Publication {
  changed: boolean
  covered?: number
}

/** The file that an export goes to. */
export interface ExportFile extends Disposable {
  /** EXPORT-FILE, DISK: what a crash left there is gone on with, and not written twice. */
  add(text: string): void
  /** Waits for the disk. */
  finish(): NonNullable<Cursor['file']>
}

/** The witness of a home. Nobody else works as it until it is disposed of. */
export interface Witness extends Disposable {
  readonly name: string
  /** As C2SP writes it. */
  readonly verifierKey: string
  readonly logs: readonly SeenLog[]
  /** On the disk, before anything is signed. */
  keep(log: SeenLog): void
  /** The note with a cosignature on it. `seconds`: since 1970. */
  cosign(note: string, seconds: number): Promise<string>
}

/** What a checkpoint says of itself. */
interface Told {
  /** `keyrite/<partition uuid>`. */
  origin: string
  size: number
  /** 32 bytes. */
  root: Uint8Array
}

export interface Evidence extends CeremonyKeeping {
  /** WITNESS-NAME, WITNESS-STATE, LOCKED: with a name it is made where there is none. */
  openWitness(home: string, name?: string): Witness
  /** CHECKPOINT-SHAPE; with a partition and its audit keys CHECKPOINT-ORIGIN, CHECKPOINT-SIGNED. */
  readCheckpoint(note: string, of?: { partition: string; auditKeys: readonly SigningKey[] }): Told
  /** WITNESS-POLICY. `path`: where the text was read. */
  parsePolicy(text: string, path: string): WitnessPolicy
  /** WITNESS-SIGNED: when each witness of a policy cosigned it, by its name there, in seconds since 1970. */
  cosignedBy(note: string, witnesses: WitnessPolicy['witnesses']): Map<string, number>
  /** PUBLISHED-GROWS, LOCKED, FILE-FOLDER, FILE-HOME, DISK: puts a ledger and its checkpoint into a folder of others; `read` is asked once nobody else does. */
  publish(folder: string, home: string, read: () => Published): Publication
  /** LOCKED, FILE-FOLDER, FILE-HOME, HOME-OPEN, FILE-LINK. `out`: the file of the lines, which is another. */
  openCursor(path: string, home: string, out?: string): CursorFile
  /** FILE-HOME, FILE-LINK, FILE-KIND, DISK. `before`: as it was when something was last added. */
  openExport(path: string, home: string, before?: Cursor['file'] | 'new'): ExportFile
}
