// Plans of a certification authority: a certificate of its own, one for another, and a list of those that are taken back. Every field that is signed is a member.
import * as v from 'valibot'
import type { KeyType } from './keys.ts'
import { OneKey, OnToken } from './plan-shapes.ts'
import { Base64url, Count, hexOf, setOf, Text, When } from './shapes.ts'

/** How a key signs them: the algorithm identifiers of RFC 5758, RFC 4055 and RFC 8410. */
export const CERT_ALGORITHMS = ['ecdsa-sha256', 'ecdsa-sha384', 'ecdsa-sha512', 'rsa-sha256', 'ed25519'] as const
export type CertAlgorithm = (typeof CERT_ALGORITHMS)[number]

/** By the type of the key that signs; a secret key signs none. */
export const ALGORITHM_OF: { readonly [type in KeyType]?: CertAlgorithm } = {
  'rsa-2048': 'rsa-sha256',
  'rsa-3072': 'rsa-sha256',
  'rsa-4096': 'rsa-sha256',
  'ec-p256': 'ecdsa-sha256',
  'ec-p384': 'ecdsa-sha384',
  'ec-p521': 'ecdsa-sha512',
  ed25519: 'ed25519',
}

/** For people. */
export const ALGORITHM_NAMES: Record<CertAlgorithm, string> = {
  'ecdsa-sha256': 'ECDSA with SHA-256',
  'ecdsa-sha384': 'ECDSA with SHA-384',
  'ecdsa-sha512': 'ECDSA with SHA-512',
  'rsa-sha256': 'RSA (PKCS#1 v1.5) with SHA-256',
  ed25519: 'Ed25519',
}

export const ALGORITHM_OIDS: Record<CertAlgorithm, string> = {
  'ecdsa-sha256': '1.2.840.10045.4.3.2',
  'ecdsa-sha384': '1.2.840.10045.4.3.3',
  'ecdsa-sha512': '1.2.840.10045.4.3.4',
  'rsa-sha256': '1.2.840.113549.1.1.11',
  ed25519: '1.3.101.112',
}

/** Bits of the extension, in their order (RFC 5280, 4.2.1.3). */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
] as const
export type CertKeyUsage = (typeof KEY_USAGES)[number]

/** Of RFC 5280, 5.3.1, by their numbers. `unspecified` is told by the absence of a reason. */
export const REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const
export type Reason = keyof typeof REASONS
export const REASON_NAMES = Object.keys(REASONS) as Reason[]

/** A positive number of 20 bytes at most in DER, in hex, whole bytes without zeros before them (RFC 5280, 4.1.2.2). */
export const SERIAL = /^(?!00)([0-9a-f]{2}){1,19}$|^[0-7][0-9a-f]([0-9a-f]{2}){19}$/
const Serial = v.pipe(v.string(), v.regex(SERIAL))

/** X.509 knows no fractions of seconds. */
const Second = v.pipe(
  When,
  v.check((text) => text.endsWith('.000Z'), 'not a whole second'),
)

/** What a key is known by in certificates, in hex. */
const KeyIdentifier = v.pipe(v.string(), v.regex(/^([0-9a-f]{2}){1,64}$/))

export const OID = /^[0-2](\.(0|[1-9]\d{0,17})){1,20}$/
const Oid = v.pipe(v.string(), v.regex(OID))

/** Where a file lies, or a server answers. */
export const URI = /^(https?|ldap):\/\/[\x21-\x7e]{1,1000}$/
const Uri = v.pipe(Text, v.regex(URI))

const InOrder = v.pipe(
  v.array(v.picklist(KEY_USAGES)),
  v.minLength(1),
  v.check((all) => all.join() === KEY_USAGES.filter((one) => all.includes(one)).join(), 'not in order, or twice'),
)

