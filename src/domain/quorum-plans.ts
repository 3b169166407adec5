// The plans by which the custodians of a group are replaced, and one of them is suspended for a time.
import * as v from 'valibot'
import { AppName } from './application-shapes.ts'
import { ACCEPTS_CLOCK } from './clock.ts'
import { ACCEPTS_NO_SPARE, AtTerminal, accepted, OnToken, Source } from './plan-shapes.ts'
import { base64urlOf, Group, Leaf, ShortName, setOf, Text, When } from './shapes.ts'

/** `confirmation`: the share was read back, and its key has signed that. `recipient`: it was sealed for somebody who was not there. */
const Issued = v.union([
  v.strictObject({ custodian: ShortName, confirmation: base64urlOf(64) }),
  v.strictObject({ custodian: ShortName, recipient: Text }),
])
export type Issued = v.InferOutput<typeof Issued>

/** What a stage may accept: `no-spare`, where every one of the new shares is needed. */
export const STAGE_ACCEPTED = [ACCEPTS_CLOCK, ACCEPTS_NO_SPARE] as const
export const REPLACE_ACCEPTED = [...STAGE_ACCEPTED, 'unbacked'] as const

/** `group`: the whole new set, which opens nothing yet. `issued`: each of its custodians, in order. */
export const QuorumStagePlan = v.strictObject({
  ...AtTerminal,
  op: v.literal('quorum.stage'),
  accepted: accepted(STAGE_ACCEPTED),
  group: Group,
  issued: v.array(Issued),
})
export type QuorumStagePlan = v.InferOutput<typeof QuorumStagePlan>

/** `stage`: the leaf of the intent that staged this group. */
export const QuorumUnstagePlan = v.strictObject({
  ...AtTerminal,
  op: v.literal('quorum.unstage'),
  group: Group,
  stage: Leaf,
})
export type QuorumUnstagePlan = v.InferOutput<typeof QuorumUnstagePlan>

const OldOrNew = v.picklist(['old', 'new'])

/** Of a replacement of custodians: the PIN of a role that may be tried once, however few tries the token has left. */
export const LastTries = v.pipe(
  v.strictObject({ so: v.optional(OldOrNew), user: v.optional(OldOrNew) }),
  v.minEntries(1),
)
export type LastTries = v.InferOutput<typeof LastTries>

/**
 * `group` takes the place of the one of its name. `stage`: the leaf of the intent that staged it; without it, in one sitting, `issued`.
 * `backup`: it holds every key but those of `atRisk` (labels). `behind`: applications whose tokens keep PINs of earlier epochs.
 * `lost`: too few of the old shares are left, and the old secret is gone; of a group with `user` who holds `so` sets the user PIN anew. `lastTry`: of the SO's, where those who hold it are being replaced themselves.
 */
export const QuorumReplacePlan = v.strictObject({
  ...AtTerminal,
  op: v.literal('quorum.replace'),
  accepted: accepted(REPLACE_ACCEPTED),
  group: Group,
  lost: v.optional(v.literal(true)),
  stage: v.optional(Leaf),
  issued: v.optional(v.array(Issued)),
  backup: v.optional(Source),
  atRisk: v.optional(setOf(Text)),
  behind: v.optional(setOf(AppName)),
  lastTry: v.optional(v.strictObject({ so: OldOrNew })),
})
export type QuorumReplacePlan = v.InferOutput<typeof QuorumReplacePlan>

/** Whether the SO sets the user PIN anew by it: until then nobody can log in as the user. */
export const setsUserPin = ({ lost, group }: Pick<QuorumReplacePlan, 'lost' | 'group'>): boolean =>
  lost === true && group.roles.includes('user')

/** Until then the shares of this person, in whatever group, approve nothing. */
export const SuspendPlan = v.strictObject({
  ...OnToken,
  op: v.literal('custodian.suspend'),
  custodian: ShortName,
  until: When,
})
export type SuspendPlan = v.InferOutput<typeof SuspendPlan>

export const ResumePlan = v.strictObject({ ...OnToken, op: v.literal('custodian.resume'), custodian: ShortName })
export type ResumePlan = v.InferOutput<typeof ResumePlan>

export const QUORUM_PLANS = [QuorumStagePlan, QuorumUnstagePlan, QuorumReplacePlan, SuspendPlan, ResumePlan] as const
