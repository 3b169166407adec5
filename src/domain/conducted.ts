// What was done last of each operation, and the manifest that is in force: the last one that custodians have approved and that was carried out.
import type { OpenIntent } from './conclusions.ts'
import type { Manifest } from './manifest.ts'
import type { IntentPlan } from './plan.ts'
import type { Outcome, Recovered } from './record.ts'

/** `seq`: the intent that holds it. */
interface ManifestInForce {
  manifest: Manifest
  seq: number
  time: string
}

export class Conducted {
  manifest: ManifestInForce | undefined
  readonly #last = new Map<IntentPlan['op'], string>()

  /** When an operation was done last. */
  last = (op: IntentPlan['op']): string | undefined => this.#last.get(op)

  /** The end of a change. */
  settle({ plan, seq }: OpenIntent, end: Outcome | Recovered): void {
    const found = end.type === 'outcome' ? end.result : end.found
    if (found === 'done') this.#last.set(plan.op, end.time)
    // What was done of it in part was approved whole.
    if (plan.op === 'manifest.apply' && found !== 'failed' && found !== 'not done')
      this.manifest = { manifest: plan.manifest, seq, time: end.time }
  }
}
