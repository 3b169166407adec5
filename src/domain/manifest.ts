// A manifest: policies, the keys that are wished for, and duties. What custodians have signed of it, lists and reports judge by.
import * as v from 'valibot'
import { usage } from './errors.ts'
import { KEY_TYPES, USAGES, type Usage, usualUsages } from './keys.ts'
import { KEY_NAME, STATION_NAME } from './names.ts'
import { numbered } from './numbered.ts'
import { after, isPeriod } from './period.ts'
import { plainCheck } from './plain-checks.ts'
import { issueInWords } from './shape-issues.ts'
import { counted as inWords, orMeant } from './words.ts'
import { parseWritten, placeOf } from './written.ts'
import { wrongUsage } from './wrong-usage.ts'

const MANIFEST_FORMAT = 'keyrite.manifest/1'

const Period = v.pipe(v.string(), v.check(isPeriod, 'not a period such as P1Y, P6M, P2W or P14D'))
const Name = v.pipe(v.string(), v.regex(STATION_NAME, 'not a name of a-z, 0-9 and -'))
const KeyName = v.pipe(v.string(), v.regex(KEY_NAME, 'not the name of a key'))
const Use = v.pipe(
  v.array(v.picklist(USAGES)),
  v.minLength(1, 'empty'),
  v.check((all) => new Set(all).size === all.length, 'a list in which one stands twice'),
)

/** `rotate-every`: how long a version is used to write. `publish-before`: for so long readers have the next one by then. `process-for`: how long it is read with afterwards. */
const Policy = v.strictObject({
  type: v.picklist(KEY_TYPES),
  usage: v.optional(Use),
  backup: v.optional(v.boolean()),
  'rotate-every': v.optional(Period),
  'publish-before': v.optional(Period),
  'process-for': v.optional(Period),
  'destroy-after': v.optional(Period),
})
type Policy = v.InferOutput<typeof Policy>

const Delivery = v.union([Name, v.strictObject({ app: Name, usage: Use })], 'not an application, or {app, usage}')

/** `deliver`: absent where nothing is said of applications; empty where none is to have it. */
const Wanted = v.strictObject({
  policy: Name,
  count: v.optional(v.pipe(v.number(), v.safeInteger('not a whole number'), v.minValue(1), v.maxValue(100_000))),
  deliver: v.optional(v.array(Delivery)),
})

const Duties = v.strictObject({
  'app.check': v.optional(Period),
  'app.pin': v.optional(Period),
  'backup.create': v.optional(Period),
  'backup.test': v.optional(Period),
  'partition.check': v.optional(Period),
  'quorum.drill': v.optional(Period),
})

export type Duty = keyof v.InferOutput<typeof Duties>

export const Manifest = v.strictObject({
  format: v.literal(MANIFEST_FORMAT, `not ${MANIFEST_FORMAT}`),
  policies: v.record(Name, Policy),
  keys: v.record(KeyName, Wanted),
  duties: v.optional(Duties),
})
export type Manifest = v.InferOutput<typeof Manifest>

/** A key that a manifest names, each by itself. `deliver`: the use by application. `entry`, `width`: of many that are counted the name that they have in common, and how many digits follow. */
export interface ManagedKey {
  name: string
  policyName: string
  policy: Policy
  deliver: ReadonlyMap<string, readonly Usage[]> | undefined
  entry?: string
  width?: number
}

/** What new keys of a policy are made for. */
export const usageOf = ({ type, usage }: Policy) => USAGES.filter((one) => (usage ?? usualUsages(type)).includes(one))

/** TOML, JSON, MANIFEST: the manifest, as it stands in the file. What is wrong is named by its member and, where it is to be seen, its line. */
export function parseManifest(text: string): Manifest {
  const value = parseWritten(text)
  const { issues } = v.safeParse(Manifest, value, { abortEarly: true })
  if (issues) throw usage(issueInWords(issues[0], text), undefined, 'MANIFEST')
  if (!plainCheck(Manifest)(value)) throw usage('the manifest has a name that none can have', undefined, 'MANIFEST')
  const wrong = wrongManifest(value as Manifest)
  if (wrong) throw usage(`${placeOf(wrong.path, text)}: ${wrong.why}`, undefined, 'MANIFEST')
  return value as Manifest
}

