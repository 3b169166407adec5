// Plans about the members of a partition.
import * as v from 'valibot'
import { KEY_TYPES } from './keys.ts'
import { Floor, MemberId, MemberName } from './member-shapes.ts'
import { AtTerminal, accepted, Module, RENEWAL_ACCEPTED, TokenLabel } from './plan-shapes.ts'
import { CkaId, Count, KeyNameShape, Ordinal, setOf, Text } from './shapes.ts'

/** A blank token becomes one more holder of every key: of `included`. `erases`: the name of one that is initialised. `accepted` also: what weakens it. */
export const MemberAddPlan = v.strictObject({
  ...AtTerminal,
  op: v.literal('member.add'),
  accepted: accepted(RENEWAL_ACCEPTED),
  member: v.strictObject({ name: MemberName, id: MemberId, label: TokenLabel }),
  spare: v.strictObject({ slot: Count, module: Module }),
  erases: v.optional(Text),
  included: Count,
})
export type MemberAddPlan = v.InferOutput<typeof MemberAddPlan>

const Members = v.pipe(setOf(MemberName), v.minLength(1))

/** Each is made what the ledger says. `rolledBack`: an older copy of one was put back, and that is known. */
export const MemberSyncPlan = v.strictObject({
  ...AtTerminal,
  op: v.literal('member.sync'),
  members: Members,
  rolledBack: v.optional(v.literal(true)),
})
export type MemberSyncPlan = v.InferOutput<typeof MemberSyncPlan>

export const MemberCheckPlan = v.strictObject({ ...AtTerminal, op: v.literal('member.check'), members: Members })
export type MemberCheckPlan = v.InferOutput<typeof MemberCheckPlan>

const OtherKey = v.strictObject({ id: CkaId, name: KeyNameShape, version: Ordinal, type: v.picklist(KEY_TYPES) })
export type OtherKey = v.InferOutput<typeof OtherKey>

/** The ledger of a member that went its own way behind the record `common`, up to `head`. `keys`: that live there and not here, in ascending order of their labels. */
const OtherLedger = v.strictObject({ common: Count, head: Floor, keys: v.array(OtherKey) })
export type OtherLedger = v.InferOutput<typeof OtherLedger>

/** `lost`: nobody can reach it; else it is erased. `other`: what it holds alone, where it followed another ledger. */
export const MemberRetirePlan = v.strictObject({
  ...AtTerminal,
  op: v.literal('member.retire'),
  member: MemberName,
  lost: v.optional(v.literal(true)),
  other: v.optional(OtherLedger),
})
export type MemberRetirePlan = v.InferOutput<typeof MemberRetirePlan>

export const MEMBER_PLANS = [MemberAddPlan, MemberSyncPlan, MemberCheckPlan, MemberRetirePlan] as const
