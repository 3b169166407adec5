// The plan by which the token is held against the ledger.
import * as v from 'valibot'
import { accepted, OnToken, RENEWAL_ACCEPTED } from './plan-shapes.ts'

/** `renews`: the token is asked as SO and user what it can do, and the ledger goes by that from then on; `accepted` also: what weakens it then. */
export const CheckPlan = v.strictObject({
  ...OnToken,
  op: v.literal('partition.check'),
  renews: v.optional(v.literal(true)),
  accepted: accepted(RENEWAL_ACCEPTED),
})
export type CheckPlan = v.InferOutput<typeof CheckPlan>
