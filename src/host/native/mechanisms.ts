// What each key type is in PKCS#11: its class, key type, generating mechanism and size; and back from what a token says.
import type { KeyType } from '../../domain/keys.ts'
import { KEY_TYPES } from '../../domain/keys.ts'
import { type MlDsaType, mlDsaSize } from '../../domain/ml-dsa.ts'
import { CKA, CKK, CKM, ckmName } from './constants.ts'
import { fromUlong } from './values.ts'

interface Kind {
  keyType: number
  /** What others call it, or we where a key is brought: a token that does not tell the length of what it unwrapped tells this. */
  also?: number
  generate: number
  /** Bytes of a secret key. */
  length?: number
  /** Its key type says how long it is: PKCS#11 gives it no CKA_VALUE_LEN. */
  fixed?: true
  /** Bits of an RSA modulus. */
  modulus?: number
  curve?: Curve
  /** CKA_PARAMETER_SET. */
  parameterSet?: number
}

export interface Curve {
  /** CKA_EC_PARAMS: the first is what we write, all are understood. */
  params: readonly string[]
  /** Bytes of a coordinate. */
  size: number
  jwk: { kty: 'EC' | 'OKP'; crv: string }
}

const P256: Curve = { params: ['06082a8648ce3d030107'], size: 32, jwk: { kty: 'EC', crv: 'P-256' } }
const P384: Curve = { params: ['06052b81040022'], size: 48, jwk: { kty: 'EC', crv: 'P-384' } }
const P521: Curve = { params: ['06052b81040023'], size: 66, jwk: { kty: 'EC', crv: 'P-521' } }
/** An OID in PKCS#11 3.0; `edwards25519` as a PrintableString in some modules. */
const ED25519: Curve = {
  params: ['06032b6570', '130c656477617264733235353139'],
  size: 32,
  jwk: { kty: 'OKP', crv: 'Ed25519' },
}

const aes = (length: number): Kind => ({ keyType: CKK.AES, generate: CKM.AES_KEY_GEN, length })
const hmac = (length: number, also: number): Kind => ({
  keyType: CKK.GENERIC_SECRET,
  also,
  generate: CKM.GENERIC_SECRET_KEY_GEN,
  length,
})
const tdes = (length: number, keyType: number, generate: number): Kind => ({ keyType, generate, length, fixed: true })
const rsa = (modulus: number): Kind => ({ keyType: CKK.RSA, generate: CKM.RSA_PKCS_KEY_PAIR_GEN, modulus })
const mlDsa = (type: MlDsaType): Kind => ({
  keyType: CKK.ML_DSA,
  generate: CKM.ML_DSA_KEY_PAIR_GEN,
  parameterSet: mlDsaSize(type).set,
})
const ec = (curve: Curve): Kind => ({ keyType: CKK.EC, generate: CKM.EC_KEY_PAIR_GEN, curve })

export const KINDS: Record<KeyType, Kind> = {
  'aes-256': aes(32),
  'aes-192': aes(24),
  'aes-128': aes(16),
  'hmac-sha256': hmac(32, CKK.SHA256_HMAC),
  'hmac-sha384': hmac(48, CKK.SHA384_HMAC),
  'hmac-sha512': hmac(64, CKK.SHA512_HMAC),
  'rsa-2048': rsa(2048),
  'rsa-3072': rsa(3072),
  'rsa-4096': rsa(4096),
  'ec-p256': ec(P256),
  'ec-p384': ec(P384),
  'ec-p521': ec(P521),
  ed25519: { keyType: CKK.EC_EDWARDS, generate: CKM.EC_EDWARDS_KEY_PAIR_GEN, curve: ED25519 },
  'ml-dsa-44': mlDsa('ml-dsa-44'),
  'ml-dsa-65': mlDsa('ml-dsa-65'),
  'ml-dsa-87': mlDsa('ml-dsa-87'),
  'tdes-168': tdes(24, CKK.DES3, CKM.DES3_KEY_GEN),
  'tdes-112': tdes(16, CKK.DES2, CKM.DES2_KEY_GEN),
}

/** The key type with which a key is brought: by it the HMAC keys are told apart, whose hashes give other check values. The first of them was never brought so. */
export const broughtAs = (type: KeyType): number =>
  type === 'hmac-sha256' ? KINDS[type].keyType : (KINDS[type].also ?? KINDS[type].keyType)

/** A modulus may come with zeros in front. */
const bitsOf = (modulus: Buffer): number => {
  const first = modulus.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (modulus.length - first) * 8 - (Math.clz32(modulus[first]!) - 24)
}

const optional = <T, R>(value: T | undefined, of: (value: T) => R): R | undefined =>
  value === undefined ? undefined : of(value)

/** SoftHSM says of every key that it unwrapped that its length is 0. */
const fits = (told: number | undefined, { length, fixed }: Kind): boolean =>
  told === length || (told === 0 && length !== undefined) || (told === undefined && fixed === true)

/** The types that a key may have by its attributes: none for what is not ours or incomplete, two where the length is not told. */
export function typesOf(seen: ReadonlyMap<number, Buffer>): KeyType[] {
  const keyType = optional(seen.get(CKA.KEY_TYPE), fromUlong)
  const length = optional(seen.get(CKA.VALUE_LEN), fromUlong)
  const modulus = optional(seen.get(CKA.MODULUS), bitsOf)
  const params = seen.get(CKA.EC_PARAMS)?.toString('hex')
  const set = optional(seen.get(CKA.PARAMETER_SET), fromUlong)
  return KEY_TYPES.filter((type) => {
    const kind = KINDS[type]
    const same = keyType !== undefined && (kind.keyType === keyType || kind.also === keyType)
    if (!same || !fits(length, kind) || kind.modulus !== modulus || kind.parameterSet !== set) return false
    return kind.curve === undefined ? params === undefined : kind.curve.params.includes(params ?? '')
  })
}

/** Bits of RSA. A module that tells of less counts in bytes, or says nothing: then it is tried. */
const SMALLEST = 1024

/** Why keys of this size are not made, as C_GetMechanismInfo has it. */
export const sizeLack = (
  modulus: number,
  mechanism: number,
  { minKeySize, maxKeySize }: { minKeySize: number; maxKeySize: number },
): string | undefined =>
  maxKeySize >= SMALLEST && (modulus < minKeySize || modulus > maxKeySize)
    ? `${ckmName(mechanism)} ends at ${maxKeySize} bits`
    : undefined
