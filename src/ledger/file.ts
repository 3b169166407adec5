// The ledger on the disk: opened and checked, appended to, mended after a crash.
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync } from 'node:fs'
import { toBase64url } from '../domain/encoding.ts'
import { KeyriteError, notVerified, refused } from '../domain/errors.ts'
import type { Beyond } from '../domain/head.ts'
import type { History } from '../domain/history.ts'
import type { MerkleTree } from '../domain/merkle.ts'
import {
  formatLine,
  type Line,
  leafOf,
  type NewRecord,
  parseLine,
  RECORD_FORMAT,
  type Record,
  recordMessage,
} from '../domain/record.ts'
import { readLines } from './lines.ts'
import type { Appended, Ledger, Signer } from './port.ts'
import { Replay } from './replay.ts'
import { diskError, openOwn, replaceFile, writeAll } from './safe-files.ts'

/** What a crash left at the end of the file: bytes from here on are a torn line, or `null` lines that it was to sign. */
interface TornTail {
  offset: number
  bytes: number
}

export interface LedgerOptions {
  /** Check every signature, as `audit verify` does. */
  signatures?: boolean
  /** Hears of the tree as it is after each line. */
  seen?: (tree: { size: number; root: () => Uint8Array }) => void
  clock?: () => Date
  tool?: { name: string; version: string }
}

export class LedgerFile implements Ledger {
  readonly #path: string
  readonly #replay: Replay
  readonly #options: LedgerOptions
  /** Where the last signed line ends. */
  #end = 0
  /** Where the last appended line begins. */
  #lastStart = 0
  #torn: TornTail | undefined
  #lacksNewline = false
  #failed = false

  private constructor(path: string, options: LedgerOptions) {
    this.#path = path
    this.#options = options
    this.#replay = new Replay(options.signatures ?? false)
  }

  /** Reads the whole file. Throws exit 5 where a rule is broken. A torn end is not taken in: see `torn`. */
  static open(path: string, options: LedgerOptions = {}): LedgerFile {
    const ledger = new LedgerFile(path, options)
    ledger.#load(openOwn(path))
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
    return this.#torn !== undefined
  }

  #load(fd: number): void {
    let held: Buffer[] = []
    let start = 0
    const size = fstatSync(fd).size
    for (const { bytes, offset, whole } of readLines(fd)) {
      if (!whole && !isWholeLine(bytes)) break
      // Unsigned lines wait for the signature that covers them: without it they are part of what a crash left.
      if (held.length === 0) start = offset
      held.push(Buffer.from(bytes))
      if (!isSignedLine(bytes)) continue
      for (const line of held) this.#take(line)
      held = []
      start = offset + bytes.length + 1
      this.#end = Math.min(start, size)
      this.#lacksNewline = !whole
    }
    if (this.#end < size) this.#judgeTail(held, size)
  }

