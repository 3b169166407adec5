// What changes need of the ledger: what it says, and that a record is stored before anything goes on.
import type { BackupHeader, BackupKey } from '../domain/backup.ts'
import type { Confirmation } from '../domain/confirmation-file.ts'
import type { Answer, Asked } from '../domain/drill-files.ts'
import type { KeyriteError } from '../domain/errors.ts'
import type { Evidence } from '../domain/evidence.ts'
import type { Beyond } from '../domain/head.ts'
import type { History } from '../domain/history.ts'
import type { IssueNotes } from '../domain/issue-note.ts'
import type { MerkleTree } from '../domain/merkle.ts'
import type { Pending, SpareNote } from '../domain/pending.ts'
import type { PinNotes } from '../domain/pin-note.ts'
import type { Plan } from '../domain/plan.ts'
import type { Contribution, SentPlan } from '../domain/proposal-files.ts'
import type { Line, NewRecord } from '../domain/record.ts'
import type { Artefact, KeyApproval, SigningKey } from '../domain/shapes.ts'
import type { StationRequest } from '../domain/station-request.ts'
import type { Beside } from './copy.ts'
import type { Indexed } from './indexed.ts'
import type { Kind } from './kind.ts'
import type { Whereabouts } from './lying.ts'
import type { Waits } from './waiting-row.ts'

/** Who signs: the audit key on the token, or the station key. `sign` gives 64 bytes (ES256: r‖s). */
export interface Signer {
  key: SigningKey
  sign(message: Uint8Array): Promise<Uint8Array>
}

export interface Appended {
  seq: number
  /** base64url. */
  leaf: string
  time: string
  /** What waited in a database and did not hold, in words. */
  dropped?: string
}

/** A record that refers to the one before it in the same append, by its leaf (base64url). */
export type Following = (previous: string) => NewRecord

export interface Ledger extends Indexed {
  /** What the ledger says, the last append included. */
  readonly history: History
  /** The Merkle tree over its lines. */
  readonly tree: MerkleTree
  /** A crash left a torn end, which is not part of the history. */
  readonly torn: boolean
  /** The leaf with this number, absent when the ledger is shorter, and the records after it. */
  since(seq: number): { leaf: string | undefined; beyond: Beyond[] }
  /** INDEX-TRUE. Appends in one write, the last record signed, and waits for the disk. Nothing stays in the file when it throws. */
  append(records: readonly (NewRecord | Following)[], signer: Signer): Promise<Appended>
  /** The same without a login: in a database it waits there for whoever logs in next. LEDGER-AWAY. */
  tell(record: NewRecord, signer: Signer): Promise<Appended | Waits>
  /** Cuts a torn end. Says what was cut, or undefined when there was none. */
  mend(): string | undefined
  /** The note of a checkpoint of it as it is now. */
  signCheckpoint(signer: Signer): Promise<string>
  /** Takes back the last record, which must be this one: an intent that another host was faster than. A database keeps it, and gets its outcome. */
  withdraw(leaf: string, outcome: NewRecord, signer: Signer): Promise<void>
}

/** `all`: every line, and every signature. `newest`: the signatures of the newest records, whose chain holds the others. `chain`: the same, and that chain where an index spares its lines. `lines`: every rule of every line, whatever an index says. */
export type Checked = 'all' | 'chain' | 'lines' | 'newest'

/** The lock of a partition, held from before the plan until after the outcome. */
export interface PartitionLock extends Disposable {
  /** Names the host process, which may still make a key when its parent is gone. */
  adopt(pid: number): void
  /** LOCKED: nobody has taken the lock over. */
  check(): void
}

/** A partition's ledger, to be gone on with. */
export interface LedgerHome {
  /** There is one. */
  readonly hasLedger: boolean
  /** LEDGER-BEGINS. Reads the ledger and holds it against the rules; signatures too where that is asked. `seen` hears of each record that is read, which `newest` is not of all: an index spares some. */
  openLedger(signatures?: Checked, seen?: (line: Line, leaf: string) => void): Ledger
  /** A ledger that its first record is still to make. */
  beginLedger(): Ledger
}

export interface Checkpoints {
  checkpoint(): string | undefined
  writeCheckpoint(note: string): void
}

export interface PendingNote {
  /** A beginning or a restore. */
  pending(): Pending | undefined
  /** A test of a backup, which the ledger knows of. */
  spare(): SpareNote | undefined
  writePending(pending: Pending | SpareNote): void
  removePending(): void
}

/**
 * Of the newest backup that this machine began, whether its signature was asked for: before that no file can have been a backup. The folder
 * of the backup tells nothing, since others may write there.
 */
