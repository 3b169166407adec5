// Signatures are looked at on every core: this thread reads the ledger and fills slots, other threads look at them, and so does this one where all are full.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type Filling, fitsSlot, Slots, type ToLookAt } from './slots.ts'

/** The threads' program lies beside whatever bundle this has become a part of. */
const VERIFIER = new URL('./verifier.cjs', import.meta.url)

/** So long nothing comes of a slot that a thread has taken: it is gone. Milliseconds. */
const PATIENCE = 10_000

/** They need little, and a heap that grows with its garbage would be as large as they let it. */
const LITTLE = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }

export class Pool {
  readonly #slots = new Slots()
  readonly #workers: readonly Worker[]
  #filling: Filling | undefined
  #added = 0
  /** Nothing comes of what was handed over. */
  #stalled = false

  /** `threads`: beside this one. */
  constructor(threads = availableParallelism() - 1) {
    this.#workers = Array.from({ length: threads }, () => {
      const worker = new Worker(VERIFIER, { workerData: this.#slots.memory, resourceLimits: LITTLE })
      // One that can't begin is one less: whether each signature was looked at is counted.
      worker.on('error', () => {})
      worker.unref()
      return worker
    })
  }

  /** False where whoever asks has to look at it: it is too long for a slot, or nobody empties them. */
  add(one: ToLookAt): boolean {
    if (!fitsSlot(one)) return false
    if (!this.#filling?.add(one)) {
      this.#filling?.done()
      this.#filling = this.#nextFree()
      if (!this.#filling?.add(one)) return false
    }
    this.#added++
    return true
  }

  #nextFree(): Filling | undefined {
    while (!this.#stalled) {
      const free = this.#slots.free()
      if (free) return free
      if (!this.#slots.lookAtOne()) this.#wait()
    }
    return undefined
  }

  #wait(): void {
    const { looked } = this.#slots
    if (looked < this.#added && !this.#slots.waitForMore(looked, PATIENCE)) this.#stalled = true
  }

  /** Waits for all of them. True where each was looked at, and none is wrong. */
  finish(): boolean {
    this.#filling?.done()
    this.#filling = undefined
    while (this.#slots.lookAtOne()) {}
    while (this.#slots.looked < this.#added && !this.#stalled) this.#wait()
    return !this.#stalled && this.#slots.wrong === 0
  }

  [Symbol.dispose](): void {
    this.#slots.end()
    for (const worker of this.#workers) void worker.terminate()
  }
}
