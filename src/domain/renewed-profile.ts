// What a token can do, found anew by another library, or after its own software changed: what may differ from before, and what may not.
import { sameJson } from './canonical.ts'
import { notVerified } from './errors.ts'
import type { IntentPlan } from './plan.ts'
import { type Profile, takenWith, type Weakness } from './profile.ts'

/** The token, its PINs, and what the ledger lives by are as they were. */
type Kept = 'identity' | 'audit' | 'head' | 'so' | 'pin'
const KEPT: readonly Kept[] = ['identity', 'audit', 'head', 'so', 'pin']

/** What is found: the rest of a profile. */
export type Renewed = Omit<Profile, Kept | 'module'>

const lasting = ({ identity, audit, head, so, pin }: Profile): Pick<Profile, Kept> => ({
  ...{ identity, audit, head, so },
  ...(pin === undefined ? {} : { pin }),
})

export const renewedFrom = (before: Profile, found: Renewed, module: string): Profile => ({
  ...found,
  ...lasting(before),
  module,
})

const renews = (plan: IntentPlan): boolean => plan.op === 'partition.check' && plan.renews === true

/** A check that renews it tells of one when it is done, and no other outcome does. */
export function wrongRenewal(plan: IntentPlan, profile: Profile | undefined, isDone: boolean): string | undefined {
  const isOwed = renews(plan) && isDone
  if (isOwed !== (profile !== undefined)) return isOwed ? 'it tells of no profile' : 'it tells of a profile'
  return profile === undefined || profile.module === plan.module?.sha256
    ? undefined
    : 'its profile was found by another library'
}

/** OUTCOME-RESULT, TOKEN-WEAK: what a ledger goes by after an outcome that renews it. */
export function renewedBy(
  { profile }: { profile?: Profile | undefined },
  { accepted }: IntentPlan,
  { profile: before }: { profile: Profile },
): { profile: Profile; accepted: Weakness[] } | undefined {
  if (profile === undefined) return undefined
  const changed = KEPT.find((name) => !sameJson(before[name] ?? null, profile[name] ?? null))
  if (changed === undefined) return takenWith(profile, accepted)
  throw notVerified('OUTCOME-RESULT', `its profile has another ${changed} than the one before`)
}