export interface BackupNote {
  noteBackup(mark: string, stage: 'unsigned' | 'signing'): void
  /** True: this machine began it, and never asked for its signature. */
  isUnsigned(mark: string): boolean
}

export interface StationKey {
  readonly hasStation: boolean
  station(): Signer
  /** `from`: the file of the key that it is to be. */
  createStation(from?: string): Signer
  /** STATION-KNOWN: what the ledger calls this machine, or is to call it by this plan. */
  stationName(history: History, next?: Plan): string
}

/** A partition's folder: ledger, station key, checkpoint, lock, and what is pending. */
export interface Partition extends LedgerHome, Checkpoints, PendingNote, IssueNotes, BackupNote, StationKey {
  readonly name: string
  readonly path: string
  readonly exists: boolean
  readonly pins: PinNotes
  readonly whereabouts: Whereabouts
  /** HOME-OPEN, FILE-LINK: the files are ours alone. */
  check(): void
  make(): void
  /** Takes away what `make` made, where nothing has been put into it. */
  unmake(): void
  lock(): PartitionLock
  /** LOCKED: nobody holds the lock, which is not taken. */
  checkUnlocked(): void
  /** Its ledger, to be read only. PARTITION-FINISHED, LEDGER-PRESENT: why there is none. */
  readonly ledger: LedgerSource
  /** LEDGER-CHANGED: takes a copy of a ledger as this partition's own, and only the one that was checked: `leaf` is its last. */
  adoptLedger(copy: LedgerSource, leaf: string): void
  /** What lies beside a backup in the place of this ledger's copy. */
  copyBeside(backup: { path: string; bytes: number }, copy: string): Beside
  /** Where the checkpoint is kept, for people. */
  readonly checkpointFile: string
  /** Sets everything aside in the folder, so that the name is free again. Nothing is deleted. */
  giveUp(): void
  /** Writes the SO PIN of an empty token that is given up into a file of the home, mode 0600, and gives its path. */
  leavePin(token: string, pin: string): string
}

export interface Proofs {
  /** As a short code. */
  anchor?: string
  /** Notes. */
  checkpoints: string[]
  /** A torn end is passed over: whoever goes on with the ledger cuts it. */
  mayBeTorn?: boolean
}

export interface Audit {
  history: History
  /** Leaf count and RFC 6962 root, 32 bytes. */
  size: number
  root: Uint8Array
}

/** Where a ledger lies, and is read from: a partition's own, or a copy that somebody brings. */
export interface LedgerSource {
  /** For people, who are told where it lies: nobody opens it by this. */
  readonly source: string
  /** It is a partition's own, and no copy. */
  readonly own: boolean
  /** Holds it against every rule, and against the proofs that are given. `each` hears of every record once that one holds. */
  audit(proofs: Proofs, each?: (found: { line: Line; leaf: string }) => void): Audit
  /** Its records one by one, or those after a number, as they stand there. LEDGER-TORN, LINE-CANONICAL, RECORD-SHAPE: where it can't be read on. */
  records(after?: number): Iterable<{ line: Line; leaf: string }>
  /** All its bytes. */
  read(): Uint8Array
  /** A copy in a file of a name that was free, complete and on the disk. FILE-EXISTS, FILE-FOLDER, DISK. */
  copyTo(path: string): void
}

/** A backup that is being written. Disposal takes away what is not finished. */
export interface BackupDraft extends Disposable {
  /** It is whole, and was to get its name: it may have it, whatever became of the call. */
  readonly mayBeNamed: boolean
  header(header: BackupHeader): void
  key(key: BackupKey): void
  /** Signs it, waits for the disk, and gives it its name. FILE-EXISTS. */
  finish(signer: Signer): Promise<Artefact>
}

/** A backup whose shape, digest and signature hold. */
export interface BackupContent {
  header: BackupHeader
  keys: BackupKey[]
  artefact: Artefact
  /** Id of the audit key that signed it. */
  signer: string
}

export interface Backups {
  /** `mark`: by it the draft is known again, such as the plan's nonce. */
  beginBackup(path: string, mark: string): BackupDraft
  /** Takes away what an interrupted backup to this path left. */
  dropBackupDraft(path: string, mark: string): void
  /** BACKUP-...: exit 5 before anything of it is used. */
  readBackup(path: string, of: Pick<History, 'auditKeys' | 'name' | 'partition'>): BackupContent
}

export interface ApprovalCheck {
  /** APPROVAL-SIGNED: each of these approvals is a signature over this message of a plan. */
  checkApproved(message: Uint8Array, approvals: readonly KeyApproval[]): void
}

