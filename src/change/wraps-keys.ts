// Whether the partition's token lets keys out at all, wrapped: what needs that is refused before anybody is asked.
import { reachedApps } from '../domain/copies.ts'
import { deviceFailed } from '../domain/errors.ts'
import { apart, keyrite, to } from '../domain/hints.ts'
import { isOfBlocks } from '../domain/outward-plans.ts'
import type { IntentPlan, Plan } from '../domain/plan.ts'
import { type Profile, whyNoWraps } from '../domain/profile.ts'
import type { Abilities } from './abilities.ts'
import { reachesCopies } from './copies/with-copies.ts'

/** What logs in with a key that wraps, whatever it is about. */
const ALWAYS: readonly Plan['op'][] = ['app.replace', 'backup.create', 'key.restore']

/** Carried out, it wraps keys on the partition's own token, under a key that is there for that alone. */
export const wrapsKeys = (plan: IntentPlan): boolean =>
  ALWAYS.includes(plan.op) ||
  (plan.op === 'key.export' && isOfBlocks(plan)) ||
  (reachesCopies(plan) && reachedApps(plan).length > 0)

/** NO-KEY-WRAP. */
export function checkWraps({ mechanisms }: Pick<Abilities, 'mechanisms'>, { kek }: Pick<Profile, 'kek'>): void {
  const why = whyNoWraps({ kek, mechanisms })
  if (why === undefined) return
  throw deviceFailed(
    'NO-KEY-WRAP',
    `the token wraps no keys, and so none of them leaves it: ${why}`,
    apart(
      'keys that are to outlast it are made in a partition on another token, of a library that wraps keys',
      to('where the software of this one is another by now', keyrite('partition', 'check', '--renew-profile')),
    ),
  )
}
