// Plans of keys that come to a token from elsewhere.
import * as v from 'valibot'
import { ACCEPTS_CLOCK } from './clock.ts'
import { accepted, OneKey, OnToken } from './plan-shapes.ts'
import { hexOf, Ordinal, Text } from './shapes.ts'

/** What an import may accept. */
export const IMPORT_ACCEPTED = ['clear-on-host', ACCEPTS_CLOCK] as const

/** As people give it: of a pair the whole hash of its public key, of a secret key 6 to 10 digits of a check value, with its method. */
export const CheckValue = v.pipe(v.string(), v.regex(/^(sha256:[0-9a-f]{64}|(cmac5|hmac5|ecb3):[0-9a-f]{6,10})$/))

/** A key that was made elsewhere. `check`: what it has to be. `source`: the file that it comes in. */
export const KeyImportPlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.import'),
  accepted: accepted(IMPORT_ACCEPTED),
  keys: OneKey,
  check: v.optional(CheckValue),
  source: v.optional(v.strictObject({ path: Text, bytes: Ordinal, sha256: hexOf(32) })),
})
export type KeyImportPlan = v.InferOutput<typeof KeyImportPlan>

export const INWARD_PLANS = [KeyImportPlan] as const