interface Statements {
  /** STATEMENT-SIGNED: each of these shares signed this. */
  checkSigned(message: Uint8Array, proofs: readonly KeyApproval[]): void
  /** CONFIRMATION-SIGNED: each of these new shares says of itself that it was read back. */
  checkConfirmations(partition: string, proofs: readonly KeyApproval[]): void
  /** FILE-TEXT, STATEMENT-FILE: what a share is to sign on a machine without the ledger, and its answer. */
  readChallenge(path: string): Asked
  readAnswer(path: string): Answer
  formatChallenge(asked: Omit<Asked, 'format'>): string
  formatAnswer(answer: Omit<Answer, 'format'>): string
  /** FILE-TEXT, STATEMENT-FILE: that a new share was read back on a machine without the ledger. */
  readConfirmation(path: string): Confirmation
  formatConfirmation(confirmation: Omit<Confirmation, 'format'>): string
}

/** A file in the folder that a process waits at: a contribution, what is wrong with one, or why it was passed over. */
export type Sent = { contribution: Contribution } | { failure: KeyriteError } | { passed: string }

/** A folder that contributions come into. */
export interface Inbox {
  /** What has come since the last time. REMOTE-FOLDER, DISK. */
  next(): { name: string; sent: Sent }[]
}

interface FromAfar {
  formatSentPlan(sent: Omit<SentPlan, 'format'>): string
  /** FILE-TEXT, PROPOSAL-FILE. */
  readSentPlan(path: string): SentPlan
  formatContribution(contribution: Omit<Contribution, 'format'>): string
  /** CONTRIBUTION-FILE. */
  readContribution(path: string): Contribution
  /** REMOTE-FOLDER, FILE-EXISTS: it is a folder, and `file` can be made in it. */
  checkInbox(folder: string, file: string): void
  inboxOf(folder: string): Inbox
  /** A file of ours that is of no more use. What can't be taken away stays. */
  dropFile(path: string): void
}

interface StationRequests {
  /** The text of a file by which this machine asks to be a station, signed with its key. */
  signRequest(request: StationRequest, signer: Signer): Promise<string>
  /** STATION-REQUEST, KEY-ID-DERIVED, KEY-SPKI. */
  readRequest(path: string): StationRequest
}

/** Files that people carry, and how ours are protected. */
export interface Files {
  /** HOME-OPEN, FILE-LINK, FILE-KIND: a folder or file of ours, closed to others. */
  checkOwn(path: string): void
  /** FILE-EXISTS, FILE-FOLDER, FILE-HOME: these files can be made, and outside of the home. */
  checkFree(paths: readonly string[], home: string): void
  /** Makes files that were not there, complete and on the disk. FILE-EXISTS. Gives what was written. */
  createFiles(files: readonly { path: string; content: string | Uint8Array }[]): Artefact[]
  /** The same of contents that are still coming, one for each path, in their order. */
  createFilesOf(paths: readonly string[], contents: AsyncIterable<string | Uint8Array>): Promise<Artefact[]>
  /** FILE-MISSING, FILE-KIND, FILE-EMPTY: what tells somebody's file from any other. */
  artefactOf(path: string): Artefact
  /** FILE-MISSING, FILE-KIND: somebody's file piece by piece: no more than one of them is ever in memory. */
  chunks(path: string): AsyncIterable<Uint8Array>
  /** What a crash left of a copy that was on its way to this name. */
  dropUnfinished(to: string): void
  /** FILE-KIND, FILE-MISSING: what somebody's file is, by what it says of itself. */
  inspect(path: string): Inspected
  /** FILE-KIND, FILE-MISSING, FILE-READ: the bytes of somebody's file of 64 KiB at the most. */
  readBytes(path: string): Uint8Array
  /** FILE-KIND, FILE-TEXT: the text of somebody's file. */
  readText(path: string): string
}

/** The ledger room as the other rooms call it: whoever needs one role of it asks for that. */
export interface Ledgers extends Backups, ApprovalCheck, Statements, FromAfar, StationRequests, Files, Evidence {
  partition(home: string, name: string): Partition
  partitions(home: string): Partition[]
  /** PARTITION-KNOWN: the one that was named, or the only one there is. */
  choose(home: string, name: string | undefined): Partition
  /** A copy of a ledger that somebody brings. */
  copyAt(path: string): LedgerSource
}

/** Under the names that other answers give them. */
export type Facts = { readonly [name: string]: string | number | undefined }

/** What a file says of itself. */
export interface Inspected {
  kind: Kind | 'unknown'
  /** The same in words. */
  what: string
  /** None of a share, which is the quorum's to look at, nor of what is secret as a whole. */
  facts: Facts
}
