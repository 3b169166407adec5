// A copy of a key on the token of an application: what it is called there, and what it may do.
import type { CopyTarget, PlannedApp } from './application-shapes.ts'
import {
  type Attributes,
  classOf,
  halvesOf,
  isExtractable,
  type KeyState,
  mayBeUntold,
  type Usage,
  usageOnly,
  usagesOf,
} from './keys.ts'
import { batchedApps, type ManifestPlan } from './manifest-plan.ts'
import { label } from './names.ts'
import { type IntentPlan, plannedKeys } from './plan.ts'
import type { KeyTarget } from './shapes.ts'

/** The version in force goes by the name alone: no two secret keys, and no two private ones, of a token share a label. */
export const labelOfCopy = (name: string, version: number, inForce: number): string =>
  version === inForce ? name : label(name, version)

/** The first flag of a copy that is not as it has to be, in words. */
export function wrongFlag(wanted: Attributes, found: Attributes): string | undefined {
  const have = halvesOf(found)
  for (const [i, [half, flags]] of halvesOf(wanted).entries()) {
    const [told, actual] = have[i] ?? ['', {}]
    if (told !== half) return `it is no ${half} key`
    for (const [name, value] of Object.entries(flags))
      if (actual[name] !== value && !(actual[name] === undefined && mayBeUntold(name, value)))
        return `${half} ${name} is ${actual[name] ?? 'not told'}`
  }
  return undefined
}

/** `card-dek as card-dek#1`: a version of a key, and what its copy is called. */
export const copyInWords = ({
  name,
  version,
  label: called,
}: Pick<CopyTarget, 'name' | 'version' | 'label'>): string =>
  called === label(name, version) ? called : `${label(name, version)} as ${called}`

const unfolded = new WeakMap<ManifestPlan, readonly PlannedApp[]>()

/** The applications of a plan, with every copy by itself. */
export function reachedApps<P extends { apps?: readonly PlannedApp[] | undefined }>(
  plan: P | ManifestPlan,
): readonly PlannedApp[] {
  if (!isOfManifest(plan)) return plan.apps ?? []
  const apps = unfolded.get(plan) ?? batchedApps(plan)
  unfolded.set(plan, apps)
  return apps
}

const isOfManifest = (plan: object): plan is ManifestPlan => 'op' in plan && plan.op === 'manifest.apply'

/** What a plan wants applications to have. */
export function plannedCopies(
  plan: IntentPlan,
): readonly { name: string; copies: readonly CopyTarget[]; without?: true | undefined }[] {
  if (plan.op === 'app.replace') return [{ name: plan.app.name, copies: plan.copies }]
  if (plan.op === 'manifest.apply') return reachedApps(plan)
  return plan.op === 'app.pin' || !('apps' in plan) ? [] : (plan.apps ?? [])
}

/** The keys of a ledger, for whoever only asks. */
interface KeyDirectory {
  get(label: string): KeyTarget | undefined
  inForce(name: string): number
}

/** The keys of a ledger, as they are to be when a plan is done. */
export function keysAfter(plan: IntentPlan, keys: KeyDirectory) {
  const planned = new Map(plannedKeys(plan).map((key) => [label(key.name, key.version), key]))
  const takes = plan.op === 'key.promote' || plan.op === 'manifest.apply'
  const taking = takes ? plannedKeys(plan).filter(isTaking) : []
  const inForce = new Map(taking.map(({ name, version }) => [name, version]))
  return {
    key: (name: string, version: number): KeyTarget | undefined =>
      planned.get(label(name, version)) ?? keys.get(label(name, version)),
    inForce: (name: string): number => inForce.get(name) ?? keys.inForce(name),
  }
}

const isTaking = ({ state, published }: KeyTarget): boolean => state === 'active' && !published

/** A key that may do nothing in its state may still process, where it was left to. */
const isProcessing = ({ state, attributes }: KeyTarget): boolean =>
  state === 'compromised' && halvesOf(usageOnly(attributes)).some(([, flags]) => Object.values(flags).includes(true))

/** COPY-LABEL, COPY-USAGE: what is wrong with a wish, given its key. */
export function wrongWish(
  { name, version, label: called, wished, usage, certificate }: CopyTarget,
  key: KeyTarget,
  inForce: number,
): { rule: 'COPY-LABEL' | 'COPY-USAGE'; why: string } | undefined {
  const wanted = labelOfCopy(name, version, inForce)
  if (called !== wanted) return { rule: 'COPY-LABEL', why: `it is to be called ${wanted}` }
  const why = wished ? wrongUse(usage, key) : usage.length > 0 ? 'what is to go may do nothing' : undefined
  if (why) return { rule: 'COPY-USAGE', why }
  if (certificate !== undefined && (classOf(key.type) === 'secret' || !wished))
    return { rule: 'COPY-USAGE', why: 'a certificate goes with a pair' }
  return undefined
}

function wrongUse(usage: readonly Usage[], key: KeyTarget): string | undefined {
  const may = usagesOf(key, isProcessing(key))
  const more = usage.find((one) => !may.includes(one))
  if (more) return `a key that is ${key.state} may not ${more} there`
  return usage.length === 0 ? 'what is wished may do something' : undefined
}

/** The states in which a key can get a copy. */
export const DELIVERED: readonly KeyState[] = ['active', 'suspended', 'deactivated']

/** There is something that it may do, and it may leave its token. */
export const mayBeDelivered = (key: Parameters<typeof usagesOf>[0] & { attributes: Attributes }): boolean =>
  DELIVERED.includes(key.state) && usagesOf(key).length > 0 && isExtractable(key.attributes)
