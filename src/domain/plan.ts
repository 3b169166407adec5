// A plan: one change described completely, as data, before anyone is asked. Its digest is what custodians approve.
import * as v from 'valibot'
import {
  AppAdoptPlan,
  AppCheckPlan,
  AppInitPlan,
  AppPinPlan,
  AppReplacePlan,
  AppRetirePlan,
  DeliverPlan,
  PlannedApps,
  PromotePlan,
  PublishPlan,
  SyncPlan,
  WithdrawPlan,
} from './application-plans.ts'
import { LeftCopy } from './application-shapes.ts'
import { AUTHORITY_PLANS } from './certificate-plans.ts'
import { CheckPlan } from './check-plan.ts'
import { ACCEPTS_CLOCK } from './clock.ts'
import { FirstPlan } from './first-plans.ts'
import { INWARD_PLANS } from './inward-plans.ts'
import { newKeyId } from './key-id.ts'
import { KEY_TYPES, type KeyType } from './keys.ts'
import { LedgerPlace } from './ledger-place.ts'
import { batchedKeys, ManifestPlan } from './manifest-plan.ts'
import { MEMBER_PLANS } from './member-plans.ts'
import { OUTWARD_PLANS } from './outward-plans.ts'
import { AtTerminal, accepted, OneKey, OnToken, RESTORE_ACCEPTED, Source, Spare } from './plan-shapes.ts'
import { LastTries, QUORUM_PLANS } from './quorum-plans.ts'
import {
  Count,
  KeyNames,
  KeyTarget,
  KeyTemplate,
  Leaf,
  Station,
  setOf,
  Text,
  type UninitialisedToken,
} from './shapes.ts'

/** Ten thousand keys are ten thousand names: what they have in common is stated once. See plannedKeys. */
export const GeneratePlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.generate'),
  template: KeyTemplate,
  names: KeyNames,
})
export type GeneratePlan = v.InferOutput<typeof GeneratePlan>

/** The old version, deactivated, and the new one. */
export const RotatePlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.rotate'),
  keys: v.strictTuple([KeyTarget, KeyTarget]),
})
export type RotatePlan = v.InferOutput<typeof RotatePlan>

export const STATE_OPS = ['key.activate', 'key.suspend', 'key.resume', 'key.deactivate', 'key.compromise'] as const
export type StateOp = (typeof STATE_OPS)[number]
/** `apps`: those that have a copy of the key. */
export const StatePlan = v.strictObject({
  ...OnToken,
  op: v.picklist(STATE_OPS),
  keys: OneKey,
  apps: v.optional(PlannedApps),
})
export type StatePlan = v.InferOutput<typeof StatePlan>

/** `certificate`: the path of the file that will say that the key is gone. `leaves`: the copies that applications keep. */
export const DestroyPlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.destroy'),
  certificate: v.optional(Text),
  keys: OneKey,
  leaves: v.optional(v.pipe(v.array(LeftCopy), v.minLength(1))),
})
export type DestroyPlan = v.InferOutput<typeof DestroyPlan>

const Lacking = v.array(v.strictObject({ name: Text, version: Count, reason: Text }))

/** How the keys of a type are wrapped, where it is not by RFC 5649. */
const OtherWrap = v.optional(v.picklist(['kw', 'cbc-pad']))
const otherWraps = Object.fromEntries(KEY_TYPES.map((type) => [type, OtherWrap])) as Record<KeyType, typeof OtherWrap>

/** Every live key of the ledger at `head` but the omitted ones; `included` counts them. `wraps`: of their types those that are not `kwp`. */
export const BackupPlan = v.strictObject({
  ...OnToken,
  op: v.literal('backup.create'),
  file: Text,
  included: Count,
  omitted: Lacking,
  wraps: v.optional(v.pipe(v.strictObject(otherWraps), v.minEntries(1))),
})
export type BackupPlan = v.InferOutput<typeof BackupPlan>

/**
 * `tokens` names the new token, `replaces` the serials of those before, in the order in which they came. `missing`: live keys that the backup lacks, or that
 * were left out. `accepted` also: `unbacked`, where what is on the token and in no backup may go, and `clear-on-host`, where what the
 * token can't open as it is wrapped may be opened on the host, and wrapped anew.
 * `checkpoint`: the size that somebody's checkpoint vouched for, absent when there was none. `recovers`: the leaf of a restore
 * that was interrupted. `station`: the one that restores, where the ledger does not know it; its intent lets it in.
 */
export const RestorePlan = v.strictObject({
  ...AtTerminal,
  op: v.literal('backup.restore'),
  replaces: v.tupleWithRest([Text], Text),
  backup: Source,
  keys: v.array(KeyTarget),
  missing: Lacking,
  accepted: v.optional(setOf(v.picklist(RESTORE_ACCEPTED))),
  recovers: v.optional(Leaf),
  station: v.optional(Station),
})
export type RestorePlan = v.InferOutput<typeof RestorePlan>

/** A restore whose token may have no serial yet. It is shown, and nobody can approve it: a plan names its token. */
export type ForeseenRestore = Omit<RestorePlan, 'tokens'> & { tokens: [{ serial: string } | UninitialisedToken] }

/** What a test of a backup may accept. */
export const TEST_ACCEPTED = ['clear-on-host', ACCEPTS_CLOCK] as const

