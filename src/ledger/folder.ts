// A partition's folder: its ledger, station key, checkpoint, lock, and what is pending.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  checkOwnFolder,
  errnoOf,
  exists,
  moveFile,
  readOwnText,
  removeEmpty,
  removeFile,
  replaceFile,
  syncFolder,
} from '../disk/files.ts'
import { sameJson } from '../domain/canonical.ts'
import { EXIT, KeyriteError, notVerified } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { type IssueNote, parseIssueNote } from '../domain/issue-note.ts'
import { type Pending, parsePending, type SpareNote } from '../domain/pending.ts'
import type { PinNotes } from '../domain/pin-note.ts'
import type { Plan } from '../domain/plan.ts'
import type { Line, NewRecord } from '../domain/record.ts'
import { partitionUnfinished } from '../domain/unfinished.ts'
import type { Writer } from './compose.ts'
import { type Beside, copyBeside } from './copy.ts'
import type { OpenDatabase } from './database.ts'
import { type Appending, LedgerFile, type LedgerOptions } from './file.ts'
import { dropIndex, indexIn } from './index-file.ts'
import { ledgerChanged, RESTORE_HINT } from './ledger-errors.ts'
import { Lock } from './lock.ts'
import { pendingDamaged, pendingOver } from './note-errors.ts'
import { pinNotesAt } from './pin-notes.ts'
import type { Checked, Following, Ledger, LedgerSource, Partition, PartitionLock, Signer } from './port.ts'
import { sourceAt } from './source.ts'
import { copyStationKey, createStationKey, openStationKey, stationName } from './station.ts'
import { LedgerWhereabouts } from './whereabouts.ts'

/** What this room knows of the process that it runs in. */
export interface Surroundings extends Writer {
  pid: number
  /** Where there is none, no ledger lies in one. */
  openDatabase?: OpenDatabase
}

/** What a folder holds of a partition; the note of what is unfinished is the last. */
const FILES = ['ledger.jsonl', 'checkpoint', 'station.key', 'issue.json', 'pins.json', 'place.json', 'pending.json']

function unusedPath(path: string): string {
  let free = path
  for (let number = 2; exists(free); number++) free = `${path}-${number}`
  return free
}

export class PartitionFolder implements Partition {
  readonly path: string
  readonly pins: PinNotes
  readonly whereabouts: LedgerWhereabouts
  readonly #home: string
  readonly #surroundings: Surroundings
  /** Folders that were not there before, the inner one first. */
  readonly #made: string[] = []

