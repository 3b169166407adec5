// Where the pages of a shelf lie in an index, and the hash of each: a row for each bucket that has something in it.
import { BUCKETS, HASH_BYTES, hashOf, isEmpty } from '../domain/shelf.ts'

export interface PagePlace {
  /** In the file of pages, and how many bytes. */
  at: number
  length: number
  hash: Uint8Array
}

const [AT, LENGTH, HASH] = [2, 8, 12]
const ROW = HASH + HASH_BYTES

/** Held as it is written, 2 bytes of the bucket, 6 of the place, 4 of the length, and the hash: a thousand objects would be a megabyte. */
export class PageTable {
  /** In the order of buckets that were filled, those of a file in that of their numbers. */
  #rows: Buffer
  readonly #rowOf = new Int32Array(BUCKETS).fill(-1)
  #count = 0

  constructor(rows: Buffer = Buffer.alloc(0)) {
    this.#rows = rows
    this.#count = Math.floor(rows.length / ROW)
    for (let row = 0; row < this.#count; row++) this.#rowOf[rows.readUInt16BE(row * ROW)] = row
  }

  /** From base64url, and back. */
  static of = (text: string): PageTable => new PageTable(Buffer.from(text, 'base64url'))

  toString(): string {
    const rows = [...this.#rowOf].filter((row) => row !== -1)
    return Buffer.concat(rows.map((row) => this.#row(row))).toString('base64url')
  }

  #row = (row: number): Buffer => this.#rows.subarray(row * ROW, (row + 1) * ROW)

  #hash(bucket: number): Uint8Array | undefined {
    const row = this.#rowOf[bucket]!
    return row === -1 ? undefined : this.#rows.subarray(row * ROW + HASH, (row + 1) * ROW)
  }

  /** Undefined where nothing is in the bucket. */
  get(bucket: number): PagePlace | undefined {
    const number = this.#rowOf[bucket]!
    if (number === -1) return undefined
    const row = this.#row(number)
    return {
      at: row.readUIntBE(AT, LENGTH - AT),
      length: row.readUIntBE(LENGTH, HASH - LENGTH),
      hash: row.subarray(HASH),
    }
  }

  set(bucket: number, { at, length, hash }: PagePlace): void {
    const row = Buffer.alloc(ROW)
    row.writeUIntBE(bucket, 0, AT)
    row.writeUIntBE(at, AT, LENGTH - AT)
    row.writeUIntBE(length, LENGTH, HASH - LENGTH)
    row.set(hash, HASH)
    const number = this.#rowOf[bucket]!
    if (number !== -1) return void this.#rows.set(row, number * ROW)
    this.#rows = Buffer.concat([this.#rows, row])
    this.#rowOf[bucket] = this.#count++
  }

  copy = (): PageTable => new PageTable(Buffer.from(this.#rows))

  /** Bytes of all pages. */
  get length(): number {
    let sum = 0
    for (let row = 0; row < this.#count; row++) sum += this.#rows.readUInt32BE(row * ROW + LENGTH)
    return sum
  }

  /** As in `Shelved`. */
  get hashes(): Uint8Array {
    const hashes = new Uint8Array(BUCKETS * HASH_BYTES)
    // Each command asks for it: Buffer.copy and entries() take five times as long.
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const hash = this.#hash(bucket)
      if (hash) hashes.set(hash, bucket * HASH_BYTES)
    }
    return hashes
  }

  /** The buckets that have something else in them by these hashes. */
  changed(hashes: Uint8Array): Set<number> {
    const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
    return new Set(buckets.filter((bucket) => isOther(hashOf(hashes, bucket), this.#hash(bucket))))
  }
}

const isOther = (hash: Uint8Array, before: Uint8Array | undefined): boolean =>
  (before === undefined || Buffer.compare(before, hash) !== 0) && !isEmpty(hash)
