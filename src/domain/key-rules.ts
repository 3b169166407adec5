// What a plan may want of a key, and what a record may say of it: usage, state and attributes hold together.
import { sameJson } from './canonical.ts'
import {
  type Attributes,
  type Flags,
  flagsThatDiffer,
  halvesOf,
  isPair,
  isUsageFlag,
  mayBePublished,
  mayBeUntold,
  standingOf,
  statableOnly,
  usageAttributes,
  usageOnly,
  usagesOf,
} from './keys.ts'
import type { OperationRules } from './operation-rules.ts'
import type { IntentPlan, Plan } from './plan.ts'
import type { KeyReport, KeyTarget } from './shapes.ts'

type Lasting = Pick<KeyReport, 'origin' | 'usage' | 'activateAt' | 'accepted'>

/** What stays as it was when the key was made. */
export const sameForLife = (a: Lasting, b: Lasting): boolean =>
  sameJson(a.origin, b.origin) &&
  a.activateAt === b.activateAt &&
  (a.usage === b.usage || a.usage.join() === b.usage.join()) &&
  (a.accepted ?? []).join() === (b.accepted ?? []).join()

/** The same, but for a weakness of the token that a restore brings it to, where its plan accepts that: the key has it from then on. */
export function lastsAs(target: Lasting, known: Lasting, plan: IntentPlan): boolean {
  const taken: readonly string[] = plan.op === 'backup.restore' ? (plan.accepted ?? []) : []
  const had = (target.accepted ?? []).filter((word) => known.accepted?.includes(word) || !taken.includes(word))
  return sameForLife({ ...target, accepted: had }, known)
}

/** What is wrong with a target's attributes, given what is known of the key: its state decides what it may be used for. */
export function wrongAttributes(
  target: KeyTarget,
  known: KeyReport | undefined,
  { mayProcess, keepsUsage }: Pick<OperationRules<Plan>, 'mayProcess' | 'keepsUsage'>,
): string | undefined {
  if (target.state === 'destroyed') return isBare(target.attributes) ? undefined : 'what is gone has no attributes'
  // A compromised key that goes on decrypting is one since its compromise; a restore leaves it so.
  const processes = mayProcess && target.state === 'compromised' && isUsedAs(target, true)
  if (!isUsedAs(target, false) && !processes) return `a key that is ${target.state} may do other things`
  if (!known) return wrongTemplate(target.attributes)
  const differ = flagsThatDiffer(statableOnly(known.attributes), target.attributes).filter(
    (flag) => (keepsUsage || !isUsageFlag(flag)) && !isClosed(flag, target.attributes),
  )
  return differ.length > 0 ? `${differ[0]} may not change` : undefined
}

/** A public half that lay open comes to a token that keeps it to the user. */
const isClosed = (flag: string, { public: half }: Attributes): boolean =>
  flag === 'public PRIVATE' && typeof half === 'object' && half.PRIVATE === true

/** A key is published by the plan that makes it so, until it is promoted or ends. */
export function wrongPublication(target: KeyTarget, known: KeyReport | undefined, op: Plan['op']): string | undefined {
  if (op === 'manifest.apply' && !known) return undefined
  const isToBe = known
    ? known.published && !PROMOTES.includes(op) && mayBePublished(target.state)
    : op === 'key.publish'
  if ((target.published ?? false) === (isToBe ?? false)) return undefined
  return target.published ? 'nothing has published it' : 'it is published, and its plan does not say so'
}

const PROMOTES: readonly string[] = ['key.promote', 'manifest.apply']

export const isBare = (attributes: Attributes): boolean =>
  halvesOf(attributes).every(([, flags]) => Object.keys(flags).length === 0)

/** Each usage flag is stated, and as the state has it. */
function isUsedAs(target: KeyTarget, processing: boolean): boolean {
  const { type, attributes } = target
  const wanted = usageAttributes(type, usagesOf(target, processing))
  const stated = halvesOf(usageOnly(attributes))
  return halvesOf(wanted).every(([, flags], i) => sameFlags(flags, stated[i]![1]))
}

const sameFlags = (a: Flags, b: Flags): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([name, value]) => b[name] === value)

/** A new key stays in the token, is seen by nobody, and leaves it under a trusted key or not at all. */
function wrongTemplate(attributes: Attributes): string | undefined {
  const { TOKEN, PRIVATE, SENSITIVE, EXTRACTABLE, WRAP_WITH_TRUSTED } = isPair(attributes)
    ? attributes.private
    : attributes
  if (!(TOKEN && PRIVATE && SENSITIVE)) return 'a new key is TOKEN, PRIVATE and SENSITIVE'
  if (EXTRACTABLE === undefined || EXTRACTABLE !== WRAP_WITH_TRUSTED)
    return 'WRAP_WITH_TRUSTED is stated as EXTRACTABLE is'
  return undefined
}

/** What is wrong with a key that is taken over as it is: its state follows from its flags, and it has a name of its own. */
export function wrongAdopted(key: KeyReport): string | undefined {
  if (key.origin.kind !== 'adopted' || key.version !== 1) return 'it is the first version of a key that was adopted'
  if (key.state !== (key.usage.length > 0 ? 'active' : 'deactivated')) return `it can't be ${key.state}`
  if (key.activateAt !== undefined || key.accepted !== undefined) return 'it was made by somebody else'
  return isUsedAs(key, false) ? undefined : 'its usage is not what its flags allow'
}

/** The first thing in a report that is not as planned, in words. A key that ends may be lost: then it has no attributes at all. */
export function notAsPlanned(target: KeyTarget, report: KeyReport): string | undefined {
  if (standingOf(report) !== standingOf(target)) return `is ${standingOf(report)}, and was to be ${standingOf(target)}`
  if (isBare(report.attributes) && (target.state === 'deactivated' || target.state === 'compromised')) return undefined
  const have = halvesOf(report.attributes)
  for (const [i, [half, flags]] of halvesOf(target.attributes).entries()) {
    for (const [name, value] of Object.entries(flags)) {
      const told = have[i]?.[1][name]
      if (told === value || (told === undefined && mayBeUntold(name, value)) || isAccepted(name, target)) continue
      return `has ${half} ${name} ${told ?? 'not told'}`
    }
  }
  return undefined
}

const isAccepted = (flag: string, { accepted }: KeyTarget): boolean =>
  flag === 'WRAP_WITH_TRUSTED' && accepted?.includes('wrap-with-trusted') === true
