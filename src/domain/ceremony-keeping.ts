// Ceremonies as the ledger's room keeps them in a home until their record is written out, and reads a record that somebody brings.
import * as v from 'valibot'
import { type SignedRehearsal, StepId } from './ceremony-marks.ts'
import type { JournalLine, NewEntry } from './journal.ts'
import { Artefact, Leaf, type SigningKey } from './shapes.ts'

export const RECORD_FOLDER = 'keyrite.ceremony-record/1'

/** All files of a record but itself. */
export const RecordManifest = v.strictObject({
  manifest: v.strictObject({ format: v.literal(RECORD_FOLDER), files: v.array(Artefact) }),
})

/** The station's key, which signs each line. */
interface JournalSigner {
  key: SigningKey
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** By its role and a number within it: `internal-witness-1`. */
export interface WitnessSignature {
  name: string
  /** As ssh-keygen made it. */
  text: string
}

/** The script and the site of a ceremony, as they were when it began. */
interface CeremonyTexts {
  script: string
  site: string
}

/** What ceremony verify is given. */
export interface CeremonyContent extends CeremonyTexts {
  lines: readonly JournalLine[]
  /** What ended the reading of its journal. */
  fault?: unknown
  signatures: readonly WitnessSignature[]
  /** SHA-256 (hex) of each file of the folder but the manifest, by its name. */
  files: ReadonlyMap<string, string>
}

/** `leaves`: of records without a plan that it was about to write. */
export const RunningStep = v.strictObject({ step: StepId, leaves: v.array(Leaf) })
export type RunningStep = v.InferOutput<typeof RunningStep>

export interface KeptCeremony extends CeremonyTexts {
  readonly partition: string
  readonly name: string
  /** For people. */
  readonly path: string
  readonly lines: readonly JournalLine[]
  /** As it stands in its file. */
  readonly journalText: string
  readonly signatures: readonly WitnessSignature[]
  /** LOCKED: nobody else goes on with it until this is disposed of. */
  lock(): Disposable
  /** Waits for the disk; nothing of a line stays where that fails. DISK. */
  add(entry: NewEntry, signer: JournalSigner): Promise<JournalLine>
  /** Keeps what a command answered, or somebody's file, by its SHA-256. FILE-MISSING, FILE-EMPTY, DISK. */
  keepText(text: string): string
  keepFile(path: string): Artefact
  attachment(sha256: string): Uint8Array
  keepSignature(signature: WitnessSignature): void
  /** The command of this step was started behind that record, and no line tells yet what came of it. For whoever takes a ceremony up after a crash. */
  readonly running: RunningStep | undefined
  begins(running: RunningStep): void
  ends(): void
}

export interface CeremonyKeeping {
  /** HOME-OPEN. JOURNAL-LINE, JOURNAL-CHAIN, JOURNAL-SIGNED: where the journal of one is asked for. */
  ceremoniesIn(home: string): KeptCeremony[]
  /** Makes the folder; one of that name that was aborted is set aside. */
  beginCeremony(home: string, partition: string, name: string, texts: CeremonyTexts): KeptCeremony
  /** Of a ceremony in which a partition begins: the key that signs its journal, and becomes that of the first station. Made where it is not there. STATION-KEY. */
  journalKey(home: string, partition: string): { path: string; signer: JournalSigner }
  /** The partition has it. */
  dropJournalKey(home: string, partition: string): void
  /** RECORD-FILES: every file of a record is the one that its manifest names. */
  readCeremonyRecord(folder: string): CeremonyContent
  /** FILE-EXISTS, FILE-HOME, DISK: a folder that was not there. Gives the names of what is in it. */
  writeCeremonyRecord(folder: string, home: string, files: ReadonlyMap<string, string | Uint8Array>): string[]
  /** By the key that it names. */
  isRehearsed(rehearsal: SignedRehearsal): boolean
  /** WITNESS-FILE, WITNESS-HEAD: the key (the base64 of a .pub file) that signed this text for a ceremony. */
  signerOfText(text: string, signature: string): string
}
