// Memory that threads share, in slots: the one that reads a ledger fills them with signatures, and whoever has time looks at those of one.
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Alg } from '../domain/shapes.ts'
import { isRight } from './signature.ts'

const SLOTS = 12
const SLOT_BYTES = 1 << 17

/** What a slot is: nobody's, to be looked at, or being looked at. */
const [FREE, FULL, TAKEN] = [0, 1, 2]

/** Numbers beside the slots' own: it grows with each slot that is filled; signatures that were looked at; those that are wrong; whether there will be more. */
const [FILLED, LOOKED, WRONG, ENDED] = [SLOTS, SLOTS + 1, SLOTS + 2, SLOTS + 3]
const NUMBERS = 256

/** How many signatures a slot holds; then of each its algorithm, and the lengths of key, signature and message, which follow. */
const [COUNT_BYTES, HEAD_BYTES] = [4, 9]
const ALGS: readonly Alg[] = ['ES256', 'EdDSA', 'PS256']

export interface ToLookAt {
  alg: Alg
  /** DER. */
  spki: Uint8Array
  message: Uint8Array
  value: Uint8Array
}

const lengthOf = ({ spki, message, value }: ToLookAt): number =>
  HEAD_BYTES + spki.length + value.length + message.length

/** Whether a slot has room for it at all. */
export const fitsSlot = (one: ToLookAt): boolean => COUNT_BYTES + lengthOf(one) <= SLOT_BYTES

export class Slots {
  readonly #numbers: Int32Array
  readonly #bytes: readonly Buffer[]
  readonly #keys = new Map<string, KeyObject>()

  constructor(readonly memory = new SharedArrayBuffer(NUMBERS + SLOTS * SLOT_BYTES)) {
    this.#numbers = new Int32Array(memory, 0, NUMBERS / 4)
    this.#bytes = Array.from({ length: SLOTS }, (_, i) => Buffer.from(memory, NUMBERS + i * SLOT_BYTES, SLOT_BYTES))
  }

  get looked(): number {
    return Atomics.load(this.#numbers, LOOKED)
  }

  get wrong(): number {
    return Atomics.load(this.#numbers, WRONG)
  }

  /** A slot that nobody has, for the one that fills them. */
  free(): Filling | undefined {
    const i = this.#bytes.findIndex((_, slot) => Atomics.load(this.#numbers, slot) === FREE)
    return i === -1 ? undefined : new Filling(this.#bytes[i]!, () => this.#handOver(i))
  }

  #handOver(slot: number): void {
    Atomics.store(this.#numbers, slot, FULL)
    this.#tell()
  }

  #tell(): void {
    Atomics.add(this.#numbers, FILLED, 1)
    Atomics.notify(this.#numbers, FILLED)
  }

  end(): void {
    Atomics.store(this.#numbers, ENDED, 1)
    this.#tell()
  }

  /** Looks at all that one slot has. False where none is full. */
  lookAtOne(): boolean {
    const slot = this.#bytes.findIndex((_, i) => Atomics.compareExchange(this.#numbers, i, FULL, TAKEN) === FULL)
    if (slot === -1) return false
    const { count, wrong } = this.#lookAt(this.#bytes[slot]!)
    Atomics.add(this.#numbers, WRONG, wrong)
    Atomics.add(this.#numbers, LOOKED, count)
    Atomics.store(this.#numbers, slot, FREE)
    Atomics.notify(this.#numbers, LOOKED)
    return true
  }

  #lookAt(bytes: Buffer): { count: number; wrong: number } {
    const count = bytes.readUInt32LE(0)
    let [at, wrong] = [COUNT_BYTES, 0]
    for (let i = 0; i < count; i++) {
      const valueAt = at + HEAD_BYTES + bytes.readUInt16LE(at + 1)
      const messageAt = valueAt + bytes.readUInt16LE(at + 3)
      const end = messageAt + bytes.readUInt32LE(at + 5)
      const key = this.#keyOf(bytes.subarray(at + HEAD_BYTES, valueAt))
      const alg = ALGS[bytes[at]!]!
      if (!isRight(alg, key, bytes.subarray(messageAt, end), bytes.subarray(valueAt, messageAt))) wrong++
      at = end
    }
    return { count, wrong }
  }

  #keyOf(spki: Buffer): KeyObject {
    const name = spki.toString('latin1')
    const known = this.#keys.get(name)
    if (known) return known
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    this.#keys.set(name, key)
    return key
  }

  /** Looks at slots until there will be none any more. */
  lookAtAll(): void {
    for (;;) {
      const filled = Atomics.load(this.#numbers, FILLED)
      while (this.lookAtOne()) {}
      if (Atomics.load(this.#numbers, ENDED) === 1) return
      Atomics.wait(this.#numbers, FILLED, filled)
    }
  }

  /** False where more than so many are looked at, or nothing came of it in that time. */
  waitForMore(looked: number, milliseconds: number): boolean {
    return Atomics.wait(this.#numbers, LOOKED, looked, milliseconds) !== 'timed-out'
  }
}

/** A slot in the hands of whoever fills it. */
export class Filling {
  #at = COUNT_BYTES
  #count = 0

  constructor(
    private readonly bytes: Buffer,
    private readonly handOver: () => void,
  ) {}

  /** False where it is full. */
  add(one: ToLookAt): boolean {
    if (this.#at + lengthOf(one) > SLOT_BYTES) return false
    const { alg, spki, message, value } = one
    this.bytes[this.#at] = ALGS.indexOf(alg)
    this.bytes.writeUInt16LE(spki.length, this.#at + 1)
    this.bytes.writeUInt16LE(value.length, this.#at + 3)
    this.bytes.writeUInt32LE(message.length, this.#at + 5)
    this.#at += HEAD_BYTES
    for (const part of [spki, value, message]) {
      this.bytes.set(part, this.#at)
      this.#at += part.length
    }
    this.#count++
    return true
  }

  done(): void {
    this.bytes.writeUInt32LE(this.#count, 0)
    this.handOver()
  }
}