/** A test of `backup` on a blank token in `slot` of the library `module`, which is called `label` as long as it has the keys. */
export const BackupTestPlan = v.strictObject({
  ...OnToken,
  op: v.literal('backup.test'),
  accepted: accepted(TEST_ACCEPTED),
  backup: Source,
  keys: v.pipe(v.array(KeyTarget), v.minLength(1)),
  missing: Lacking,
  spare: Spare,
})
export type BackupTestPlan = v.InferOutput<typeof BackupTestPlan>

/** One key that the token has lost, from `backup`. */
export const KeyRestorePlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.restore'),
  accepted: accepted(TEST_ACCEPTED),
  keys: OneKey,
  backup: Source,
})
export type KeyRestorePlan = v.InferOutput<typeof KeyRestorePlan>

export const CheckpointPlan = v.strictObject({ ...OnToken, op: v.literal('audit.checkpoint') })
export type CheckpointPlan = v.InferOutput<typeof CheckpointPlan>

/** `to`: where its ledger lies from then on. */
export const MovePlan = v.strictObject({ ...OnToken, op: v.literal('partition.move'), to: LedgerPlace })
export type MovePlan = v.InferOutput<typeof MovePlan>

export const STATION_OPS = ['station.add', 'station.remove'] as const
/** `station`: the one that comes or goes. */
export const StationPlan = v.strictObject({ ...OnToken, op: v.picklist(STATION_OPS), station: Station })
export type StationPlan = v.InferOutput<typeof StationPlan>

/** `keys`: every live key, none where the token is `lost`. `others`: what else is on it, in words, and is erased with it. `recovers`: a retirement that was interrupted. */
export const RetirePlan = v.strictObject({
  ...OnToken,
  op: v.literal('partition.retire'),
  keys: v.array(KeyTarget),
  others: v.optional(setOf(Text)),
  certificate: v.optional(Text),
  recovers: v.optional(Leaf),
  lost: v.optional(v.literal(true)),
})
export type RetirePlan = v.InferOutput<typeof RetirePlan>

/** `recovers`: the leaf of the intent whose end is unknown. `abandons`: it is given up, and what can't be proved stays unknown. */
export const RecoverPlan = v.strictObject({
  ...OnToken,
  op: v.literal('partition.recover'),
  recovers: Leaf,
  abandons: v.optional(v.literal(true)),
  lastTry: v.optional(LastTries),
})
export type RecoverPlan = v.InferOutput<typeof RecoverPlan>

/** A plan that an intent may hold. */
export const IntentPlan = v.variant('op', [
  GeneratePlan,
  RotatePlan,
  StatePlan,
  DestroyPlan,
  BackupPlan,
  RestorePlan,
  BackupTestPlan,
  CheckPlan,
  CheckpointPlan,
  MovePlan,
  StationPlan,
  RecoverPlan,
  RetirePlan,
  KeyRestorePlan,
  DeliverPlan,
  PublishPlan,
  PromotePlan,
  WithdrawPlan,
  AppInitPlan,
  AppAdoptPlan,
  AppReplacePlan,
  AppPinPlan,
  AppRetirePlan,
  AppCheckPlan,
  SyncPlan,
  ...INWARD_PLANS,
  ManifestPlan,
  ...OUTWARD_PLANS,
  ...AUTHORITY_PLANS,
  ...QUORUM_PLANS,
  ...MEMBER_PLANS,
])
export type IntentPlan = v.InferOutput<typeof IntentPlan>
export type Plan = FirstPlan | IntentPlan
/** What is shown to people: a plan, or a restore whose plan is not complete yet. */
export type ShownPlan = IntentPlan | ForeseenRestore
export const isPlan = (value: unknown): value is Plan => v.is(v.union([FirstPlan, IntentPlan]), value)

/** The token that a change is carried out on: who asks for it says that there is one. */
export const serialOf = ({ tokens: [{ serial }] }: Pick<IntentPlan, 'tokens'>): string => serial

/** The plan of an operation. */
export type PlanOf<Op extends Plan['op'], P = Plan> = P extends { op: infer Ops } ? (Op extends Ops ? P : never) : never

/** Plans that take up what an interrupted intent left. */
export const recoveredBy = (plan: IntentPlan): string | undefined => ('recovers' in plan ? plan.recovers : undefined)

/** The station that a plan brings in. */
export const broughtStation = (plan: Plan): Station | undefined =>
  plan.op === 'station.remove' || !('station' in plan) ? undefined : plan.station

const newKeys = new WeakMap<GeneratePlan | ManifestPlan, readonly KeyTarget[]>()

/** The keys that a plan speaks of; none where it speaks of none. New ones are whole here, each with its id. */
export function plannedKeys(plan: Plan | ShownPlan): readonly KeyTarget[] {
  if (plan.op !== 'key.generate' && plan.op !== 'manifest.apply') return 'keys' in plan ? plan.keys : []
  const keys =
    newKeys.get(plan) ??
    (plan.op === 'manifest.apply' ? batchedKeys(plan) : plan.names.map((name, i) => newKey(plan, name, i)))
  newKeys.set(plan, keys)
  return keys
}

const newKey = ({ nonce, partition, template }: GeneratePlan, name: string, i: number): KeyTarget => ({
  ...template,
  name,
  version: 1,
  id: newKeyId(nonce, partition, i),
})
