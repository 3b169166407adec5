// What a plan may want of applications, given what the ledger knows of them and of the keys.
import { appTokenLabel, newAppId } from './application-id.ts'
import type { ArrivalPlan } from './application-plans.ts'
import type { CopyTarget } from './application-shapes.ts'
import { sameJson } from './canonical.ts'
import { copyInWords, keysAfter, plannedCopies, reachedApps, wrongWish } from './copies.ts'
import { notVerified } from './errors.ts'
import type { Keys } from './key-history.ts'
import { type Usage, usagesOf } from './keys.ts'
import { type AppDirectory, type KnownApplication, mayBeThere, wishesOf } from './known-application.ts'
import type { ManifestPlan } from './manifest-plan.ts'
import { label } from './names.ts'
import { type IntentPlan, plannedKeys } from './plan.ts'
import type { KeyTarget, Token } from './shapes.ts'
import { tokenName } from './token-address.ts'
import { listed } from './words.ts'

/** APP-NAME, APP-ID, APP-TOKEN, APP-KNOWN, APP-PIN, COPY-PLANNED, COPY-LABEL, COPY-USAGE, PLAN-COMPLETE. */
export function checkAppPlan(plan: IntentPlan, apps: AppDirectory, keys: Keys, token: Token): void {
  if (plan.op === 'app.init' || plan.op === 'app.adopt' || plan.op === 'app.replace') checkArriving(plan, apps, token)
  if ('apps' in plan) for (const app of plan.apps ?? []) checkKnown(app, apps)
  if (plan.op === 'app.pin') checkGenerations(plan.apps, apps)
  for (const { name, copies, without } of plannedCopies(plan)) {
    if (without && !MAY_GO_WITHOUT.includes(plan.op))
      throw notVerified('APP-KNOWN', `${plan.op} leaves no application out, and ${name} is to be`)
    checkCopies(plan, copies, apps.named(name)!, keys)
  }
  checkComplete(plan, apps, keys)
}

/** An application that is down must not hold up what the others need. */
const MAY_GO_WITHOUT: readonly string[] = [
  'app.sync',
  'key.publish',
  'key.promote',
  'manifest.apply',
  'key.suspend',
  'key.resume',
  'key.deactivate',
  'key.compromise',
]

/** APP-NAME, APP-ID, APP-TOKEN. */
function checkArriving(plan: ArrivalPlan, apps: AppDirectory, token: Token): void {
  const { app, nonce, partition } = plan
  const known = apps.named(app.name)
  if (plan.op === 'app.replace' ? known?.id !== plan.replaces : known)
    throw notVerified('APP-NAME', known ? `there is an application ${app.name}` : `there is no application ${app.name}`)
  if (app.id !== newAppId(nonce, partition))
    throw notVerified('APP-ID', `the id of ${app.name} is not that of its plan`)
  if ('label' in app && app.label !== appTokenLabel(app.name, app.id))
    throw notVerified('APP-ID', `the token of ${app.name} is to be called ${appTokenLabel(app.name, app.id)}`)
  if ('token' in app) checkFree(tokenName(app.token), apps, token)
  if (plan.op !== 'app.adopt' && plan.erases !== undefined) checkFree(plan.erases, apps, token, app.name)
}

/** APP-TOKEN: no token is that of two applications, or the partition's own. `but`: the application that gets it may have it already. */
export function checkFree(name: string, { live }: AppDirectory, own: Token, but?: string): void {
  if (name === tokenName(own)) throw notVerified('APP-TOKEN', `token ${name} is the partition's own`)
  const other = live.find((app) => app.name !== but && tokenName(app.token) === name)
  if (other) throw notVerified('APP-TOKEN', `token ${name} is that of ${other.name}`)
}

/** APP-KNOWN: it is alive, and has that token. */
function checkKnown(app: { name: string; id: string; token: string }, apps: AppDirectory): void {
  const known = apps.named(app.name)
  if (!known) throw notVerified('APP-KNOWN', `there is no application ${app.name}`)
  if (known.id !== app.id || tokenName(known.token) !== app.token)
    throw notVerified('APP-KNOWN', `${app.name} has another id or token`)
}

/** APP-PIN: the PIN that it has, or the next one. */
function checkGenerations(planned: readonly { name: string; generation: number }[], apps: AppDirectory): void {
  for (const { name, generation } of planned) {
    const { pin } = apps.named(name)!
    if (pin.kind === 'given') throw notVerified('APP-PIN', `the PIN of ${name} is given by its administrator`)
    if (generation !== pin.generation && generation !== pin.generation + 1)
      throw notVerified('APP-PIN', `the PIN of ${name} is of generation ${pin.generation}`)
  }
}

/** COPY-PLANNED, COPY-LABEL, COPY-USAGE, PLAN-COMPLETE. */
function checkCopies(plan: IntentPlan, copies: readonly CopyTarget[], app: KnownApplication, keys: Keys): void {
  const whole = WHOLE[plan.op as keyof typeof WHOLE]?.(app, keys)
  if (whole) {
    if (!sameJson(copies, whole)) throw notVerified('PLAN-COMPLETE', `${app.name} is wished to have other copies`)
    return
  }
  const after = keysAfter(plan, keys)
  const names = new Set((plan.op === 'manifest.apply' ? copies : plannedKeys(plan)).map(({ name }) => name))
  for (const copy of copies) {
    const name = label(copy.name, copy.version)
    const key = after.key(copy.name, copy.version)
    if (!key) throw notVerified('COPY-PLANNED', `there is no ${name}`)
    const known = app.copies.get(name)
    const wrong = wrongPlace(plan, copy, names, known !== undefined)
    if (wrong) throw notVerified('COPY-PLANNED', `the copy ${copyInWords(copy)} of ${app.name}: ${wrong}`)
    const bad = wrongWish(copy, key, after.inForce(copy.name))
    if (bad) throw notVerified(bad.rule, `the copy ${copyInWords(copy)} of ${app.name}: ${bad.why}`)
  }
}