  #take(line: Uint8Array): void {
    this.#replay.take(line)
    this.#options.seen?.({ size: this.tree.size, root: () => this.tree.root() })
  }

  /** Whole lines without a signature that nothing torn follows were not left by a crash: SIGNATURE-LAST. */
  #judgeTail(held: Buffer[], size: number): void {
    const tail = size - this.#end
    const wholeLines = held.reduce((sum, line) => sum + line.length + 1, 0)
    if (held.length > 0 && wholeLines === tail) {
      for (const line of held) this.#replay.take(line)
      throw notVerified('SIGNATURE-LAST', `record ${this.history.seq}: the last line has no signature`)
    }
    this.#torn = { offset: this.#end, bytes: tail }
  }

  /** Every rule that only the end can tell. `anchor` as a short code. */
  finish(anchor?: string): void {
    this.#replay.finish(anchor)
    if (this.#torn) {
      const hint = 'the next command that logs in mends it'
      throw notVerified('LEDGER-TORN', `the last line, after record ${this.history.seq}, is torn`, hint)
    }
  }

  /** The leaf with this number and what stands after it; the leaf is absent when the ledger is shorter. */
  since(seq: number): { leaf: string | undefined; beyond: Beyond[] } {
    if (seq === this.history.seq) return { leaf: this.history.leaf, beyond: [] }
    if (seq > this.history.seq) return { leaf: undefined, beyond: [] }
    let leaf: string | undefined
    const beyond: Beyond[] = []
    let number = 0
    for (const { bytes } of readLines(openOwn(this.#path))) {
      if (number > this.history.seq) break
      if (number === seq) leaf = toBase64url(leafOf(bytes.toString()))
      else if (number > seq) beyond.push(asBeyond(bytes.toString()))
      number++
    }
    return { leaf, beyond }
  }

  /** Appends records in one write, the last of them signed, and waits for the disk. Nothing stays when it fails. */
  async append(records: readonly NewRecord[], signer: Signer): Promise<Appended> {
    if (this.#failed) throw refused('DISK', 'the ledger could not be written before')
    if (this.#torn) throw refused('LEDGER-TORN', 'the last line of the ledger is torn', 'keyrite audit verify')
    const lines: string[] = []
    let prev = { seq: this.history.seq, leaf: this.history.leaf }
    for (const [i, record] of records.entries()) {
      const text = await this.#line(record, prev, i === records.length - 1 ? signer : undefined)
      lines.push(text)
      prev = { seq: prev.seq + 1, leaf: toBase64url(leafOf(text)) }
    }
    this.#write(lines)
    return { seq: prev.seq, leaf: prev.leaf, time: lastTime(lines) }
  }

  async #line(record: NewRecord, prev: { seq: number; leaf: string }, signer: Signer | undefined): Promise<string> {
    const placed = {
      format: RECORD_FORMAT,
      partition: this.history.partition || (record as { plan: { partition: string } }).plan.partition,
      seq: prev.seq + 1,
      prev: prev.seq === -1 ? null : prev.leaf,
      time: this.#now(),
      tool: this.#options.tool ?? { name: 'keyrite', version: '0' },
      ...record,
    } as Record
    if (!signer) return formatLine({ record: placed, signature: null })
    const value = toBase64url(await signer.sign(recordMessage(placed)))
    return formatLine({ record: placed, signature: { key: signer.key.id, alg: signer.key.alg, value } })
  }

  #now(): string {
    return (this.#options.clock?.() ?? new Date()).toISOString()
  }

  /** Our own lines pass the same rules as anybody's, before a byte is written. */
  #write(lines: readonly string[]): void {
    this.#failed = true
    for (const line of lines) this.#replay.take(Buffer.from(line))
    const text = `${lines.join('\n')}\n`
    this.#lastStart =
      this.#end + (this.#lacksNewline ? 1 : 0) + Buffer.byteLength(text) - Buffer.byteLength(lines.at(-1)!) - 1
    if (this.#end === 0) replaceFile(this.#path, text)
    else this.#extend(this.#lacksNewline ? `\n${text}` : text)
    this.#end += Buffer.byteLength(text) + (this.#lacksNewline ? 1 : 0)
    this.#lacksNewline = false
    this.#failed = false
  }

  #extend(text: string): void {
    const fd = openOwn(this.#path, constants.O_WRONLY | constants.O_APPEND)
    try {
      if (fstatSync(fd).size !== this.#end)
        throw notVerified('LEDGER-MOVED', 'the ledger was changed by another program meanwhile')
      writeAll(fd, text)
      fsyncSync(fd)
    } catch (error) {
      // A half-written line must not look like a crash to the next command.
      if (!(error instanceof KeyriteError)) ftruncateSync(fd, this.#end)
      throw diskError(error, this.#path)
    } finally {
      closeSync(fd)
    }
  }

  /** Cuts what a crash left, once the token's head is known not to cover it. Says what was cut. */
  mend(): string | undefined {
    if (!this.#torn) return undefined
    const { offset, bytes } = this.#torn
    this.#cutTo(offset)
    this.#torn = undefined
    return `cut ${bytes} bytes of a torn line after record ${this.history.seq}`
  }

  withdraw(leaf: string): void {
    if (this.history.leaf !== leaf || this.#lastStart === 0)
      throw new Error('only the record appended last can be withdrawn')
    this.#cutTo(this.#lastStart)
    // The history has taken it in: whoever goes on opens the file anew.
    this.#failed = true
  }

  #cutTo(size: number): void {
    const fd = openOwn(this.#path, constants.O_RDWR)
    try {
      ftruncateSync(fd, size)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }
}

const lastTime = (lines: readonly string[]): string => parseLine(lines.at(-1)!).record.time

function asBeyond(text: string): Beyond {
  const { record } = JSON.parse(text) as Line
  const leaf = toBase64url(leafOf(text))
  return 'intent' in record ? { leaf, type: record.type, intent: record.intent } : { leaf, type: record.type }
}

/** A last line that lacks only its LF parses; a torn one does not. */
function isWholeLine(bytes: Buffer): boolean {
  try {
    return parseLine(bytes.toString()).signature !== null
  } catch {
    return false
  }
}

/** Canonical lines end with `"signature":null}` or with a signature. */
const isSignedLine = (bytes: Buffer): boolean => !bytes.subarray(-18).toString().endsWith('"signature":null}')
