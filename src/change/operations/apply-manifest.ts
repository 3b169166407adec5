// A manifest is carried out: what is missing is made, what is due is published, promoted or ended, and applications get what they are to have.

import type { CopyTarget } from '../../domain/application-shapes.ts'
import { canonical } from '../../domain/canonical.ts'
import { reachedApps } from '../../domain/copies.ts'
import { type Due, isDoable, type Judgement, type WantedCopy } from '../../domain/due-shapes.ts'
import { usage } from '../../domain/errors.ts'
import { groupedBy } from '../../domain/grouped.ts'
import type { History } from '../../domain/history.ts'
import { classOf, type KeyState, usagesOf, withUsage } from '../../domain/keys.ts'
import { type KnownApplication, wishesOf } from '../../domain/known-application.ts'
import { type ManagedKey, type Manifest, managedKeys, usageOf } from '../../domain/manifest.ts'
import type { BatchedApp, CopyBatch, KeyBatch, ManifestPlan } from '../../domain/manifest-plan.ts'
import { label, toTime } from '../../domain/names.ts'
import { attributesOn } from '../../domain/profile.ts'
import type { KeyTarget } from '../../domain/shapes.ts'
import { checkNotAsked } from '../asked-names.ts'
import { kindFor } from '../copies/seat-copies.ts'
import type { Reaching } from '../copies/wishes.ts'
import { judgedNow, later, type ManifestRequest } from '../judged-manifest.ts'
import { knownKey, targetOf } from '../key-targets.ts'
import { checkLeaves } from '../members/planned-members.ts'
import { nextVersion } from '../next-version.ts'
import { checkNoneOpen } from '../open-intent.ts'
import { accepting, type PlanInputs, planHeader } from '../plan-header.ts'

/** KEY-STATE, MEMBER-KEYS, COPY-POSSIBLE, USAGE: what is due and does not wait, and the manifest itself, which is in force once that is done. */
export function planManifest(
  request: ManifestRequest,
  history: History,
  inputs: PlanInputs,
  reaching: Reaching,
): ManifestPlan {
  checkNoneOpen(history)
  const { by, ...judged } = judgedNow(request, history, inputs.sources.clock)
  if (request.by !== undefined && request.by < by)
    throw usage(
      request.by < toTime(inputs.sources.clock())
        ? `${request.by} is past`
        : `${request.by} is before the last record of the ledger, of ${history.time}`,
      'name a later time, or leave --by out',
    )
  const batches = batchesOf(judged.due.filter(isDoable), request, history)
  for (const batch of batches) if (!batch.fingerprints) checkLeaves(batch, history)
  const apps = appsOf(wanted(judged, history), reaching, request.manifest, history)
  const header = planHeader('manifest.apply', history, inputs, apps.length > 0 ? { apps } : {})
  const unbacked = request.accepted.includes('unbacked') ? (['unbacked'] as const) : []
  return {
    ...accepting(unbacked, header),
    manifest: request.manifest,
    by: later(by, header.created),
    ...(batches.length > 0 ? { batches } : {}),
    ...(apps.length > 0 ? { apps } : {}),
  }
}

/** The keys of each name and version that something becomes of. */
function batchesOf(due: readonly Due[], { manifest, accepted }: ManifestRequest, history: History): KeyBatch[] {
  const managed = managedKeys(manifest)
  const keyAccepted = accepted.filter((word) => word === 'wrap-with-trusted')
  const targets = due.flatMap((one) => targetsOf(one, managed.get(one.name)!, keyAccepted, history))
  const alike = groupedBy(
    targets,
    ({ name: _, id: __, fingerprint, ...common }) => `${fingerprint === undefined}${canonical(common)}`,
  )
  return [...alike.values()].map(batchOf)
}

function batchOf(targets: readonly KeyTarget[]): KeyBatch {
  const sorted = targets.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const { name: _, id: __, fingerprint, ...common } = sorted[0]!
  const names = sorted.map(({ name }) => name)
  if (fingerprint === undefined) return { ...common, names }
  return { ...common, names, ids: sorted.map(({ id }) => id), fingerprints: sorted.map((one) => one.fingerprint!) }
}

