// One ceremony at a time is at work on a ledger in a database: claimed before anybody is asked, and until the command ends.

import type { History } from '../domain/history.ts'
import type { IntentPlan } from '../domain/plan.ts'
import type { Partition } from '../ledger/port.ts'

export class LedgerClaim implements AsyncDisposable {
  #held: AsyncDisposable | undefined

  constructor(readonly of: { partition: Partition; history: History }) {}

  /** LEDGER-CLAIMED, DATABASE-AHEAD. Who waits for others elsewhere keeps nobody from working meanwhile. */
  async during<T extends Disposable>(
    plan: IntentPlan,
    { remote }: { remote?: string },
    consent: () => Promise<T>,
  ): Promise<T> {
    await this.#take(plan)
    if (remote === undefined) return consent()
    await this[Symbol.asyncDispose]()
    const consented = await consent()
    try {
      await this.#take(plan)
      return consented
    } catch (error) {
      consented[Symbol.dispose]()
      throw error
    }
  }

  async #take(plan: IntentPlan): Promise<void> {
    const { partition, history } = this.of
    this.#held = await partition.whereabouts.claim(history, partition.stationName(history, plan))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held?.[Symbol.asyncDispose]()
    this.#held = undefined
  }
}