/** The first thing about a manifest that can't be. */
export function wrongManifest(manifest: Manifest): { path: string[]; why: string } | undefined {
  const policies = new Map(Object.entries(manifest.policies))
  for (const [name, policy] of policies) {
    const why = wrongPolicy(policy)
    if (why) return { path: ['policies', name], why }
  }
  const names = new Map<string, string>()
  for (const [name, { policy: policyName, count, deliver = [] }] of Object.entries(manifest.keys)) {
    const policy = policies.get(policyName)
    if (!policy)
      return {
        path: ['keys', name, 'policy'],
        why: `no policy is called ${policyName}${orMeant(policyName, policies.keys())}`,
      }
    const why = wrongDelivery(policy, deliver)
    if (why) return { path: ['keys', name, 'deliver'], why }
    for (const one of namesOf(name, count)) {
      const other = names.get(one)
      if (!KEY_NAME.test(one)) return { path: ['keys', name, 'count'], why: `${one} is too long for the name of a key` }
      if (other !== undefined) return { path: ['keys', name], why: `${one} is named by ${other} too` }
      names.set(one, name)
    }
    // Nobody waits for millions of names.
    if (names.size > MOST_KEYS) return { path: ['keys'], why: `more than ${inWords(MOST_KEYS, 'key')}` }
  }
  return undefined
}

const MOST_KEYS = 100_000

const namesOf = (name: string, count: number | undefined): string[] =>
  count === undefined ? [name] : numbered(name, count)

/** A day on which periods are compared. */
const SOME_DAY = '2001-01-01T00:00:00.000Z'

function wrongPolicy(policy: Policy): string | undefined {
  const { 'rotate-every': every, 'publish-before': lead, 'process-for': processing, 'destroy-after': end } = policy
  if (lead && !every) return 'publish-before says nothing without rotate-every'
  if (lead && every && after(SOME_DAY, lead) >= after(SOME_DAY, every))
    return 'publish-before is not shorter than rotate-every'
  if (end && !processing) return 'destroy-after says nothing without process-for'
  return wrongUsage({ type: policy.type, usage: usageOf(policy) })
}

function wrongDelivery(policy: Policy, deliver: NonNullable<Manifest['keys'][string]['deliver']>): string | undefined {
  const apps = deliver.map(appOf)
  const twice = apps.find((app, i) => apps.indexOf(app) !== i)
  if (twice !== undefined) return `${twice} stands twice`
  if (apps.length > 0 && policy.backup === false) return 'what is not to leave its token (backup = false) goes nowhere'
  for (const one of deliver) {
    const more = typeof one === 'string' ? undefined : one.usage.find((use) => !usageOf(policy).includes(use))
    if (more) return `the policy says nothing of ${more}`
  }
  return undefined
}

const appOf = (one: string | { app: string }): string => (typeof one === 'string' ? one : one.app)

const managed = new WeakMap<Manifest, ReadonlyMap<string, ManagedKey>>()

/** Every key that a manifest names, by its name. */
export function managedKeys(manifest: Manifest): ReadonlyMap<string, ManagedKey> {
  const known = managed.get(manifest) ?? new Map(manage(manifest))
  managed.set(manifest, known)
  return known
}

function* manage({ policies, keys }: Manifest): Generator<[string, ManagedKey]> {
  const known = new Map(Object.entries(policies))
  for (const [entry, { policy: policyName, count, deliver }] of Object.entries(keys)) {
    const policy = known.get(policyName)
    // Nobody asks of a manifest that is wrong.
    if (!policy) continue
    const usage = usageOf(policy)
    const apps = deliver?.map((one) => [appOf(one), typeof one === 'string' ? usage : one.usage] as const)
    const counted = count === undefined ? {} : { entry, width: `${count}`.length }
    for (const name of namesOf(entry, count))
      yield [name, { name, policyName, policy, deliver: apps && new Map(apps), ...counted }]
  }
}
