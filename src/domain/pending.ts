// A change that a home keeps until it is finished (pending.json): how far it came, and what going on with it, or giving it up, takes.
import * as v from 'valibot'
import { isStrict } from './canonical.ts'
import { FirstPlan } from './first-plans.ts'
import { NotedModule } from './module-profile.ts'
import { noteIn } from './newer.ts'
import { Approval, base64urlOf, hexOf, KeyId, Ordinal, ShortName, UninitialisedToken, Uuid } from './shapes.ts'

export const PENDING_FORMAT = 'keyrite.pending/1'

/** Paths and serials stand here as they are: none of it is recorded. */
const Kept = {
  format: v.literal(PENDING_FORMAT),
  kind: v.picklist(['init', 'adopt', 'restore']),
  partition: Uuid,
  name: ShortName,
  ...NotedModule,
  /** The command that begins it again, by its words. */
  again: v.optional(v.pipe(v.array(v.string()), v.readonly())),
  /** Tokens that the module showed before C_InitToken, by their names: one that has none yet is found by being none of these. */
  serialsBefore: v.array(v.string()),
  /** The temporary SO PIN: 20 bytes. It guards a token that is still empty. */
  temporaryPin: base64urlOf(20),
  /** The longest PIN that the token takes, where it says so. */
  longestPin: v.optional(Ordinal),
  /** The token holds something, and is as it was until the restore's intent is in the ledger. */
  erases: v.optional(v.boolean()),
  /** The token had a person's SO PIN, which is in no file. */
  asked: v.optional(v.boolean()),
  /** Of a restore: the audit key that the ledger had before it. A restore that came further let another in. */
  auditKey: v.optional(KeyId),
  /** Share files that were written: useless once the beginning is started again. */
  files: v.array(v.strictObject({ path: v.string(), sha256: hexOf(32) })),
}

/** It is about to take this token, or has just done so. */
const Begun = v.strictObject({
  ...Kept,
  stage: v.literal('begun'),
  token: v.union([v.string(), UninitialisedToken]),
})
export type BegunPending = v.InferOutput<typeof Begun>

/** Its token is initialised, or will be: it is known by its serial. */
const OnToken = { ...Kept, token: v.string() }
const Taken = v.strictObject({ ...OnToken, stage: v.literal('taken') })
export type TakenPending = v.InferOutput<typeof Taken>

/** Every custodian has approved: M shares finish it. What the plan says of the token is held against the note before it is used. */
const Approved = v.strictObject({
  ...OnToken,
  stage: v.literal('approved'),
  kind: v.picklist(['init', 'adopt']),
  plan: FirstPlan,
  approvals: v.array(Approval),
})
export type ApprovedPending = v.InferOutput<typeof Approved>

export type Pending = BegunPending | TakenPending | ApprovedPending

/** A spare token that has the keys of a backup for a moment. By this it is erased, whatever came in between; the ledger knows of its test. */
const Spare = v.strictObject({
  format: Kept.format,
  kind: v.literal('test'),
  stage: v.literal('spare'),
  partition: Uuid,
  name: ShortName,
  ...NotedModule,
  /** Of the plan of the test. */
  nonce: base64urlOf(16),
  token: v.union([v.string(), UninitialisedToken]),
  serialsBefore: Kept.serialsBefore,
  /** Its SO PIN and its user PIN, which guard the keys. */
  temporaryPin: Kept.temporaryPin,
  longestPin: Kept.longestPin,
})
export type SpareNote = v.InferOutput<typeof Spare>

const Noted = v.variant('stage', [Begun, Taken, Approved, Spare])

/** FORMAT-NEWER. Undefined where it is damaged, or of a stage that this keyrite does not know: nothing is guessed of it. */
export function parsePending(text: string): Pending | SpareNote | undefined {
  const value = noteIn(text, PENDING_FORMAT, Noted)
  // What is to be recorded is as a record may hold it.
  return value && (value.stage !== 'approved' || isStrict(value.plan)) ? value : undefined
}
