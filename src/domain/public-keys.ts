// Public keys and signatures that can't be turned into others: what node's crypto passes over is asked here.
import { createPublicKey, type KeyObject } from 'node:crypto'
import { sha256, toBase64url, toHex } from './encoding.ts'

/** Of a SubjectPublicKeyInfo, DER (RFC 5280, section 4.1). Throws what OpenSSL says where it is none. */
export const publicKeyOf = (spki: Uint8Array): KeyObject =>
  isEd25519(spki)
    ? // The same key, without OpenSSL's search for what might read it.
      createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: toBase64url(spki.subarray(12)) }, format: 'jwk' })
    : createPublicKey({ key: Buffer.from(finite(spki)), format: 'der', type: 'spki' })

/** Node takes an EC key whose point is at infinity, and ends itself where it is asked about it. Its point is one byte (SEC 1, 2.3.3). */
function finite(spki: Uint8Array): Uint8Array {
  if (toHex(spki.subarray(-4)) === '03020000') throw new Error('the point at infinity is no public key')
  return spki
}

const isEd25519 = (spki: Uint8Array): boolean => spki.length === 44 && toHex(spki.subarray(0, 12)) === ED_SPKI

/** Undefined where it is none. */
export function publicKeyOrNone(spki: Uint8Array): KeyObject | undefined {
  try {
    return publicKeyOf(spki)
  } catch {
    return undefined
  }
}

/** What people compare: SHA-256 of the SPKI, DER, in hex. */
export const spkiDigest = (spki: Uint8Array): string => toHex(sha256(spki))

/** The fingerprint of a pair. */
export const pairFingerprint = (spki: Uint8Array): string => `sha256:${spkiDigest(spki)}`

/** Order of the group of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
/** The field of Curve25519. */
const P = 2n ** 255n - 19n

const bigOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)

/** Of r‖s, 64 bytes: s is not above half the order. The other s verifies too, and would make two leaves of one record. */
export const isLowS = (signature: Uint8Array): boolean => bigOf(signature.subarray(32)) <= N / 2n

/** The same signature with the lower of its two s. */
export function withLowS(signature: Uint8Array): Uint8Array {
  if (isLowS(signature)) return signature
  const low = (N - bigOf(signature.subarray(32))).toString(16).padStart(64, '0')
  return Uint8Array.from([...signature.subarray(0, 32), ...Buffer.from(low, 'hex')])
}

/** The y of points whose order divides 8: under such a key anybody's signature is right. */
const SMALL_ORDER: readonly bigint[] = [
  0n,
  1n,
  P - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]

/** An Ed25519 public key, 32 bytes: spelled in the one way that there is, and of no small order. */
export function isSoundEd25519(raw: Uint8Array): boolean {
  const y = bigOf(Uint8Array.from(raw).reverse()) & (2n ** 255n - 1n)
  return raw.length === 32 && y < P && !SMALL_ORDER.includes(y)
}

const EC_SPKI = '3059301306072a8648ce3d020106082a8648ce3d03010703420004'
/** How a SubjectPublicKeyInfo begins, by the names that OpenSSL has for curves. */
const EC_SPKIS: { readonly [curve: string]: string } = {
  prime256v1: EC_SPKI,
  secp384r1: '3076301006072a8648ce3d020106052b8104002203620004',
  secp521r1: '30819b301006072a8648ce3d020106052b810400230381860004',
}
const ED_SPKI = '302a300506032b6570032100'

/** In bytes. What is shorter, its leading zeros dropped, may verify too, and would make two leaves of one record. */
export const signatureLength = ({ asymmetricKeyDetails: details }: KeyObject): number =>
  details?.modulusLength === undefined ? 64 : Math.ceil(details.modulusLength / 8)

/** A key for ES256 (P-256, uncompressed), EdDSA (Ed25519) or PS256 (RSA from 2048 bits on, e from 65537 on and below 2^64). `spki`: its DER. */
export function isSoundKey(alg: 'ES256' | 'EdDSA' | 'PS256', key: KeyObject, spki: Uint8Array): boolean {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key
  const hex = Buffer.from(spki).toString('hex')
  if (alg === 'EdDSA') return kind === 'ed25519' && hex.startsWith(ED_SPKI) && isSoundEd25519(spki.subarray(12))
  if (alg === 'ES256')
    return kind === 'ec' && details?.namedCurve === 'prime256v1' && hex.startsWith(EC_SPKI) && spki.length === 91
  const { modulusLength = 0, publicExponent = 0n } = details ?? {}
  const isSized =
    modulusLength >= 2048 &&
    modulusLength <= 16384 &&
    publicExponent > 65536n &&
    publicExponent < 2n ** 64n &&
    publicExponent % 2n === 1n
  return kind === 'rsa' && isSized && Buffer.compare(key.export({ format: 'der', type: 'spki' }), spki) === 0
}

/** A key of EC as RFC 5480 has it (2.1.1, 2.2), and as tokens give it out: its curve by its name, its point whole. Written otherwise it has another hash than people compare. */
export function isPlainlyWritten(key: KeyObject): boolean {
  const begins = EC_SPKIS[key.asymmetricKeyDetails?.namedCurve ?? '']
  return begins === undefined || key.export({ format: 'der', type: 'spki' }).toString('hex').startsWith(begins)
}

/** Of the same key, as it is written plainly. */
export function plainSpki(spki: Uint8Array): Uint8Array {
  const key = publicKeyOf(spki)
  if (isPlainlyWritten(key)) return spki
  const again = createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' })
  return Uint8Array.from(again.export({ format: 'der', type: 'spki' }))
}
