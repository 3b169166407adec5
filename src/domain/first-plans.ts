// The plans by which a partition begins: everyone of every group approves them.
import * as v from 'valibot'
import { FirstMark } from './ceremony-marks.ts'
import { Common } from './plan-shapes.ts'
import { Profile, WEAKNESSES } from './profile.ts'
import { Group, KeyReport, ShortName, Station, setOf, Text, Token } from './shapes.ts'

/** The plan of a partition's beginning: the ledger is empty, so its head is null, and its token is told whole. `ceremony`: what it is a step of, and opens. `accepted`: weaknesses of the token. */
export const InitPlan = v.strictObject({
  ...Common,
  op: v.literal('partition.init'),
  head: v.null(),
  ceremony: v.optional(FirstMark),
  name: ShortName,
  token: Token,
  profile: Profile,
  accepted: v.optional(setOf(v.picklist(WEAKNESSES))),
  groups: v.pipe(v.array(Group), v.minLength(1)),
  station: Station,
})
export type InitPlan = v.InferOutput<typeof InitPlan>

/** The same on a token that holds keys, which stay: `keys`, as they are. `leaves`: what else is on the token, in words, and is let be. */
export const AdoptPlan = v.strictObject({
  ...InitPlan.entries,
  op: v.literal('partition.adopt'),
  keys: v.array(KeyReport),
  leaves: v.optional(setOf(Text)),
})
export type AdoptPlan = v.InferOutput<typeof AdoptPlan>

export const FirstPlan = v.variant('op', [InitPlan, AdoptPlan])
export type FirstPlan = v.InferOutput<typeof FirstPlan>