const gone = (copy: CopyTarget): CopyTarget => {
  const { certificate: _, ...rest } = copy
  return { ...rest, wished: false, usage: [] }
}

/** Operations whose plan has every copy of an application, and which. A key that is destroyed can't be brought anywhere. */
const WHOLE: {
  readonly [op in 'app.sync' | 'app.check' | 'app.retire' | 'app.replace']: (
    app: KnownApplication,
    keys: Keys,
  ) => CopyTarget[]
} = {
  'app.sync': wishesOf,
  'app.check': wishesOf,
  'app.retire': (app) => wishesOf(app).map(gone),
  'app.replace': (app, keys) =>
    wishesOf(app).filter(
      ({ name, version, wished }) => wished && keys.get(label(name, version))?.state !== 'destroyed',
    ),
}

function wrongPlace({ op }: IntentPlan, { name, wished }: CopyTarget, names: Set<string>, isKnown: boolean) {
  if (op === 'key.deliver') return wished ? undefined : 'it is delivered, and not wished'
  if (op === 'key.withdraw') return !wished && isKnown ? undefined : 'it is withdrawn, and was not there, or is wished'
  if (!names.has(name)) return 'the plan is not about that key'
  return isKnown || wished ? undefined : 'it was not there'
}

/** PLAN-COMPLETE: no copy is passed over that the change makes wrong. */
function checkComplete(plan: IntentPlan, apps: AppDirectory, keys: Keys): void {
  if (plan.op === 'key.destroy') checkLeaves(plan.leaves ?? [], apps, plan.keys[0])
  if (plan.op === 'manifest.apply')
    for (const key of plannedKeys(plan)) if (key.state === 'destroyed') checkLeaves([], apps, key)
  if (plan.op === 'key.rotate') checkNowhere(plan.keys[0], apps)
  if (plan.op === 'partition.retire' && !plan.lost && apps.live.length > 0)
    throw notVerified('PLAN-COMPLETE', `applications are there: ${listed(apps.live.map(({ name }) => name))}`)
  const named = new Set(
    plannedCopies(plan).flatMap(({ name: app, copies }) =>
      copies.map((copy) => `${app} ${label(copy.name, copy.version)}`),
    ),
  )
  for (const { name, version, needs } of moved(plan, apps, keys))
    for (const { app } of needs) {
      if (!named.has(`${app.name} ${label(name, version)}`))
        throw notVerified('PLAN-COMPLETE', `the plan passes over ${label(name, version)} at ${app.name}`)
    }
}

/** Key versions whose copies have to be in a plan, and where. */
function* moved(plan: IntentPlan, apps: AppDirectory, keys: Keys) {
  if (plan.op === 'key.promote') {
    for (const name of new Set(plan.keys.map((key) => key.name)))
      yield { name, version: keys.inForce(name), needs: apps.holding(name, keys.inForce(name)) }
    for (const { name, version } of plan.keys) yield { name, version, needs: apps.holding(name, version) }
  }
  if (plan.op === 'key.publish') for (const key of plan.keys) yield readersOf(key, apps, keys)
  if (plan.op === 'manifest.apply') yield* movedByManifest(plan, apps, keys)
  if (STATES.includes(plan.op))
    for (const { name, version } of plannedKeys(plan)) yield { name, version, needs: apps.holding(name, version) }
}

// Who only writes with it has nothing of a version that processes only.
function readersOf(key: KeyTarget, apps: AppDirectory, keys: Keys) {
  const reads = (usage: Usage[]): boolean => usagesOf({ ...key, usage }).length > 0
  const needs = apps.holding(key.name, keys.inForce(key.name)).filter(({ copy }) => reads(copy.usage))
  return { name: key.name, version: key.version, needs }
}

/** Whoever is to have none of a name any more needs no next version of it. */
function* movedByManifest(plan: ManifestPlan, apps: AppDirectory, keys: Keys) {
  const leaving = new Set(
    reachedApps(plan).flatMap(({ name: app, copies }) =>
      copies.flatMap(({ name, version, wished }) =>
        wished || version !== keys.inForce(name) ? [] : [`${app} ${name}`],
      ),
    ),
  )
  for (const key of plannedKeys(plan)) {
    const { name, version, published, fingerprint } = key
    if (!published || fingerprint !== undefined) yield { name, version, needs: apps.holding(name, version) }
    else {
      const { needs } = readersOf(key, apps, keys)
      yield { name, version, needs: needs.filter(({ app }) => !leaving.has(`${app.name} ${name}`)) }
    }
  }
}

const STATES: readonly string[] = ['key.suspend', 'key.resume', 'key.deactivate', 'key.compromise']

function checkNowhere({ name, version }: { name: string; version: number }, apps: AppDirectory): void {
  const holders = apps.holding(name, version).map(({ app }) => app.name)
  if (holders.length > 0)
    throw notVerified(
      'PLAN-COMPLETE',
      `${label(name, version)} is with ${listed(holders)}: its next version is published first`,
    )
}

function checkLeaves(
  leaves: readonly object[],
  apps: AppDirectory,
  { name, version }: { name: string; version: number },
): void {
  const left = apps
    .holding(name, version)
    .filter(({ copy }) => mayBeThere(copy))
    .map(({ app, copy }) => ({ app: app.name, name, version, label: copy.label }))
  if (!sameJson(leaves, left))
    throw notVerified('PLAN-COMPLETE', `copies of ${label(name, version)} stay, and the plan names others`)
}
