// A ledger's index at hand: the history up to where it leaves off, as often as somebody wants it, and its pages, or what the ledger says in their place.
import { closeSync, statSync } from 'node:fs'
import { exists, openOwn } from '../disk/files.ts'
import { sha256, toBase64url, utf8 } from '../domain/encoding.ts'
import { type KeyriteError, notVerified } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { type Line, leafOfBytes, parseLine, type Record } from '../domain/record.ts'
import { restored, type ShelfName, shelvesOf, stateDigest, type Told } from '../domain/saved-history.ts'
import { bytesOf, findLine } from './find-line.ts'
import { dropIndex, type Index, type IndexPlace, readIndex, readPages } from './index-file.ts'
import type { IndexFound } from './indexed.ts'
import { readLines } from './lines.ts'
import { decode, NEVER, Replay } from './replay.ts'
import { checkLetIn, checkVouched } from './vouched.ts'

export class OpenIndex {
  /** A page of it was not what its root names. */
  isDamaged = false
  /** What the ledger itself says, where a page has to be made anew. */
  #whole: History | undefined
  /** It was looked at, and nobody has it yet. */
  #first: Told | undefined

  private constructor(
    readonly place: IndexPlace,
    readonly index: Index,
    /** Of the ledger. */
    readonly path: string,
    /** The last line that it tells of. */
    readonly last: Line,
    /** Of that line. */
    readonly leaf: string,
  ) {}

  /** Looked at before it was asked for, and its files as they were then. */
  static #ahead: { of: string; opened: OpenIndex | undefined } | undefined

  /** For whoever waits, and is about to ask for it: the next one to do so has it, where nothing was written meanwhile. */
  static lookAhead(place: IndexPlace, path: string): void {
    const files = filesAt(place, path)
    OpenIndex.#ahead = { of: files, opened: OpenIndex.of(place, path) }
  }

  /** The index of this ledger: its last line stands where it says, byte for byte. Undefined where there is none, or another's. */
  static of(place: IndexPlace, path: string): OpenIndex | undefined {
    const ahead = OpenIndex.#ahead
    OpenIndex.#ahead = undefined
    if (ahead && ahead.of === filesAt(place, path)) return ahead.opened
    const index = readIndex(place)
    if (!index) return undefined
    const bytes = lastLine(path, index)
    if (!bytes) return undefined
    try {
      const open = new OpenIndex(place, index, path, parseLine(bytes.toString()), toBase64url(leafOfBytes(bytes)))
      return open.#counts() ? open : undefined
    } catch {
      return undefined
    }
  }

  /** Of the last record that it tells of. */
  get seq(): number {
    return this.last.record.seq
  }

  get end(): number {
    return this.index.line.end
  }

  /** As the token's head has it. */
  get digest(): string {
    return stateDigest(this.index.state)
  }

