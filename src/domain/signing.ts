// Signatures of files and digests: which way a key signs, the form that the signature has in a file, and how anyone verifies it.
import { constants, createVerify, publicDecrypt, verify } from 'node:crypto'
import { fromHex, toHex } from './encoding.ts'
import { usage } from './errors.ts'
import type { KeyType } from './keys.ts'
import { lazily } from './lazily.ts'
import { isMlDsa } from './ml-dsa.ts'
import type { Digest, KeySignPlan } from './outward-plans.ts'
import { publicKeyOf } from './public-keys.ts'

const loadCurves = lazily(() => import('@noble/curves/nist.js'))

export const HASHES = ['sha256', 'sha384', 'sha512'] as const
export type Hash = Digest['hash']
export type SignatureScheme = KeySignPlan['scheme']

export const PADDINGS = ['pkcs1', 'pss'] as const
export type Padding = (typeof PADDINGS)[number]

/** Ed25519 and ML-DSA sign the file itself, so that all of it is in memory: what is larger is signed as a digest by another key. */
export const isOfWhole = (scheme: SignatureScheme): boolean => scheme === 'ed25519' || scheme === 'ml-dsa'
export const MOST_OF_WHOLE = 1024 * 1024

const BYTES: Record<Hash, number> = { sha256: 32, sha384: 48, sha512: 64 }

/** The hash that is as strong as the key, where none was named. */
export const usualHash = (type: KeyType): Hash =>
  type === 'ec-p384' ? 'sha384' : type === 'ed25519' || type === 'ec-p521' || isMlDsa(type) ? 'sha512' : 'sha256'

/** The ways in which keys of a type sign; none for a secret key. */
export function schemesOf(type: KeyType): readonly SignatureScheme[] {
  if (type === 'ed25519') return ['ed25519']
  if (isMlDsa(type)) return ['ml-dsa']
  if (type.startsWith('ec-')) return ['ecdsa']
  return type.startsWith('rsa-') ? ['rsa-pkcs1', 'rsa-pss'] : []
}

/** `sha384:HEX`. */
export function parseDigest(text: string): Digest {
  const [hash = '', value = ''] = text.toLowerCase().split(':')
  const bytes = BYTES[hash as Hash]
  if (bytes !== undefined && new RegExp(`^[0-9a-f]{${bytes * 2}}$`).test(value)) return { hash, value } as Digest
  throw usage(
    `${JSON.stringify(text)} is no digest`,
    'such as sha256: and 64 hex digits; sha384 and sha512 have 96 and 128',
  )
}

/** What is wrong with a plan to sign: keys of its type don't sign so, or nobody could verify it. */
export function wrongSignature({ keys: [{ type }], scheme, source, digest }: KeySignPlan): string | undefined {
  if (!schemesOf(type).includes(scheme)) return `${type} does not sign by ${scheme}`
  if (source === undefined && !isOverDigest(scheme)) return `${scheme} is of a file, and the plan names none`
  if (isOfWhole(scheme) && digest.hash !== usualHash(type)) return `a file for ${scheme} is told by its SHA-512`
  return undefined
}

/** A signature that can be verified by whoever has the digest alone. */
export const isOverDigest = (scheme: SignatureScheme): boolean => scheme === 'ecdsa' || scheme === 'rsa-pkcs1'

export const formOf = (scheme: SignatureScheme): 'der' | 'raw' => (scheme === 'ecdsa' ? 'der' : 'raw')

/** Takes a message in and says whether the signature is right: ECDSA in DER, of PSS with a salt as long as the hash. */
interface Verifier {
  update(chunk: Uint8Array): void
  isRight(signature: Uint8Array): boolean
}

export function verifierOf({ scheme, digest: { hash } }: KeySignPlan, spki: Uint8Array): Verifier {
  const key = publicKeyOf(spki)
  if (isOfWhole(scheme)) return wholeMessage((message, signature) => verify(null, message, key, signature))
  const verifier = createVerify(hash)
  const padding = scheme === 'rsa-pss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  const how = scheme === 'ecdsa' ? { key, dsaEncoding: 'der' as const } : { key, padding, saltLength: BYTES[hash] }
  return {
    update: (chunk) => void verifier.update(chunk),
    isRight: (signature) => verifier.verify(how, signature),
  }
}

