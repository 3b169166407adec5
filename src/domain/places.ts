// Where each record of a ledger stands, and when: 40 bytes for each, since there may be a million.
import { fromBase64url, toBase64url } from './encoding.ts'

const LEAF_BYTES = 32
const FIRST_ROOM = 64

export class Places {
  #leaves = new Uint8Array(LEAF_BYTES * FIRST_ROOM)
  #times = new Float64Array(FIRST_ROOM)
  #size = 0

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
    if (seq >= this.#size) return undefined
    const at = seq * LEAF_BYTES
    if (toBase64url(this.#leaves.subarray(at, at + LEAF_BYTES)) !== leaf) return undefined
    return new Date(this.#times[seq]!).toISOString()
  }
}
