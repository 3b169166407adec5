// The ledger on the disk: opened and checked against the rules, appended to, mended after a crash.

import { openOwn, openRegular, replaceFile } from '../disk/files.ts'
import { checkpointSize } from '../domain/checkpoint-size.ts'
import { notVerified, refused } from '../domain/errors.ts'
import { asBeyond, type Beyond, type Head } from '../domain/head.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { MerkleTree } from '../domain/merkle.ts'
import { once } from '../domain/once.ts'
import type { Line, NewRecord } from '../domain/record.ts'
import { stateDigest, stateText } from '../domain/saved-history.ts'
import { signCheckpoint } from './checkpoint.ts'
import type { Writer } from './compose.ts'
import { type Ending, endsUnsigned, readSigned } from './ending.ts'
import { appendText, cutTo } from './extent.ts'
import { type Index, type IndexPlace, type LinePlace, writeIndex } from './index-file.ts'
import type { IndexFound } from './indexed.ts'
import { notBegun, torn } from './ledger-errors.ts'
import { readLines } from './lines.ts'
import { findIndex, indexForged, OpenIndex } from './open-index.ts'
import type { Appended, Checked, Following, Ledger, Proofs, Signer } from './port.ts'
import { NEVER, Replay } from './replay.ts'
import type { Store } from './store.ts'
import { checkVouched } from './vouched.ts'
import { composeWithWaiting, giveTo } from './waiting.ts'
import type { Waits } from './waiting-row.ts'

export interface LedgerOptions {
  /** Check every signature, as `audit verify` does, or the newest, by which what stands before them is known to be as it was signed. */
  signatures?: Checked
  /** A copy is no secret and is kept anywhere: its file may have any owner, and be readable by others. */
  copy?: boolean
  /** Hears of each line, and of the tree as it is after it; `earlier` of those that an index spares, where their chain is asked for. */
  seen?: (line: Line, leaf: string, tree: { size: number; root: () => Uint8Array }) => void
  earlier?: (line: Line, leaf: string) => void
  /** Needed where records are appended. */
  appending?: Appending
  /** Where its index lies, which is used where not every signature is checked, and kept. */
  index?: IndexPlace
  /** The newest one that is here: of the ledger as it was then an index may be kept without a login. */
  checkpoint?: () => string | undefined
  /** The record whose state is wanted too. */
  stateAt?: number
}

/** So many records are read faster than an index is written. */
const FEW = 1000

export interface Appending {
  writer: Writer
  /** STATION-KNOWN: the name that the ledger gives it, or that this record is to give it. */
  station(history: History, next: NewRecord | Following): string
  /** Where lines go before this file has them, if it is the copy of a ledger that lies elsewhere. LEDGER-ELSEWHERE. */
  store?(history: History): Store | undefined
}

export class LedgerFile implements Ledger {
  readonly #path: string
  readonly #options: LedgerOptions
  readonly #replay: Replay
  #ending: Ending = { end: 0, lacksNewline: false, torn: 0 }
  /** Wanted of a long ledger alone. */
  readonly #seen = once(() => this.#options.checkpoint?.() ?? '')
  /** Where the last line that was taken in lies. */
  #last: LinePlace = { start: 0, end: 0 }
  /** Where the line that was appended last begins. */
  #lastStart: number | undefined
  /** What the history began with, if it did not begin with the first record. */
  readonly #opened: OpenIndex | undefined
  #isProved: boolean
  /** As it lies on the disk. */
  #kept: Index | undefined
  #stated: { leaf: string; text: string } | undefined
  /** At the record of `stateAt`. */
  stateThen: string | undefined
  /** What is in the file and what the history says may differ: whoever goes on opens it anew. */
  #spent = false

  private constructor(path: string, options: LedgerOptions, opened?: OpenIndex) {
    this.#path = path
    this.#options = options
    this.#opened = opened
    this.#isProved = opened === undefined
    this.#kept = opened?.index
    this.#replay = new Replay(options.signatures === 'all' ? 0 : NEVER, opened?.told())
    if (opened) this.#replay.begin(opened.last)
    if (opened) this.#last = opened.index.line
  }