function targetsOf(
  { action, name, version }: Due,
  key: ManagedKey,
  accepted: readonly string[],
  history: History,
): KeyTarget[] {
  const present = history.key(name, history.keys.inForce(name))
  switch (action) {
    case 'generate':
      checkNotAsked(name, history)
      return [firstVersion(key, accepted, history)]
    case 'publish':
      return [nextVersion(present!, { id: '', published: true, accepted }, history)]
    case 'rotate':
      return [nextVersion(present!, { id: '', published: false, accepted }, history), targetOf(present!, 'deactivated')]
    case 'promote':
      return [inUse(history, name, version), targetOf(present!, 'deactivated')]
    case 'deactivate':
      return [targetOf(history.key(name, version)!, 'deactivated')]
    case 'destroy':
      return [targetOf(history.key(name, version)!, 'destroyed')]
    default:
      return []
  }
}

/** Its id follows from its place in the plan. */
function firstVersion({ name, policy }: ManagedKey, accepted: readonly string[], { profile }: History): KeyTarget {
  const { type, backup = true } = policy
  const usage = usageOf(policy)
  const state: KeyState = 'active'
  const taken = accepted.length > 0 ? { accepted: [...accepted] } : {}
  const attributes = attributesOn(profile, type, usage, backup)
  return {
    name,
    version: 1,
    id: '',
    class: classOf(type),
    type,
    state,
    origin: { kind: 'generated' },
    usage,
    attributes,
    ...taken,
  }
}

function inUse(history: History, name: string, version: number): KeyTarget {
  const { published: _, ...fresh } = history.key(name, version)!
  return { ...knownKey(fresh), attributes: withUsage(fresh.attributes, fresh.type, usagesOf(fresh)) }
}

/** By application what the plan has to say; of one whose look is due everything that it is to have. */
function wanted({ copies, duties }: Judgement, history: History): Map<KnownApplication, CopyTarget[]> {
  const all = groupedByApp(copies)
  for (const { duty, of, isDue } of duties) {
    if (duty !== 'app.check' || !isDue) continue
    const app = history.applications.named(of!)!
    const named = all.get(app) ?? []
    const told = new Set(named.map(({ name, version }) => label(name, version)))
    const others = wishesOf(app).filter(({ name, version }) => !told.has(label(name, version)))
    if (named.length + others.length > 0) all.set(app, [...named, ...others])
  }
  return all
}

function groupedByApp(copies: readonly WantedCopy[]): Map<KnownApplication, CopyTarget[]> {
  const all = new Map<KnownApplication, CopyTarget[]>()
  for (const { app, copy } of copies) {
    const own = all.get(app)
    if (own) own.push(copy)
    else all.set(app, [copy])
  }
  return all
}

/** COPY-POSSIBLE. */
function appsOf(
  all: Map<KnownApplication, CopyTarget[]>,
  { reached, without }: Reaching,
  manifest: Manifest,
  history: History,
): BatchedApp[] {
  const managed = managedKeys(manifest)
  const typeOf = ({ name, version }: CopyTarget) => history.key(name, version)?.type ?? managed.get(name)!.policy.type
  return [...all]
    .map(([app, copies]): BatchedApp => {
      const types = new Set(copies.filter(({ wished }) => wished).map(typeOf))
      for (const type of types) kindFor(type, app.wraps, history)
      const { name, id } = app
      return {
        name,
        id,
        ...reached(app),
        copies: copyBatches(copies),
        ...(without.includes(name) ? { without: true as const } : {}),
      }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function copyBatches(copies: readonly CopyTarget[]): CopyBatch[] {
  const called = ({ name, label: as }: CopyTarget) => (as === name ? ('name' as const) : ('version' as const))
  const alike = groupedBy(copies, (copy) => {
    const { name, label: _, ...common } = copy
    return canonical({ ...common, called: called(copy) })
  })
  return [...alike.values()].map((same): CopyBatch => {
    const { name: _, label: __, ...common } = same[0]!
    return { ...common, called: called(same[0]!), names: same.map(({ name }) => name).sort() }
  })
}

/** What a plan leaves to do: nothing but to put the manifest in force. */
export const isIdle = (plan: ManifestPlan): boolean => !plan.batches && reachedApps(plan).length === 0
