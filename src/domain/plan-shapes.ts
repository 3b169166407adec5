// What plans of every operation are made of.
import * as v from 'valibot'
import { CeremonyMark } from './ceremony-marks.ts'
import { ACCEPTS_CLOCK } from './clock.ts'
import { AbsentMember, Floor, PlannedToken } from './member-shapes.ts'
import type { ACCEPTS_PARITY } from './odd-parity.ts'
import { WEAKNESSES } from './profile.ts'
import { base64urlOf, Count, hexOf, KeyTarget, Need, setOf, Text, Uuid, When } from './shapes.ts'

export const PLAN_FORMAT = 'keyrite.plan/1'

export const Module = v.strictObject({ path: Text, sha256: hexOf(32) })

/** `module`: the library behind which the partition's token is. The last three are said by whoever makes the plan: see said.ts. */
export const Common = {
  format: v.literal(PLAN_FORMAT),
  partition: Uuid,
  nonce: base64urlOf(16),
  created: When,
  expires: When,
  needs: v.pipe(v.array(Need), v.minLength(1)),
  module: v.optional(Module),
  reason: v.optional(Text),
  ticket: v.optional(Text),
  requestedBy: v.optional(Text),
}
/** Weaknesses of a change that are accepted knowingly, by `--accept`. */
const ACCEPTED = ['clear-on-host', 'unbacked', ACCEPTS_CLOCK] as const
/** Of a new set of shares: every one of them is needed. */
export const ACCEPTS_NO_SPARE = 'no-spare'
export const ACCEPTS_NOT_SENT = 'not-sent'
/** Of an export: under a wrapping key that no HSM has. */
export const ACCEPTS_SOFTWARE = 'software-key'
export type Accepted =
  | (typeof ACCEPTED)[number]
  | typeof ACCEPTS_NO_SPARE
  | typeof ACCEPTS_NOT_SENT
  | typeof ACCEPTS_SOFTWARE
  | typeof ACCEPTS_PARITY

/** Of a restore: also what weakens the token that the keys go to. */
export const RESTORE_ACCEPTED = [...ACCEPTED, ...WEAKNESSES] as const
/** Of a profile that is found anew. */
export const RENEWAL_ACCEPTED = [ACCEPTS_CLOCK, ...WEAKNESSES] as const
export type RestoreAccepted = (typeof RESTORE_ACCEPTED)[number]

/** Weaknesses of the token that are accepted knowingly for new keys, and recorded with them for life. */
export const KEY_ACCEPTED = ['wrap-with-trusted'] as const
export type KeyAccepted = (typeof KEY_ACCEPTED)[number]
export const isOfKeys = (word: string): word is KeyAccepted => KEY_ACCEPTED.some((one) => one === word)

export const accepted = <T extends Accepted | RestoreAccepted>(words: readonly T[]) =>
  v.optional(setOf(v.picklist(words)))

/** The members that it is carried out on, the first of them before the others; of a partition that has one the token. */
const Tokens = v.tupleWithRest([PlannedToken], PlannedToken)

/** A recipient of age, X25519. */
const Recipient = v.pipe(v.string(), v.regex(/^age1[02-9ac-hj-np-z]{58}$/))

/** What is sealed for `recipient`, until the plan expires, may come from afar: shares that approve it. */
const Remote = v.strictObject({ recipient: Recipient })

/** Who approves it sits at its terminal. `ceremony`: what it is a step of. `accepted`: `clock`, where the machine's clock is right and far behind the ledger, whose time the plan and its records take, and then `clock`, which is what it said: what it ends by. `absent`: members that it goes on without; `checkpoint`: the size that somebody's checkpoint vouched for then. */
export const AtTerminal = {
  ...Common,
  tokens: Tokens,
  absent: v.optional(v.pipe(v.array(AbsentMember), v.minLength(1))),
  checkpoint: v.optional(Count),
  head: Floor,
  ceremony: v.optional(CeremonyMark),
  accepted: accepted([ACCEPTS_CLOCK]),
  clock: v.optional(When),
}

/** `remote`: where some of those who approve it are elsewhere. */
export const OnToken = { ...AtTerminal, remote: v.optional(Remote) }

export const OneKey = v.strictTuple([KeyTarget])

/** The file of a backup, and the intent that made it. */
export const Source = v.strictObject({ name: Text, sha256: hexOf(32), seq: Count })

/** C_InitToken takes no more. */
export const TokenLabel = v.pipe(Text, v.maxBytes(32), v.minLength(1))

/** A blank token, and what it is called as long as it has keys. */
export const Spare = v.strictObject({ slot: Count, label: TokenLabel, module: Module })
