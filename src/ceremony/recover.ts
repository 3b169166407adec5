// After a crash between intent and outcome: looks on the token what is true, finishes what only needs reading, and records it.
import { refused } from '../domain/errors.ts'
import type { History, OpenIntent } from '../domain/history.ts'
import { plannedKeys, type RecoverPlan } from '../domain/plan.ts'
import type { Recovered } from '../domain/record.ts'
import type { KeyReport } from '../domain/shapes.ts'
import type { UserSession } from '../hsm/port.ts'
import type { Act, Done } from './conduct.ts'
import { lookFor } from './generate-keys.ts'
import { openIntent } from './open-intent.ts'
import { type Circumstances, stamp } from './stamp.ts'

export function planRecovery(history: History, circumstances: Circumstances): RecoverPlan {
  const open = openIntent(history)
  if (!open)
    throw refused('INTENT-OPEN', 'nothing is open: every intent in the ledger has its outcome', 'keyrite audit verify')
  return { ...stamp('partition.recover', history, circumstances), recovers: open.leaf }
}

/** What a recovery found. `nothing`: only an earlier recovery was open, which had recorded what it found. */
export interface Finding {
  found: Recovered['found'] | 'nothing'
  keys: KeyReport[]
}

/** It never repeats the change: what is there is told, and what is half there is taken away. */
export class Recovery implements Act {
  finding: Finding = { found: 'nothing', keys: [] }
  readonly #interrupted: OpenIntent | undefined

  constructor(history: History) {
    this.#interrupted = history.open
  }

  async run(session: UserSession): Promise<Done> {
    if (!this.#interrupted) return { changed: false, keys: [] }
    const { leaf, plan } = this.#interrupted
    const planned = plannedKeys(plan)
    const { changed, keys } = await lookFor(planned, session)
    const found = keys.length === planned.length ? 'done' : keys.length === 0 ? 'not done' : 'partial'
    this.finding = { found, keys }
    return { changed, keys: [], before: [{ type: 'recovered', intent: leaf, found, keys }] }
  }
}