  constructor(
    home: string,
    readonly name: string,
    surroundings: Surroundings,
  ) {
    this.#home = home
    this.path = join(home, name)
    this.pins = pinNotesAt(join(this.path, 'pins.json'))
    this.#surroundings = surroundings
    const open = () => LedgerFile.open(this.#file('ledger.jsonl'), this.#options(undefined))
    this.whereabouts = new LedgerWhereabouts({ folder: this.path, surroundings, open })
  }

  get exists(): boolean {
    return exists(this.path)
  }

  /** It holds more than a lock: whatever made the folder got further than that. */
  get holdsSomething(): boolean {
    return FILES.some((name) => exists(this.#file(name)))
  }

  get hasLedger(): boolean {
    return exists(this.#file('ledger.jsonl'))
  }

  check(): void {
    checkOwnFolder(this.#home)
    checkOwnFolder(this.path)
  }

  /** Makes home and folder, mode 0700, where they are missing. */
  make(): void {
    if (mkdirSync(this.#home, { recursive: true, mode: 0o700 })) this.#made.unshift(this.#home)
    checkOwnFolder(this.#home)
    if (!this.exists) {
      mkdirSync(this.path, { mode: 0o700 })
      this.#made.unshift(this.path)
    }
    syncFolder(this.#home)
    this.check()
  }

  unmake(): void {
    for (const folder of this.#made.splice(0)) removeEmpty(folder)
  }

  lock(): PartitionLock {
    return Lock.take(this.path, this.#surroundings.pid)
  }

  checkUnlocked(): void {
    Lock.checkFree(this.path)
  }

  openLedger(signatures?: Checked, seen?: LedgerOptions['earlier']): Ledger {
    if (!this.hasLedger) throw this.#noLedger()
    const ledger = LedgerFile.open(this.#file('ledger.jsonl'), this.#options(signatures, seen))
    ledger.checkBegun(true)
    return ledger
  }

  /** PARTITION-FINISHED, LEDGER-PRESENT: why there is no ledger, and what brings one. */
  #noLedger(): Error {
    const pending = this.pending()
    // The station key is made once the beginning is noted: without both nothing was ever started here.
    if (!pending && this.hasStation)
      return notVerified(
        'LEDGER-PRESENT',
        `the ledger of ${this.name} is missing: ${this.#file('ledger.jsonl')}`,
        RESTORE_HINT,
      )
    return partitionUnfinished(this.name, pending)
  }

  beginLedger(): Ledger {
    return LedgerFile.begin(this.#file('ledger.jsonl'), this.#options('all'))
  }

  copyBeside(backup: { path: string; bytes: number }, copy: string): Beside {
    return copyBeside(backup, copy, this.#file('ledger.jsonl'))
  }

  #options(signatures: Checked | undefined, seen?: LedgerOptions['earlier']): LedgerOptions {
    const station: Appending['station'] = (history, next) => this.stationName(history, planOf(next))
    const store: Appending['store'] = (history) => this.whereabouts.storeOf(history)
    const appending = { writer: this.#surroundings, station, store }
    const asked = { ...(signatures && { signatures }), ...(seen && { seen, earlier: seen }) }
    return { ...asked, appending, index: indexIn(this.path), checkpoint: () => this.checkpoint() }
  }

  get ledger(): LedgerSource {
    if (!this.hasLedger) throw this.#noLedger()
    return sourceAt(this.#file('ledger.jsonl'), true)
  }

  adoptLedger(copy: LedgerSource, leaf: string): void {
    const brought = this.#file('ledger.jsonl.brought')
    replaceFile(brought, copy.read())
    try {
      const { history, torn } = LedgerFile.open(brought, this.#options('all'))
      if (torn || history.leaf !== leaf) throw ledgerChanged(copy)
      moveFile(brought, this.#file('ledger.jsonl'))
    } catch (error) {
      removeFile(brought)
      throw error instanceof KeyriteError && error.exit === EXIT.verification ? ledgerChanged(copy) : error
    }
  }

  get hasStation(): boolean {
    return exists(this.#file('station.key'))
  }

  station(): Signer {
    return openStationKey(this.#file('station.key'))
  }

  /** The first record makes its own name. */
  stationName(history: History, next?: Plan): string {
    if (next?.op === 'partition.init' || next?.op === 'partition.adopt') return next.station.name
    return stationName(this.hasStation ? this.station().key.id : undefined, history, next)
  }

  /** Makes the station key; one that an unfinished beginning left is made anew. `from`: the file of the key that it is to be. */
  createStation(from?: string): Signer {
    const path = this.#file('station.key')
    removeFile(path)
    return from === undefined ? createStationKey(path) : copyStationKey(from, path)
  }

  get checkpointFile(): string {
    return this.#file('checkpoint')
  }

  checkpoint(): string | undefined {
    return this.#read('checkpoint')
  }

  writeCheckpoint(note: string): void {
    replaceFile(this.#file('checkpoint'), note)
  }

  pending(): Pending | undefined {
    const noted = this.#noted()
    return noted?.kind === 'test' ? undefined : noted
  }

  spare(): SpareNote | undefined {
    const noted = this.#noted()
    return noted?.kind === 'test' ? noted : undefined
  }

  #noted(): Pending | SpareNote | undefined {
    const text = this.#read('pending.json')
    const noted = text === undefined ? undefined : parsePending(text)
    if (text !== undefined && !noted) throw pendingDamaged(this.#file('pending.json'), this.name, this.hasLedger)
    if (noted && noted.kind !== 'restore' && noted.kind !== 'test' && this.hasLedger && !this.#isOnlyBegun(noted))
      throw pendingOver(this.#file('pending.json'))
    return noted
  }

  /** An init ends with the first record, and whoever has the ledger has all that everyone signed there: nothing vouches for a note beside more. */
  #isOnlyBegun(noted: Pending): boolean {
    let plan: Plan | undefined
    for (const { line } of this.ledger.records()) {
      if (line.record.seq > 0) return false
      plan = planOf(line.record)
    }
    return plan !== undefined && noted.stage === 'approved' && sameJson(plan, noted.plan)
  }

  writePending(pending: Pending | SpareNote): void {
    replaceFile(this.#file('pending.json'), `${JSON.stringify(pending)}\n`)
  }

  removePending(): void {
    const file = this.#file('pending.json')
    try {
      removeFile(file)
    } catch (error) {
      // One that a loss of power brings back is found to be settled: it is enough that it is gone now.
      if (exists(file)) throw error
    }
  }

  issue(): IssueNote | undefined {
    const text = this.#read('issue.json')
    return text === undefined ? undefined : parseIssueNote(text)
  }

  noteIssue(note: IssueNote): void {
    replaceFile(this.#file('issue.json'), `${JSON.stringify(note)}\n`)
  }

  dropIssue(): void {
    removeFile(this.#file('issue.json'))
  }

  noteBackup(mark: string, stage: 'unsigned' | 'signing'): void {
    replaceFile(this.#file('backup.note'), backupNote(mark, stage))
  }

  isUnsigned(mark: string): boolean {
    return this.#read('backup.note') === backupNote(mark, 'unsigned')
  }

  /** The note goes last: as long as it is there, giving up can be repeated. */
  giveUp(): void {
    dropIndex(indexIn(this.path))
    for (const name of FILES)
      if (exists(this.#file(name))) moveFile(this.#file(name), unusedPath(`${this.#file(name)}.given-up`))
  }

  leavePin(token: string, pin: string): string {
    const path = join(this.#home, `${token.replaceAll(/[^\w.-]/g, '_')}.so-pin`)
    replaceFile(path, `${pin}\n`)
    return path
  }

  #read(name: string): string | undefined {
    try {
      return readOwnText(this.#file(name))
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  #file(name: string): string {
    return join(this.path, name)
  }
}

const backupNote = (mark: string, stage: string): string => `${stage} ${mark}\n`

const planOf = (next: NewRecord | Following | Line['record']): Plan | undefined =>
  'plan' in next ? next.plan : undefined
