// A plan as it is put to people: the bytes that they sign, and the code that is read aloud.
import { canonical } from './canonical.ts'
import { shortCode } from './code.ts'
import { pae, sha256, toBase64url, utf8 } from './encoding.ts'
import type { Plan } from './plan.ts'
import { planAsWritten } from './templates.ts'

const PLAN_TYPE = 'application/vnd.keyrite.plan+json'

/** The bytes that an approval signs: the DSSE pre-authentication encoding of the canonical plan. */
export const planMessage = (plan: Plan): Uint8Array => pae(PLAN_TYPE, utf8(canonical(planAsWritten(plan))))

/** Of a plan that stands in a ledger: SHA-256 of its message, base64url. */
export const planDigest = (plan: Plan): string => toBase64url(sha256(planMessage(plan)))

/** The code of a plan that stands in a ledger, or in somebody's file. */
export const planCode = (plan: Plan): string => shortCode(sha256(planMessage(plan)))

/** A plan as it is put to people, and the bytes that they sign: for thousands of keys these take time, and are made once. */
export interface Proposal<P extends Plan = Plan> {
  readonly plan: P
  readonly message: Uint8Array
  /** SHA-256 of the message, base64url, and the code of it that is read aloud. */
  readonly digest: string
  readonly code: string
}

/** Freezes the plan. */
export function propose<P extends Plan>(plan: P): Proposal<P> {
  const message = planMessage(frozen(plan))
  const digest = sha256(message)
  return Object.freeze({ plan, message, digest: toBase64url(digest), code: shortCode(digest) })
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}

/** A plan in the JSON answer of a change. */
export const planSummary = ({ plan, digest, code }: Proposal) => ({ op: plan.op, digest, code })
