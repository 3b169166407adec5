// The shapes of what plans and records say of the members of a partition: tokens that hold every key, as equals.
import * as v from 'valibot'
import { STATION_NAME } from './names.ts'
import { Profile } from './profile.ts'
import { Code, Count, hexOf, Leaf, SigningKey, setOf, Text, Token } from './shapes.ts'

/** The token that a partition begins on, or that a restore brings its keys to: it is nobody's to name. */
export const FIRST_MEMBER = 'first'

export const MemberName = v.pipe(v.string(), v.regex(STATION_NAME))
export const MemberId = hexOf(8)

/** The newest record of which it is known that a token has its head. */
export const Floor = v.strictObject({ seq: Count, leaf: Leaf })
export type Floor = v.InferOutput<typeof Floor>

export const Member = v.strictObject({
  name: MemberName,
  id: MemberId,
  token: Token,
  profile: Profile,
  auditKey: SigningKey,
})
export type Member = v.InferOutput<typeof Member>

/** What the one token of a plan is expected to be, or each of several. `head`: at least. */
export const PlannedToken = v.strictObject({
  serial: Text,
  member: v.optional(MemberName),
  head: v.optional(Floor),
  module: v.optional(v.strictObject({ path: Text, sha256: hexOf(32) })),
})
export type PlannedToken = v.InferOutput<typeof PlannedToken>

/** A member that a change goes on without, and the last head that is known of it. */
export const AbsentMember = v.strictObject({ member: MemberName, serial: Text, head: Floor })
export type AbsentMember = v.InferOutput<typeof AbsentMember>

/** Attributes that tell of a copy's past, and so differ from one member to another. */
const Differs = setOf(v.picklist(['ALWAYS_SENSITIVE', 'LOCAL', 'NEVER_EXTRACTABLE']))

/** What became of the token of a member when its partition ended: `left` is not touched, since it was absent. */
const EndedMember = v.strictObject({ member: MemberName, token: v.picklist(['erased', 'left', 'lost']) })
export type EndedMember = v.InferOutput<typeof EndedMember>
/** Of the last record. `token`: of those that were there. `members`: of several. */
export const Ended = {
  token: v.picklist(['erased', 'lost']),
  members: v.optional(v.pipe(v.array(EndedMember), v.minLength(1))),
}

/** A member of a change, when that ended. `head`: that of the intent was put on it. `differs`: of keys that came to it, what is not as the outcome has it. */
export const Holder = v.strictObject({
  member: MemberName,
  proof: v.picklist(['proven', 'unproven']),
  head: v.boolean(),
  differs: v.optional(v.pipe(Differs, v.minLength(1))),
  error: v.optional(v.strictObject({ code: Code, message: Text })),
})
export type Holder = v.InferOutput<typeof Holder>
export const Holders = v.pipe(v.array(Holder), v.minLength(1))
