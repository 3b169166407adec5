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

export class Conducted {
  manifest: ManifestInForce | undefined
  readonly #last = new Map<string, string>()
  /** The database that the ledger lies in; undefined: in a file. */
  place: string | undefined
  /** How often something was refused. */
  refusals = 0

  get saved() {
    // A ledger in a file says nothing of that.
    const place = this.place === undefined ? {} : { place: this.place }
    return { last: [...this.#last], manifest: this.manifest, refusals: this.refusals, ...place }
  }

  restore({ last, manifest, refusals, ...kept }: Conducted['saved']): void {
    for (const [op, time] of last) this.#last.set(op, time)
    this.manifest = manifest
    this.place = kept.place
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
    if (type === 'drill') this.#last.set('quorum.drill', time)
  }

  /** The end of a change. */
  settle({ plan, seq }: OpenIntent, end: Outcome | Recovered): void {
    const found = end.type === 'outcome' ? end.result : end.found
    if (found === 'done') this.#last.set(plan.op, end.time)
    if (found === 'done' && plan.op === 'partition.move') this.place = plan.to === 'file' ? undefined : plan.to
    // What was done of it in part was approved whole.
    if (plan.op === 'manifest.apply' && found !== 'failed' && found !== 'not done')
      this.manifest = { manifest: plan.manifest, seq, time: end.time }
  }
}
