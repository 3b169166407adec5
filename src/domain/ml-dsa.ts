// ML-DSA (FIPS 204): its three sizes, the SubjectPublicKeyInfo of each (RFC 9881), which any node reads, and whether this one verifies what they sign.
import { fromHex } from './encoding.ts'
import { KEY_TYPES, type KeyType } from './keys.ts'
import { once } from './once.ts'
import { publicKeyOrNone } from './public-keys.ts'

/** `set`: CKA_PARAMETER_SET. `signature`: in bytes. `spki`: all of it but the public key, which has `bytes`. The OID alone says what it is. */
const sizes = (set: number, bytes: number, signature: number, spki: string) => ({
  set,
  bytes,
  signature,
  head: fromHex(spki),
})

const SIZES = {
  'ml-dsa-44': sizes(1, 1312, 2420, '30820532300b06096086480165030403110382052100'),
  'ml-dsa-65': sizes(2, 1952, 3309, '308207b2300b0609608648016503040312038207a100'),
  'ml-dsa-87': sizes(3, 2592, 4627, '30820a32300b060960864801650304031303820a2100'),
} as const
export type MlDsaType = keyof typeof SIZES

export const ML_DSA = Object.keys(SIZES) as MlDsaType[]

export const isMlDsa = (type: string): type is MlDsaType => Object.hasOwn(SIZES, type)

export const mlDsaSize = (type: MlDsaType): (typeof SIZES)[MlDsaType] => SIZES[type]

/** Undefined where the bytes are no public key of this size. */
export function mlDsaSpki(type: MlDsaType, raw: Uint8Array): Uint8Array | undefined {
  const { head, bytes } = SIZES[type]
  return raw.length === bytes ? Uint8Array.from([...head, ...raw]) : undefined
}

/** The size and the bytes of the public key; undefined of any other SubjectPublicKeyInfo. */
export function mlDsaIn(spki: Uint8Array): { type: MlDsaType; raw: Uint8Array } | undefined {
  for (const type of ML_DSA) {
    const { head, bytes } = SIZES[type]
    const isIts = spki.length === head.length + bytes && Buffer.compare(spki.subarray(0, head.length), head) === 0
    if (isIts) return { type, raw: spki.subarray(head.length) }
  }
  return undefined
}

/** Any bytes of the right length are a public key to OpenSSL. */
const knowsMlDsa = once((): boolean => {
  const spki = mlDsaSpki('ml-dsa-44', new Uint8Array(SIZES['ml-dsa-44'].bytes))!
  return (publicKeyOrNone(spki)?.asymmetricKeyType as string | undefined) === 'ml-dsa-44'
})

/** Why no key of this type can be proved here; undefined where it can. */
export const whyUnverified = (type: string): { lacks: string } | undefined =>
  !isMlDsa(type) || knowsMlDsa()
    ? undefined
    : { lacks: 'this node does not verify ML-DSA, by which such a key is proved: that takes node 24.7 or newer' }

/** What is offered. */
export const provableTypes = (): KeyType[] => KEY_TYPES.filter((type) => whyUnverified(type) === undefined)
