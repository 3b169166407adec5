// What a token can do, found anew by another library, or after its own software changed: what may differ from before, and what may not.
import { sameJson } from './canonical.ts'
import { deviceFailed, notVerified } from './errors.ts'
import { KEY_TYPES } from './keys.ts'
import type { IntentPlan } from './plan.ts'
import { isTried, type Profile, takenWith, type Weakness } from './profile.ts'
import { WRAP_KINDS, WRAP_NAMES, type WrapKind } from './wrap-kinds.ts'

/** The token, its PINs, and what the ledger lives by are as they were. */
type Kept = 'identity' | 'audit' | 'head' | 'so' | 'pin'
const KEPT: readonly Kept[] = ['identity', 'audit', 'head', 'so', 'pin']

/** What is found: the rest of a profile. It says nothing of a type that could not be proved here: what is known of that stays. */
export type Renewed = Omit<Profile, Kept | 'module'>

const lasting = ({ identity, audit, head, so, pin }: Profile): Pick<Profile, Kept> => ({
  ...{ identity, audit, head, so },
  ...(pin === undefined ? {} : { pin }),
})

export const renewedFrom = (before: Profile, found: Renewed, module: string): Profile => ({
  ...found,
  types: Object.fromEntries(
    KEY_TYPES.flatMap((type) => {
      const [was, is] = [before.types[type], found.types[type]]
      if (is === undefined) return isTried(before, type) ? [[type, was]] : []
      return [[type, was ? { make: surer(was.make, is.make), wrap: surer(was.wrap, is.wrap) } : is]]
    }),
  ) as Profile['types'],
  ...lasting(before),
  module,
})

/** Of what works neither before nor now: the reason that says more. */
const surer = <A>(was: A, is: A): A => (isUnsure(is) && lacks(was) !== undefined ? was : is)
const lacks = (ability: unknown): string | undefined =>
  typeof ability === 'object' && ability !== null && 'lacks' in ability ? String(ability.lacks) : undefined
const isUnsure = (ability: unknown): boolean => UNSURE.test(lacks(ability) ?? '')

/** How a device answers that is ill, or that lies: what was tried with it tells nothing. */
const UNSURE =
  /CKR_(DEVICE_|GENERAL_|FUNCTION_FAILED|HOST_|OBJECT_HANDLE_|PIN_|SESSION_|USER_|OK\b|0x)|the token said (OK|CKR_OK)/

/** RENEWAL-SURE: what the token could do before is given up where it refuses it, or lists it no more. `listed`: the ways to wrap in its list. */
export function checkSure(before: Profile, found: Renewed, listed: readonly WrapKind[]): void {
  const bent = WRAP_KINDS.find((kind) => before.mechanisms[kind] && listed.includes(kind) && !found.mechanisms[kind])
  const lost = lostIn(before, found).find((reason) => UNSURE.test(reason))
  const why = lost ?? (bent && bentInWords(bent)) ?? worseIn(before, found)
  if (why === undefined) return
  const message = `what it could do before did not work, and the token does not say that it can't: ${why}`
  throw deviceFailed('RENEWAL-SURE', message, 'the ledger goes on by what it has; try again once the token is well')
}

const bentInWords = (kind: WrapKind): string => `what it wraps by ${WRAP_NAMES[kind]} does not open as it should`

/** A type that goes by another way than before, though that is there still. */
function worseIn(before: Profile, found: Renewed): string | undefined {
  for (const type of KEY_TYPES) {
    const [was, is] = [before.types[type]?.wrap, found.types[type]?.wrap]
    if (typeof was !== 'string' || typeof is !== 'string') continue
    if (WRAP_KINDS.indexOf(is) > WRAP_KINDS.indexOf(was) && found.mechanisms[was])
      return `${type}: ${WRAP_NAMES[was]} wraps others, and not this one`
  }
  return undefined
}

/** The reasons why what was made or wrapped is so no more. */
const lostIn = (before: Profile, found: Renewed): string[] =>
  KEY_TYPES.flatMap((type) => {
    const [was, is] = [before.types[type], found.types[type]]
    if (was === undefined || is === undefined) return []
    return [
      ...(was.make === true && is.make !== true ? [`${type}: ${is.make.lacks}`] : []),
      ...(typeof was.wrap === 'string' && typeof is.wrap !== 'string' ? [`${type}: ${is.wrap.lacks}`] : []),
    ]
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