  told(): Told {
    if (this.#first) return this.#taken(this.#first)
    const told = restored(
      this.index.state,
      (name, { digest, size }) => {
        const hashes = this.index.pages[name].hashes
        if (toBase64url(sha256(hashes)) !== digest) throw new RangeError('these are the hashes of other pages')
        return { size, hashes, pages: (buckets) => this.#pages(name, buckets) }
      },
      (seq) => this.#earlier(seq),
    )
    if (!told) throw new RangeError('it is of another format')
    return told
  }

  /** CHECKPOINT-SIGNED, AUDIT-KEY-APPROVED. */
  #counts(): boolean {
    const told = this.told()
    this.#first = told
    const { history } = told
    checkVouched(this.index.checkpoint, told, this.digest)
    checkLetIn(history, (seq) => this.#found(seq) ?? notThere())
    return history.leaf === this.leaf && this.seq === history.seq
  }

  /** CHAIN-PREV: what stands before it is what the token has seen: each line names the one before it by its hash, and the last is its own. `tell` hears of each at once: nothing vouches for any before the last. */
  checkChain(tell?: (line: Line, leaf: string) => void): void {
    let before: string | null = null
    for (const { bytes, offset } of readLines(openOwn(this.path))) {
      if (offset >= this.end) break
      // Whoever wants none of them needs only what it names.
      const line = (tell ? parseLine(decode(bytes)) : JSON.parse(bytes.toString())) as Line
      if (line.record.prev !== before) throw notVerified('CHAIN-PREV', 'it does not follow the record before it')
      before = toBase64url(leafOfBytes(bytes))
      tell?.(line, before)
    }
    if (before !== this.leaf) throw notVerified('CHAIN-PREV', 'it is not what the token has seen')
  }

  /** INDEX-TRUE: it says what the ledger says, by what was made of that from its first record. */
  check(state: string | undefined): void {
    if (this.digest !== state) throw indexForged(this.place)
  }

  #taken(first: Told): Told {
    this.#first = undefined
    return first
  }

  *#pages(name: ShelfName, buckets: readonly number[]): Generator<string> {
    const places = buckets.map((bucket) => this.index.pages[name].get(bucket)!)
    let i = 0
    for (const page of readPages(this.place, places)) {
      yield page ?? this.#fromLedger(name, buckets[i]!, places[i]!.hash)
      i++
    }
  }

  /** INDEX-TRUE. */
  #fromLedger(name: ShelfName, bucket: number, hash: Uint8Array): string {
    this.isDamaged = true
    this.#whole ??= replayed(this.path, this.seq)
    for (const { page } of shelvesOf(this.#whole)[name].pages(new Set([bucket])))
      if (Buffer.compare(sha256(utf8(page)), hash) === 0) return page
    throw indexForged(this.place)
  }

  #earlier(seq: number): { leaf: string; time: string } | undefined {
    const found = this.#found(seq)
    return found && { leaf: found.leaf, time: found.record.time }
  }

  #found(seq: number): { record: Record; leaf: string } | undefined {
    const fd = openOwn(this.path)
    try {
      const found = findLine(fd, this.end, seq)
      return found && { record: found.record, leaf: toBase64url(leafOfBytes(found.bytes)) }
    } finally {
      closeSync(fd)
    }
  }
}

export function findIndex(place: IndexPlace, path: string): IndexFound {
  const index = OpenIndex.of(place, path)
  return index ? { seq: index.seq } : exists(place.root) ? 'passed over' : undefined
}

/** Which files they are, and how they were written last. */
const filesAt = ({ root }: IndexPlace, path: string): string =>
  [root, path]
    .map((file) => statSync(file, { bigint: true, throwIfNoEntry: false }))
    .map((stat) => stat && [stat.dev, stat.ino, stat.size, stat.ctimeNs])
    .join()

const LF = 10

/** Without its LF; undefined where the file has none there. */
function lastLine(path: string, { line }: Index): Buffer | undefined {
  const fd = openOwn(path)
  try {
    const { start, end } = line
    const bytes = bytesOf(fd, Math.max(0, start - 1), end)
    const last = start === 0 ? bytes : bytes.subarray(1)
    const isLine = last.indexOf(LF) === last.length - 1 && (start === 0 || bytes[0] === LF)
    return isLine ? last.subarray(0, -1) : undefined
  } catch {
    return undefined
  } finally {
    closeSync(fd)
  }
}

const notThere = (): never => {
  throw new RangeError('the ledger has no such record')
}

function replayed(path: string, seq: number): History {
  const replay = new Replay(NEVER)
  for (const { bytes } of readLines(openOwn(path))) if (replay.take(bytes).record.seq === seq) break
  return replay.history
}

/** INDEX-TRUE: it says what the ledger does not. It is taken away, so that the next command replays. */
export function indexForged(place: IndexPlace): KeyriteError {
  dropIndex(place)
  return notVerified(
    'INDEX-TRUE',
    'the index beside the ledger says what the ledger does not say; it was removed, and the ledger is as it was',
    'run the command again: it reads the whole ledger, and says whether that is sound',
  )
}
