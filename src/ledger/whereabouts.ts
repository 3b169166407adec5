// Where a partition's ledger lies. In a database the file of its home is a copy: what was read there, and held against every rule.
import { statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as underWay } from 'node:timers/promises'
import { exists, readOwnText, removeFile, replaceFile } from '../disk/files.ts'
import { KeyriteError, notVerified } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { type DatabaseAddress, parseDatabaseAddress } from '../domain/ledger-place.ts'
import type { DatabaseSession, OpenDatabase, Tail } from './database.ts'
import { admitted, atWork, elsewhere, forked, inDatabase } from './database-errors.ts'
import { checkExtends, compare, fetchAll, fill, leafIn } from './database-lines.ts'
import { DatabaseStore } from './database-store.ts'
import type { LedgerFile } from './file.ts'
import { indexIn } from './index-file.ts'
import { lastLine } from './last-line.ts'
import { Lock } from './lock.ts'
import type { Whereabouts } from './lying.ts'
import { OpenIndex } from './open-index.ts'
import type { Store } from './store.ts'

const NOTE_FORMAT = 'keyrite.place/1'

/** The home's own file, and who asks. */
interface Copy {
  folder: string
  surroundings: { pid: number; clock(): Date; openDatabase?: OpenDatabase }
  /** To be read, and gone on with. */
  open(): LedgerFile
}

export class LedgerWhereabouts implements Whereabouts {
  readonly #copy: Copy
  readonly #store: DatabaseStore

  constructor(copy: Copy) {
    this.#copy = copy
    this.#store = new DatabaseStore(copy.folder, copy.surroundings.pid, () => this.#connect())
  }

  get #note(): string {
    return join(this.#copy.folder, 'place.json')
  }

  get #file(): string {
    return join(this.#copy.folder, 'ledger.jsonl')
  }

