// Plans of what goes out of a token by way of a file: requests for certificates, signatures, and keys.
import * as v from 'valibot'
import { ACCEPTS_CLOCK } from './clock.ts'
import { DESTINATIONS } from './destinations.ts'
import { ACCEPTS_SOFTWARE, accepted, OneKey, OnToken } from './plan-shapes.ts'
import { Base64url, hexOf, KeyTarget, Ordinal, setOf, Text, When } from './shapes.ts'

/** A request for a certificate (PKCS#10), signed with the key, which stays as it is. `subject`: as RFC 4514 has it. `names`: alternative names, such as `DNS:pay.example`. `tbs`: SHA-256 of the bytes that the key signs, made of these and of `spki`. */
export const CertRequestPlan = v.strictObject({
  ...OnToken,
  op: v.literal('cert.request'),
  keys: OneKey,
  file: Text,
  subject: Text,
  names: v.optional(setOf(v.pipe(Text, v.regex(/^(DNS|EMAIL|IP|URI):/)))),
  spki: Base64url,
  tbs: hexOf(32),
})
export type CertRequestPlan = v.InferOutput<typeof CertRequestPlan>

/** How a signature is made: over a digest, but for Ed25519 and ML-DSA, which are over the file itself. */
const SIGNATURE_SCHEMES = ['ecdsa', 'rsa-pkcs1', 'rsa-pss', 'ed25519', 'ml-dsa'] as const

const digestBy = <N extends string>(name: N, bytes: number) =>
  v.strictObject({ hash: v.literal(name), value: hexOf(bytes) })
const Digest = v.variant('hash', [digestBy('sha256', 32), digestBy('sha384', 48), digestBy('sha512', 64)])
export type Digest = v.InferOutput<typeof Digest>

/** `source`: the file that the digest is of; absent where a bare digest is signed. */
export const KeySignPlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.sign'),
  keys: OneKey,
  file: Text,
  scheme: v.picklist(SIGNATURE_SCHEMES),
  digest: Digest,
  source: v.optional(v.strictObject({ path: Text, bytes: Ordinal })),
})
export type KeySignPlan = v.InferOutput<typeof KeySignPlan>

/** `under`: NAME#V of the key that protects the blocks. `headers`: of each key its own. */
const Blocks = v.strictObject({ under: Text, headers: v.pipe(v.array(Text), v.minLength(1)) })

/** Keys that go out, each into its file, wrapped for the one who has the private half of `wrappingKey`, or in a key block (`blocks`), which is made beside the library. `until`: that key is taken no longer. `ephemeral`: what wraps a key is made beside the library, and not by the token. `pads`: the token fills up with zeros what is no whole blocks. */
export const KeyExportPlan = v.strictObject({
  ...OnToken,
  op: v.literal('key.export'),
  keys: v.pipe(v.array(KeyTarget), v.minLength(1)),
  files: v.array(Text),
  for: v.picklist(DESTINATIONS),
  method: Text,
  wrappingKey: v.optional(v.strictObject({ spki: Base64url, kid: v.optional(Text), until: v.optional(When) })),
  blocks: v.optional(Blocks),
  ephemeral: v.optional(v.literal('host')),
  pads: v.optional(v.literal(true)),
  accepted: accepted(['clear-on-host', ACCEPTS_SOFTWARE, ACCEPTS_CLOCK]),
})
export type KeyExportPlan = v.InferOutput<typeof KeyExportPlan>
export type BlockExportPlan = KeyExportPlan & { blocks: v.InferOutput<typeof Blocks> }
export type WrappedExportPlan = KeyExportPlan & { wrappingKey: NonNullable<KeyExportPlan['wrappingKey']> }

/** Of the one kind, and else of the other: the rules of the plan say so. */
export const isOfBlocks = (plan: KeyExportPlan): plan is BlockExportPlan => plan.blocks !== undefined
export const isWrapped = (plan: KeyExportPlan): plan is WrappedExportPlan => plan.wrappingKey !== undefined

export const OUTWARD_PLANS = [CertRequestPlan, KeySignPlan, KeyExportPlan] as const