  /**
   * Reads the whole file, or what stands in it after its index. Throws exit 5 where a rule is broken. A torn end is not taken in: see `torn`.
   * What an index says is for looking and planning, until it is proved.
   */
  static open(path: string, options: LedgerOptions = {}): LedgerFile {
    const { index, signatures } = options
    const opened = index && signatures !== 'all' && signatures !== 'lines' ? OpenIndex.of(index, path) : undefined
    if (!opened) return LedgerFile.#read(path, options)
    try {
      if (signatures === 'chain') opened.checkChain(options.earlier)
      return LedgerFile.#read(path, options, opened)
    } catch {
      // What is wrong, and of which record, is told by the ledger.
      return LedgerFile.#read(path, options)
    }
  }

  static #read(path: string, options: LedgerOptions, opened?: OpenIndex): LedgerFile {
    const ledger = new LedgerFile(path, options, opened)
    const fd = options.copy ? openRegular(path) : openOwn(path)
    ledger.#ending = readSigned(fd, (line) => ledger.#take(line), opened?.end)
    if (options.signatures && options.signatures !== 'all') ledger.#replay.checkNewest()
    return ledger
  }

  /** A ledger that has no file yet: its first append makes it in one step. */
  static begin(path: string, options: LedgerOptions): LedgerFile {
    return new LedgerFile(path, options)
  }

  get history(): History {
    return this.#replay.history
  }

  get tree(): MerkleTree {
    return this.#replay.tree
  }

  get torn(): boolean {
    return this.#ending.torn > 0
  }

  #take(line: Uint8Array): void {
    const taken = this.#replay.take(line)
    const { end } = this.#last
    this.#last = { start: end, end: end + line.length + 1 }
    this.#options.seen?.(taken, this.history.leaf, { size: this.tree.size, root: () => this.tree.root() })
    const { seq } = this.history
    if (seq === this.#options.stateAt) this.stateThen = this.state()
    if (seq - (this.#opened?.seq ?? -1) >= FEW && seq === checkpointSize(this.#seen()) - 1) this.keepIndex(this.#seen())
  }

  /** LEDGER-BEGINS: there is a first record. Without one nothing can be asked of the history. */
  checkBegun(own = false): void {
    if (this.history.seq === -1) throw this.torn ? torn(-1, own) : notBegun('the ledger is empty', own)
  }

  /** What only the end can tell: LEDGER-BEGINS, SIGNATURE-LAST, ANCHOR-MATCHES. */
  finish({ anchor, own }: Pick<Proofs, 'anchor'> & { own: boolean }): void {
    this.checkBegun(own)
    this.#replay.finish(anchor)
  }

  /** LEDGER-TORN. */
  checkWhole(own = false): void {
    if (this.torn) throw torn(this.history.seq, own)
  }

  /** Nothing but their signatures vouches for the records after the token's head: here they are checked. */
  since(seq: number): { leaf: string | undefined; beyond: Beyond[] } {
    const last = this.history.seq
    if (seq >= last) return { leaf: seq === last ? this.history.leaf : undefined, beyond: [] }
    const opened = this.#openedBy(seq)
    const replay = new Replay(seq + 1, opened?.told())
    const beyond: Beyond[] = []
    let leaf = opened?.seq === seq ? replay.history.leaf : undefined
    for (const { bytes } of readLines(openOwn(this.#path), undefined, opened?.end)) {
      const { record } = replay.take(bytes)
      if (record.seq === seq) leaf = replay.history.leaf
      if (record.seq > seq) beyond.push(asBeyond(record, replay.history.leaf))
      if (record.seq === last) break
    }
    return { leaf, beyond }
  }

  #openedBy = (seq: number): OpenIndex | undefined =>
    this.#opened && this.#opened.seq <= seq ? this.#opened : undefined

  state = (): string => stateDigest(this.#state())

  /** Of the last record; it is asked for more than once. */
  #state(): string {
    const { leaf } = this.history
    if (this.#stated?.leaf !== leaf) this.#stated = { leaf, text: stateText(this.#replay) }
    return this.#stated.text
  }

  /** INDEX-TRUE. Where the head tells nothing of the index, the ledger is read whole, and tells the same. */
  prove({ seq, state }: Pick<Head, 'seq' | 'state'>): void {
    if (this.#isProved) return
    const opened = this.#openedBy(seq)
    if (state !== undefined && opened && this.#stateAt(seq, opened) === state) this.#isProved = true
    else this.#proveWhole()
  }

  #stateAt(seq: number, opened: OpenIndex): string | undefined {
    if (seq === opened.seq) return opened.digest
    const replay = new Replay(NEVER, opened.told())
    for (const { bytes } of readLines(openOwn(this.#path), undefined, opened.end))
      if (replay.take(bytes).record.seq === seq) return stateDigest(stateText(replay))
    return undefined
  }

  #proveWhole(): void {
    const { index, ...options } = this.#options
    if (LedgerFile.#read(this.#path, options).state() !== this.state()) throw indexForged(index!)
    this.#isProved = true
  }

  findIndex = (): IndexFound => this.#options.index && findIndex(this.#options.index, this.#path)

  keepIndex(checkpoint: string): void {
    const { index } = this.#options
    if (!index || this.#ending.lacksNewline) return
    try {
      checkVouched(checkpoint, this.#replay, this.state())
      const { history, tree } = this.#replay
      const told = { history, tree, state: this.#state(), line: this.#last, checkpoint }
      this.#kept = writeIndex(index, told, this.#opened?.isDamaged ? undefined : this.#kept)
    } catch {
      // The one before is as good, and where there is none the ledger is replayed.
    }
  }

  /** Appends records in one write, the last of them signed, and waits for the disk. Nothing stays when it fails. */
  async append(records: readonly (NewRecord | Following)[], signer: Signer): Promise<Appended> {
    if (this.#spent) throw refused('DISK', 'the ledger could not be written before')
    if (this.torn) throw refused('LEDGER-TORN', 'the last line of the ledger is torn', keyrite('audit', 'verify'))
    if (!this.#isProved) this.#proveWhole()
    const { writer, station: stationOf, store: storeOf } = this.#options.appending!
    const store = storeOf?.(this.history)
    const station = stationOf(this.history, records[0]!)
    this.#spent = true
    const sent = await composeWithWaiting(records, signer, this.#replay, { writer, station, store })
    await store?.append(sent)
    this.#write(sent.lines)
    store?.settle()
    this.#spent = false
    writer.appended?.(sent.lines, sent.at.seq)
    return sent.last
  }

  async tell(record: NewRecord, signer: Signer): Promise<Appended | Waits> {
    const { writer, station, store: storeOf } = this.#options.appending!
    const store = storeOf?.(this.history)
    if (!store) return this.append([record], signer)
    // As the ledger will be by then.
    const trial = LedgerFile.open(this.#path, this.#options).#replay
    return giveTo(store, trial, record, { station: station(this.history, record), writer, signer })
  }

  /** SIGNATURE-LAST, and every rule and signature: takes in lines that its database has, as far as they hold. */
  absorb(lines: Iterable<Buffer>): void {
    this.#replay.signaturesFrom = this.history.seq + 1
    const [good, held]: [string[], string[]] = [[], []]
    try {
      for (const line of lines) {
        this.#replay.take(line)
        held.push(line.toString())
        if (!endsUnsigned(line)) good.push(...held.splice(0))
      }
    } finally {
      if (good.length > 0) this.#write(good)
    }
    if (held.length > 0) throw notVerified('SIGNATURE-LAST', 'the last line has no signature')
  }

  #write(lines: readonly string[]): void {
    const { end, lacksNewline } = this.#ending
    const text = `${lacksNewline ? '\n' : ''}${lines.join('\n')}\n`
    if (end === 0) replaceFile(this.#path, text)
    else appendText(this.#path, end, text)
    const newEnd = end + Buffer.byteLength(text)
    this.#lastStart = newEnd - Buffer.byteLength(lines.at(-1)!) - 1
    this.#last = { start: this.#lastStart, end: newEnd }
    this.#ending = { end: newEnd, lacksNewline: false, torn: 0 }
  }

  /** Cuts what a crash left, once the token's head is known not to cover it. Says what was cut. */
  mend(): string | undefined {
    const { end, torn } = this.#ending
    if (torn === 0) return undefined
    cutTo(this.#path, end)
    this.#ending.torn = 0
    return `cut ${torn} bytes of a torn line after record ${this.history.seq}`
  }

  signCheckpoint(signer: Signer): Promise<string> {
    const seen = { size: this.tree.size, root: this.tree.root(), state: this.state() }
    return signCheckpoint(this.history.partition, seen, signer)
  }

  async withdraw(leaf: string, outcome: NewRecord, signer: Signer): Promise<void> {
    if (this.#options.appending?.store?.(this.history)) return void (await this.append([outcome], signer))
    if (this.history.leaf !== leaf || this.#lastStart === undefined)
      throw new Error('only the record appended last can be withdrawn')
    cutTo(this.#path, this.#lastStart)
    this.#spent = true
  }
}
