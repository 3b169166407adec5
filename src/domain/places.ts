// Where each record of a ledger stands, and when: 40 bytes for each, since there may be a million.
import { fromBase64url, toBase64url } from './encoding.ts'

const LEAF_BYTES = 32
const FIRST_ROOM = 64

/** Of an earlier record, found where the ledger lies: its leaf, and its time. */
export type Earlier = (seq: number) => { leaf: string; time: string } | undefined

export class Places {
  /** How many records lie before the first that is kept here. */
  #before = 0
  #earlier: Earlier = () => undefined
  #leaves = new Uint8Array(LEAF_BYTES * FIRST_ROOM)
  #times = new Float64Array(FIRST_ROOM)
  #size = 0

  /** The first `count` records are looked up. */
  begin(count: number, earlier: Earlier): void {
    this.#before = count
    this.#earlier = earlier
  }

  /** Of each record, in order. */
  add(leaf: string, time: string): void {
    if (this.#size === this.#times.length) this.#grow()
    this.#leaves.set(fromBase64url(leaf), this.#size * LEAF_BYTES)
    this.#times[this.#size++] = Date.parse(time)
  }

  #grow(): void {
    const [leaves, times] = [new Uint8Array(this.#leaves.length * 2), new Float64Array(this.#times.length * 2)]
    leaves.set(this.#leaves)
    times.set(this.#times)
    this.#leaves = leaves
    this.#times = times
  }

  /** When the record with this number was written, if it is there and has this leaf. */
  timeOf({ seq, leaf }: { seq: number; leaf: string }): string | undefined {
    if (seq < this.#before) return this.#lookedUp(seq, leaf)
    const number = seq - this.#before
    if (number >= this.#size) return undefined
    const at = number * LEAF_BYTES
    if (toBase64url(this.#leaves.subarray(at, at + LEAF_BYTES)) !== leaf) return undefined
    return new Date(this.#times[number]!).toISOString()
  }

  #lookedUp(seq: number, leaf: string): string | undefined {
    const found = this.#earlier(seq)
    return found?.leaf === leaf ? found.time : undefined
  }
}
