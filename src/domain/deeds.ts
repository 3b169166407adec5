// When each operation was last done, and how often one was refused: what somebody who watches over a partition asks of its ledger.
import type { IntentPlan } from './plan.ts'
import { recoveredBy } from './plan.ts'
import type { Record } from './record.ts'

interface Deed {
  seq: number
  time: string
}

export class Deeds {
  readonly #last = new Map<string, Deed>()
  /** The change that was begun last, and those that recover it: by leaf, their operations. */
  readonly #begun = new Map<string, IntentPlan['op']>()
  #refusals = 0

  /** Of each record of the ledger, in order. */
  pass(record: Record, leaf: string): void {
    if (record.type === 'denied') this.#refusals++
    if (record.type === 'drill') this.#done('quorum.drill', record)
    if (record.type === 'intent') {
      if (recoveredBy(record.plan) === undefined) this.#begun.clear()
      this.#begun.set(leaf, record.plan.op)
    }
    const isDone =
      record.type === 'outcome' ? record.result === 'done' : record.type === 'recovered' && record.found === 'done'
    const op = isDone && 'intent' in record ? this.#begun.get(record.intent) : undefined
    if (op) this.#done(op, record)
  }

  #done(op: string, { seq, time }: Deed): void {
    this.#last.set(op, { seq, time })
  }

  /** By operation. */
  get last(): ReadonlyMap<string, Deed> {
    return this.#last
  }

  get refusals(): number {
    return this.#refusals
  }
}