function wholeMessage(isRight: (message: Buffer, signature: Uint8Array) => boolean): Verifier {
  const chunks: Uint8Array[] = []
  return {
    update: (chunk) => void chunks.push(chunk),
    isRight: (signature) => isRight(Buffer.concat(chunks), signature),
  }
}

/** Of `isOverDigest`: the message is not at hand. Node has no ECDSA over a digest, so that one is verified by a library. */
export async function verifiesDigest(
  { scheme, digest, keys: [{ type }] }: KeySignPlan,
  spki: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (scheme === 'rsa-pkcs1') return isDigestInfo(openedBy(spki, signature), digest)
  if (scheme !== 'ecdsa') return false
  const { p256, p384, p521 } = await loadCurves()
  const curve = { 'ec-p256': p256, 'ec-p384': p384, 'ec-p521': p521 }[type as 'ec-p256']
  const { x, y } = publicKeyOf(spki).export({ format: 'jwk' })
  const point = Buffer.concat([Uint8Array.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')])
  const [bytes, of] = [fromHex(digest.value), Uint8Array.from(point)]
  try {
    return curve.verify(Uint8Array.from(signature), bytes, of, { prehash: false, lowS: false, format: 'der' })
  } catch {
    return false
  }
}

function openedBy(spki: Uint8Array, signature: Uint8Array): Buffer | undefined {
  try {
    return publicDecrypt({ key: publicKeyOf(spki), padding: constants.RSA_PKCS1_PADDING }, signature)
  } catch {
    return undefined
  }
}

/** DigestInfo (RFC 8017, 9.2) before the digest: a token adds the padding alone. */
const DIGEST_INFO: Record<Hash, string> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}
export const digestInfo = ({ hash, value }: Digest): Buffer => Buffer.from(`${DIGEST_INFO[hash]}${value}`, 'hex')

const isDigestInfo = (opened: Buffer | undefined, digest: Digest): boolean =>
  opened?.equals(digestInfo(digest)) ?? false

/** So many bytes of a file are enough for `isSequence`. */
export const HEAD_OF_SEQUENCE = 160

/** Whether a file of so many bytes that begins like this is one ASN.1 SEQUENCE, as whatever is signed of certificates is; in DER, or in any other way in which OpenSSL reads one. */
export function isSequence(head: Uint8Array, bytes: number): boolean {
  const tag = tagBytes(head)
  const first = head[tag]
  if (tag === 0 || first === undefined) return false
  if (first <= 0x80) return first === 0x80 || tag + 1 + first === bytes
  const end = tag + 1 + (first & 0x7f)
  return end <= head.length && BigInt(`0x${toHex(head.subarray(tag + 1, end))}`) + BigInt(end) === BigInt(bytes)
}

/** Of a constructed SEQUENCE, whose number 16 may be written with more bytes than it needs; 0 of another. */
function tagBytes(head: Uint8Array): number {
  if (head[0] === 0x30) return 1
  if (head[0] !== 0x3f) return 0
  const last = head.findIndex((byte, i) => i > 0 && byte < 0x80)
  return head[last] === 16 && head.subarray(1, last).every((byte) => byte === 0x80) ? last + 1 : 0
}

/** The words of the command by which openssl verifies it. `key`: the PEM of the public key; `of`: the file, or one of the digest's bytes. */
export function opensslVerify(
  { scheme, digest: { hash }, source }: KeySignPlan,
  key: string,
  signature: string,
  of: string,
): string[] {
  const bare = ['openssl', 'pkeyutl', '-verify', '-pubin', '-inkey', key, '-sigfile', signature, '-in', of]
  if (isOfWhole(scheme)) return [...bare, '-rawin']
  if (source === undefined) return [...bare, '-pkeyopt', `digest:${hash}`]
  const pss = scheme === 'rsa-pss' ? ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'] : []
  return ['openssl', 'dgst', `-${hash}`, '-verify', key, '-signature', signature, ...pss, of]
}
