// What was done last of each operation, and the manifest that is in force: the last one that custodians have approved and that was carried out.
import type { OpenIntent } from './conclusions.ts'
import type { Manifest } from './manifest.ts'
import type { IntentPlan } from './plan.ts'
import type { Outcome, Record, Recovered } from './record.ts'

/** `seq`: the intent that holds it. */
interface ManifestInForce {
  manifest: Manifest
  seq: number
  time: string
}

/** `seq`: the outcome that tells of it. */
interface Difference {
  message: string
  seq: number
  time: string
}

const CHECKS: readonly string[] = ['partition.check', 'member.check']

export class Conducted {
  manifest: ManifestInForce | undefined
  /** What a check found on a token and the ledger does not have, or the other way round: as long as no later check of the partition has found it right, and no restore has brought another token. */
  differs: Difference | undefined
  readonly #last = new Map<string, string>()
  /** The database that the ledger lies in; undefined: in a file. */
  place: string | undefined
  /** How often something was refused. */
  refusals = 0

  get saved() {
    // A ledger in a file says nothing of that.
    const place = this.place === undefined ? {} : { place: this.place }
    const differs = this.differs === undefined ? {} : { differs: this.differs }
    return { last: [...this.#last], manifest: this.manifest, refusals: this.refusals, ...place, ...differs }
  }

  restore({ last, manifest, refusals, ...kept }: Conducted['saved']): void {
    for (const [op, time] of last) this.#last.set(op, time)
    this.manifest = manifest
    this.place = kept.place
    this.differs = kept.differs
    this.refusals = refusals
  }

  /** When an operation was done last. */
  last = (op: IntentPlan['op']): string | undefined => this.#last.get(op)

  /** By operation. */
  get all(): ReadonlyMap<string, string> {
    return this.#last
  }

  /** What is no change, of each record in order. */
  pass({ type, time }: Record): void {
    if (type === 'denied') this.refusals++
    if (type === 'token.replaced') this.differs = undefined
    if (type === 'drill') this.#last.set('quorum.drill', time)
  }

  /** The end of a change. */
  settle({ plan, seq }: OpenIntent, end: Outcome | Recovered): void {
    const found = end.type === 'outcome' ? end.result : end.found
    if (found === 'done') this.#last.set(plan.op, end.time)
    if (found === 'done' && plan.op === 'partition.move') this.place = plan.to === 'file' ? undefined : plan.to
    if (found === 'done' && plan.op === 'partition.check') this.differs = undefined
    if (CHECKS.includes(plan.op) && end.type === 'outcome' && end.error?.code === 'TOKEN-CONTENT')
      this.differs = { message: end.error.message, seq: end.seq, time: end.time }
    // What was done of it in part was approved whole.
    if (plan.op === 'manifest.apply' && found !== 'failed' && found !== 'not done')
      this.manifest = { manifest: plan.manifest, seq, time: end.time }
  }
}
