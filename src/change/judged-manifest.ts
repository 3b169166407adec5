// What a manifest wants of a partition at a moment, as plans, lists, reports and monitors are told it.
import { judge } from '../domain/due.ts'
import type { Judgement } from '../domain/due-shapes.ts'
import type { History } from '../domain/history.ts'
import type { Manifest } from '../domain/manifest.ts'
import type { ManifestPlan } from '../domain/manifest-plan.ts'
import { destroyedIn } from '../domain/manifest-rules.ts'
import { backupsByKey } from './inventory.ts'

export interface ManifestRequest {
  manifest: Manifest
  /** The next ceremony. */
  by?: string | undefined
  destroys: boolean
  /** Weaknesses, of the change and of new keys. */
  accepted: readonly string[]
  without: readonly string[]
}

/** What is due at this moment, and what waits for what. */
export function judgedNow(
  { manifest, by, destroys, accepted, without }: ManifestRequest,
  history: History,
  clock: () => Date,
): Judgement & { now: string; by: string } {
  const now = later(history.time, clock().toISOString())
  const acceptsUnbacked = accepted.includes('unbacked')
  const held = backupsByKey(history)
  const judging = {
    now,
    by: later(now, by ?? now),
    acceptsUnbacked,
    isBacked: (key: Parameters<typeof held>[0]) => acceptsUnbacked || held(key).length > 0,
    destroys,
    without,
  }
  return { ...judge(manifest, history, judging), now, by: judging.by }
}

/** What stays due beside a plan, at the time at which it is looked at. */
export function judgedBeside(plan: ManifestPlan, history: History, now: Date): Judgement {
  const without = (plan.apps ?? []).flatMap((app) => (app.without ? [app.name] : []))
  const { manifest, by, accepted = [] } = plan
  return judgedNow({ manifest, by, destroys: destroyedIn(plan) > 0, accepted, without }, history, () => now)
}

export const later = (a: string, b: string): string => (a > b ? a : b)

/** Of the manifest in force; undefined where none is. */
export function judgedInForce(
  history: History,
  clock: () => Date,
  by?: string,
): ReturnType<typeof judgedNow> | undefined {
  const { manifest: inForce } = history.conducted
  if (!inForce) return undefined
  return judgedNow({ manifest: inForce.manifest, by, destroys: false, accepted: [], without: [] }, history, clock)
}