  get isInDatabase(): boolean {
    return exists(this.#note)
  }

  get seen(): Date {
    return statSync(this.#note).mtime
  }

  get address(): DatabaseAddress {
    try {
      const { format, ledger } = JSON.parse(readOwnText(this.#note)) as { format: string; ledger: string }
      if (format === NOTE_FORMAT) return parseDatabaseAddress(ledger)
    } catch (error) {
      if (error instanceof KeyriteError && error.code !== 'LEDGER-ADDRESS') throw error
    }
    const what = `${this.#note} does not say where the ledger lies`
    throw notVerified('PLACE-NOTE', what, keyrite('partition', 'join', '--help'))
  }

  /** LEDGER-ELSEWHERE. Undefined: the file itself is the ledger. */
  storeOf({ name, conducted: { place } }: History): Store | undefined {
    if (this.isInDatabase) return this.#store
    if (place !== undefined) throw elsewhere(name, place)
    return undefined
  }

  checkHere(history: History): void {
    this.storeOf(history)
  }

  async refresh(whole: boolean): Promise<string[]> {
    const { folder, surroundings } = this.#copy
    Lock.checkFree(folder)
    const [opened, last] = await Promise.all([this.#connect(), whole ? undefined : this.#lastSettled()])
    await using session = opened
    if (last && isThat(last, await this.#asked(session, last.partition))) {
      this.#noteSeen()
      return []
    }
    using _lock = Lock.take(folder, surroundings.pid)
    return await this.#takeIn(session, whole)
  }

  /** The last record there. What the command goes on with is looked at while the server answers. */
  async #asked(session: DatabaseSession, partition: string): Promise<Tail | undefined> {
    const [tail] = await Promise.all([session.tail(partition), this.#lookAhead()])
    return tail
  }

  async #lookAhead(): Promise<void> {
    await underWay()
    OpenIndex.lookAhead(indexIn(this.#copy.folder), this.#file)
  }

  /** The last record here, where nothing waits to be sent. */
  async #lastSettled(): Promise<(Tail & { partition: string }) | undefined> {
    // What that takes is done while the server answers.
    await underWay()
    return this.#store.hasUnsent ? undefined : lastLine(this.#file)
  }

  async #takeIn(session: DatabaseSession, whole: boolean): Promise<string[]> {
    const { place } = this.address
    const ledger = this.#mended()
    const said: string[] = []
    try {
      if (whole) await compare(session, ledger.history, this.#file, place)
      await checkExtends(session, ledger.history, place)
      said.push(...(await this.#store.settleUnsent(session, ledger.history.partition)))
      for await (const lines of session.after(ledger.history.partition, ledger.history.seq)) ledger.absorb(lines)
    } catch (error) {
      throw inDatabase(error, place)
    }
    this.#store.forgetSent(ledger.history)
    this.#noteSeen()
    return [...said, ...this.#leaveIfMoved(ledger.history)]
  }

  #noteSeen(): void {
    const now = this.#copy.surroundings.clock()
    utimesSync(this.#note, now, now)
  }

  /** What a crash tore off this copy is in the database. */
  #mended(): LedgerFile {
    const ledger = this.#copy.open()
    if (ledger.torn) ledger.mend()
    return ledger
  }

  /** It went back into a file, here or elsewhere; or never came here. */
  #leaveIfMoved({ conducted, unfinished }: History): string[] {
    if (conducted.place !== undefined || unfinished) return []
    this.leave()
    return ['the ledger lies in a file, and no longer in a database']
  }

  async look(history: History): Promise<{ beyond: number; waiting: number }> {
    const { place } = this.address
    await using session = await this.#connect()
    await session.checkDefined()
    const beyond = (await checkExtends(session, history, place)) - history.seq
    return { beyond, waiting: (await session.waiting(history.partition)).length }
  }

  async checkLeft(): Promise<void> {
    if (this.#store.hasLeft) return
    const partition = lastLine(this.#file)?.partition ?? this.#copy.open().history.partition
    await using session = await this.#connect()
    const station = await session.claimant(partition)
    // To read all of it costs more than to ask.
    if (station !== undefined && this.#copy.open().history.unfinished) throw atWork(station)
  }

  async claim(history: History, station: string): Promise<AsyncDisposable> {
    if (!this.isInDatabase) return { async [Symbol.asyncDispose]() {} }
    const { address } = this
    return this.#store.claim(history, station, address.place, () => this.#openDatabase(address))
  }

  async check(url: string, history: History, station: string): Promise<void> {
    await this.#at(url, history, station, async () => {})
  }

  async enter(url: string, history: History, station: string): Promise<void> {
    const { partition } = history
    await this.#at(url, history, station, (session, by) => fill(session, { partition, by, station }, this.#file))
    this.note(url)
  }

  /** DATABASE-DEFINED, DATABASE-ACCESS, LEDGER-CLAIMED, DATABASE-FORKED: what is there is the beginning of what is here, or nothing. */
  async #at(
    url: string,
    history: History,
    station: string,
    act: (session: DatabaseSession, by: string) => Promise<void>,
  ): Promise<void> {
    const address = parseDatabaseAddress(url)
    await using session = await this.#openDatabase(address)
    const begin = async (by: string) => {
      const tail = await session.tail(history.partition)
      if (tail && leafIn(this.#file, tail.seq) !== tail.leaf) throw forked(address.place, tail.seq)
      await act(session, by)
    }
    await this.#store.claimedFor(session, history.partition, station, begin).catch((error) => {
      throw admitted(error, history, address)
    })
  }

  async bring(url: string, name: string, anchor: string): Promise<string> {
    const address = parseDatabaseAddress(url)
    const path = join(this.#copy.folder, 'ledger.jsonl.arriving')
    await using session = await this.#openDatabase(address)
    await fetchAll(session, name, anchor, path, address.place)
    return path
  }

  note(url: string): void {
    replaceFile(this.#note, `${JSON.stringify({ format: NOTE_FORMAT, ledger: url })}\n`)
  }

  leave(): void {
    removeFile(this.#note)
  }

  giveUp(): string | undefined {
    const kept = this.#store.setAside()
    this.leave()
    return kept
  }

  #openDatabase(address: DatabaseAddress): Promise<DatabaseSession> {
    const { openDatabase } = this.#copy.surroundings
    if (!openDatabase) throw new Error('this program opens no databases')
    return openDatabase(address)
  }

  #connect = (): Promise<DatabaseSession> => this.#openDatabase(this.address)
}

const isThat = ({ seq, leaf }: Tail, tail: Tail | undefined): boolean => tail?.seq === seq && tail.leaf === leaf
