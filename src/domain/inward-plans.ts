// Plans of keys that come to a token from elsewhere.
import * as v from 'valibot'
import { ACCEPTS_CLOCK } from './clock.ts'
import { KEY_TYPES } from './keys.ts'
import { ACCEPTS_PARITY } from './odd-parity.ts'
import { accepted, OneKey, OnToken } from './plan-shapes.ts'
import { Code, hexOf, KeyNameShape, Ordinal, setOf, Text, UsageInOrder, When } from './shapes.ts'

/** What an import may accept. */
export const IMPORT_ACCEPTED = ['clear-on-host', ACCEPTS_CLOCK, ACCEPTS_PARITY] as const

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

/** Bits of a transport key. */
export const TRANSPORT_BITS = [2048, 3072, 4096] as const
/** Of the RSA-OAEP by which its key is sent. */
export const TRANSPORT_HASHES = ['sha1', 'sha256'] as const

/**
 * A request for a key that others send: a transport key is made on the token, and a file written for the sender. `wanted`: what the key will be, and what
 * of it is accepted knowingly. `hash`: of the RSA-OAEP that it is sent by.
 */
export const KeyImportRequestPlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.import-request'),
  wanted: v.strictObject({
    name: KeyNameShape,
    type: v.picklist(KEY_TYPES),
    usage: UsageInOrder,
    backup: v.boolean(),
    accepted: v.optional(setOf(Code)),
  }),
  bits: v.picklist(TRANSPORT_BITS),
  hash: v.picklist(TRANSPORT_HASHES),
  until: When,
  file: Text,
})
export type KeyImportRequestPlan = v.InferOutput<typeof KeyImportRequestPlan>

/** A request that is given up, with its transport key. `request`: SHA-256 of its file. */
export const KeyImportCancelPlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.import-cancel'),
  name: KeyNameShape,
  request: hexOf(32),
})
export type KeyImportCancelPlan = v.InferOutput<typeof KeyImportCancelPlan>

export const INWARD_PLANS = [KeyImportPlan, KeyImportRequestPlan, KeyImportCancelPlan] as const
