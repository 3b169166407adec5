// Plans of what goes out of a token by way of a file: requests for certificates, and signatures.
import * as v from 'valibot'
import { OneKey, OnToken } from './plan-shapes.ts'
import { hexOf, Ordinal, setOf, Text } from './shapes.ts'

/** A request for a certificate (PKCS#10), signed with the key, which stays as it is. `subject`: as RFC 4514 has it. `names`: alternative names, such as `DNS:pay.example`. */
export const CertRequestPlan = v.strictObject({
  ...OnToken,
  op: v.literal('cert.request'),
  keys: OneKey,
  file: Text,
  subject: Text,
  names: v.optional(setOf(v.pipe(Text, v.regex(/^(DNS|EMAIL|IP|URI):/)))),
})
export type CertRequestPlan = v.InferOutput<typeof CertRequestPlan>

/** How a signature is made: over a digest, but for Ed25519, which is over the file itself. */
const SIGNATURE_SCHEMES = ['ecdsa', 'rsa-pkcs1', 'rsa-pss', 'ed25519'] as const

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

export const OUTWARD_PLANS = [CertRequestPlan, KeySignPlan] as const
