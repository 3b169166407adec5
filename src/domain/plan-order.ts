// When a plan may be carried out: on the ledger that it was made on, before it expires, and once.
import { notVerified } from './errors.ts'
import type { IntentPlan, Plan } from './plan.ts'
import type { Record } from './record.ts'
import { Shelf } from './shelf.ts'
import { WITHOUT_LOGIN } from './statement.ts'

export class PlanOrder {
  /** Of plans that were carried out: what stands by each says nothing. */
  readonly nonces = new Shelf<1>()
  /** The last record that needed a login: a plan's head may not lie before it. */
  #settled = -1
  readonly #recentLeaves = new Map<number, string>()

  get saved() {
    return { recent: [...this.#recentLeaves], settled: this.#settled }
  }

  restore({ recent, settled }: PlanOrder['saved']): void {
    this.#settled = settled
    for (const [seq, leaf] of recent) this.#recentLeaves.set(seq, leaf)
  }

  /** Of each record of the ledger, in order. */
  pass({ type, seq }: Record, leaf: string): void {
    if (!WITHOUT_LOGIN.includes(type)) {
      this.#settled = seq
      this.#recentLeaves.clear()
    }
    this.#recentLeaves.set(seq, leaf)
  }

  /** PLAN-PARTITION, PLAN-TIMES, PLAN-EXPIRED, PLAN-HEAD: the plan of an intent is for what the ledger knows, and in time. */
  check(plan: IntentPlan, time: string, { partition }: { partition: string }): void {
    if (plan.partition !== partition) throw notVerified('PLAN-PARTITION', 'the plan is of another partition')
    checkTimes(plan, time)
    if (time > plan.expires) throw notVerified('PLAN-EXPIRED', `the plan had expired at ${plan.expires}`)
    this.#checkHead(plan.head)
    this.checkNew(plan.nonce)
  }

  /** PLAN-HEAD: the plan was made on this history, and since then only what needs no login came. */
  #checkHead({ seq, leaf }: { seq: number; leaf: string }): void {
    if (seq >= this.#settled && this.#recentLeaves.get(seq) === leaf) return
    throw notVerified('PLAN-HEAD', `the plan was made on record ${seq}, and more has happened since, or something else`)
  }

  /** PLAN-ONCE: a plan is carried out once. */
  use(nonce: string): void {
    this.checkNew(nonce)
    this.nonces.set(nonce, 1)
  }

  /** PLAN-ONCE. */
  checkNew(nonce: string): void {
    if (this.nonces.get(nonce)) throw notVerified('PLAN-ONCE', 'the same plan was carried out before')
  }
}

/** PLAN-TIMES: a plan is made, then carried out, and ends after it was made. */
export function checkTimes({ created, expires }: Plan, time: string): void {
  if (created >= expires) throw notVerified('PLAN-TIMES', `the plan of ${created} ends at ${expires}`)
  if (time < created) throw notVerified('PLAN-TIMES', `the plan is of ${created}, later than its record`)
}
