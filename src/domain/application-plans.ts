// Plans about applications and the copies of keys that they have.
import * as v from 'valibot'
import { AppId, AppName, byAppName, CopyTargets, PlannedApp } from './application-shapes.ts'
import { ACCEPTS_CLOCK } from './clock.ts'
import { ACCEPTS_NOT_SENT, accepted, Module, OnToken, TokenLabel } from './plan-shapes.ts'
import { Count, KeyTarget, Ordinal, setOf, Text, Token } from './shapes.ts'

/** Never none, by name. */
export const PlannedApps = byAppName(PlannedApp)

/** `accepted` also: `unbacked`, where no backup holds a key that is delivered. */
export const DeliverPlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.deliver'),
  accepted: accepted(['unbacked', ACCEPTS_CLOCK]),
  apps: PlannedApps,
})
export type DeliverPlan = v.InferOutput<typeof DeliverPlan>

export const WithdrawPlan = v.strictObject({ ...OnToken, op: v.literal('key.withdraw'), apps: PlannedApps })
export type WithdrawPlan = v.InferOutput<typeof WithdrawPlan>

const Keys = v.pipe(v.array(KeyTarget), v.minLength(1))

/** The next versions, which process only until they are promoted, and the applications that have the present ones. */
export const PublishPlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.publish'),
  keys: Keys,
  apps: v.optional(PlannedApps),
})
export type PublishPlan = v.InferOutput<typeof PublishPlan>

/** Of each name: the version that gives way, where it is active, and the one that takes over. `accepted` also: `unbacked`, where no backup holds that; `not-sent`, where the one before went out to somebody who has not got this one. */
export const PromotePlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.promote'),
  accepted: accepted(['unbacked', ACCEPTS_NOT_SENT, ACCEPTS_CLOCK]),
  keys: Keys,
  apps: v.optional(PlannedApps),
})
export type PromotePlan = v.InferOutput<typeof PromotePlan>

/** Every wish of each application: as it was. */
export const SyncPlan = v.strictObject({ ...OnToken, op: v.literal('app.sync'), apps: PlannedApps })
export type SyncPlan = v.InferOutput<typeof SyncPlan>

export const AppCheckPlan = v.strictObject({ ...OnToken, op: v.literal('app.check'), apps: PlannedApps })
export type AppCheckPlan = v.InferOutput<typeof AppCheckPlan>

const Recipients = v.optional(setOf(Text))

/** `label`: of the token, as it will be called. */
const NewApp = v.strictObject({ name: AppName, id: AppId, label: TokenLabel })

/** `erases`: the serial of a token that is initialised already. `pinFile`: where the PIN is written, sealed for `recipients` where there are any. */
const Initialises = {
  ...OnToken,
  accepted: accepted(['short-pin', ACCEPTS_CLOCK]),
  app: NewApp,
  spare: v.strictObject({ slot: Count, module: Module }),
  erases: v.optional(Text),
  pinFile: Text,
  recipients: Recipients,
}

export const AppInitPlan = v.strictObject({ ...Initialises, op: v.literal('app.init') })
export type AppInitPlan = v.InferOutput<typeof AppInitPlan>

/** Another token for an application, which is to have all that it had: `replaces` is its id of before. */
export const AppReplacePlan = v.strictObject({
  ...Initialises,
  op: v.literal('app.replace'),
  replaces: AppId,
  copies: CopyTargets,
})
export type AppReplacePlan = v.InferOutput<typeof AppReplacePlan>

/** A token whose PIN its administrator gives. `leaves`: what is there, in words, and is let be. */
export const AppAdoptPlan = v.strictObject({
  ...OnToken,
  op: v.literal('app.adopt'),
  app: v.strictObject({ name: AppName, id: AppId, token: Token, module: Module }),
  leaves: v.optional(setOf(Text)),
})
export type AppAdoptPlan = v.InferOutput<typeof AppAdoptPlan>

/** `generation`: of the PIN that is handed over; the next one where it is a new PIN. */
const PinOfApp = v.strictObject({ name: AppName, id: AppId, token: Text, module: Module, generation: Ordinal })

/** `pinFile`: a file, or of several applications a folder. */
export const AppPinPlan = v.strictObject({
  ...OnToken,
  op: v.literal('app.pin'),
  apps: byAppName(PinOfApp),
  pinFile: Text,
  recipients: Recipients,
})
export type AppPinPlan = v.InferOutput<typeof AppPinPlan>

/** Every copy of the application goes, or is given up with its token, which is `lost`. */
export const AppRetirePlan = v.strictObject({
  ...OnToken,
  op: v.literal('app.retire'),
  apps: v.pipe(PlannedApps, v.maxLength(1)),
  lost: v.optional(v.literal(true)),
})
export type AppRetirePlan = v.InferOutput<typeof AppRetirePlan>

export type ArrivalPlan = AppInitPlan | AppReplacePlan | AppAdoptPlan