/**
 * Version 3. Names of people and machines: as RFC 4514 has them. `names`, `permitted` and `excluded`: such as `DNS:pay.example`, `IP:10.0.0.0/8`.
 * `ca`: it may sign others; `pathLength`: how many CAs may stand between it and the last certificate. `crlAt`, `ocspAt`, `issuerAt`: URIs.
 */
const Certificate = v.strictObject({
  serial: Serial,
  algorithm: v.picklist(CERT_ALGORITHMS),
  issuer: Text,
  notBefore: Second,
  notAfter: Second,
  subject: Text,
  spki: Base64url,
  subjectKeyId: KeyIdentifier,
  authorityKeyId: KeyIdentifier,
  ca: v.boolean(),
  pathLength: v.optional(v.pipe(Count, v.maxValue(100))),
  keyUsage: InOrder,
  extendedKeyUsage: v.optional(setOf(Oid)),
  names: v.optional(setOf(v.pipe(Text, v.regex(/^(DNS|EMAIL|IP|URI):/)))),
  permitted: v.optional(setOf(v.pipe(Text, v.regex(/^(DNS|EMAIL|IP):/)))),
  excluded: v.optional(setOf(v.pipe(Text, v.regex(/^(DNS|EMAIL|IP):/)))),
  policies: v.optional(setOf(Oid)),
  crlAt: v.optional(setOf(Uri)),
  ocspAt: v.optional(setOf(Uri)),
  issuerAt: v.optional(setOf(Uri)),
})
export type Certificate = v.InferOutput<typeof Certificate>

/** `elsewhere`: the ledger does not know that it was issued. `corrects`: the number of the list that says otherwise of it. */
const Revoked = v.strictObject({
  serial: Serial,
  date: Second,
  reason: v.picklist(REASON_NAMES),
  elsewhere: v.optional(v.literal(true)),
  corrects: v.optional(v.pipe(Count, v.minValue(1))),
})
export type Revoked = v.InferOutput<typeof Revoked>

/** Version 2. Each serial once, in ascending order. */
const Crl = v.strictObject({
  algorithm: v.picklist(CERT_ALGORITHMS),
  issuer: Text,
  authorityKeyId: KeyIdentifier,
  thisUpdate: Second,
  nextUpdate: Second,
  number: v.pipe(Count, v.minValue(1)),
  revoked: v.pipe(
    v.array(Revoked),
    v.check((all) => all.every(({ serial }, i) => i === 0 || isBefore(all[i - 1]!.serial, serial)), 'not in order'),
  ),
})
export type Crl = v.InferOutput<typeof Crl>

/** As numbers. */
export const isBefore = (one: string, other: string): boolean =>
  one.length === other.length ? one < other : one.length < other.length

/** `tbs`: SHA-256 of the bytes that the key signs. */
const Signed = { ...OnToken, keys: OneKey, file: Text, tbs: hexOf(32) }

/** A certificate of the key itself, signed by it. */
export const CertRootPlan = v.strictObject({ ...Signed, op: v.literal('cert.root'), certificate: Certificate })
export type CertRootPlan = v.InferOutput<typeof CertRootPlan>

/** `under`: SHA-256 of the signer's own certificate. `request`: the file that asks for it. */
export const CertIssuePlan = v.strictObject({
  ...Signed,
  op: v.literal('cert.issue'),
  certificate: Certificate,
  under: hexOf(32),
  request: v.strictObject({ path: Text, sha256: hexOf(32) }),
})
export type CertIssuePlan = v.InferOutput<typeof CertIssuePlan>

export const CertCrlPlan = v.strictObject({ ...Signed, op: v.literal('cert.crl'), crl: Crl, under: hexOf(32) })
export type CertCrlPlan = v.InferOutput<typeof CertCrlPlan>

export type AuthorityPlan = CertRootPlan | CertIssuePlan | CertCrlPlan
export const AUTHORITY_PLANS = [CertRootPlan, CertIssuePlan, CertCrlPlan] as const
