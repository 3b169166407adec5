// Signatures that a token makes with a private key, and their check with the public key. ECDSA is r‖s.
import { constants, createHash, verify } from 'node:crypto'
import { deviceFailed } from '../../domain/errors.ts'
import type { KeyType } from '../../domain/keys.ts'
import { isMlDsa, ML_DSA, type MlDsaType, mlDsaSize, whyUnverified } from '../../domain/ml-dsa.ts'
import { publicKeyOf } from '../../domain/public-keys.ts'
import { digestInfo } from '../../domain/signing.ts'
import { CKM, MASKED } from './constants.ts'
import type { Mechanism, Native } from './native.ts'
import type { ObjectHandle, Session } from './values.ts'

/** What signs the ledger, by preference. */
export const ALGORITHMS = ['ES256', 'EdDSA', 'PS256'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** The key that each of them signs with. */
export const SIGNING_KEY: Record<Algorithm, KeyType> = { ES256: 'ec-p256', EdDSA: 'ed25519', PS256: 'rsa-3072' }

/** What can prove that a private key is there. RS256 because every token with RSA has it. */
export type Scheme = Algorithm | 'ES384' | 'ES512' | 'RS256' | MlDsaType

/** pkcs11js's number for CK_RSA_PKCS_PSS_PARAMS. */
const PSS_PARAMS = 5
/** With a salt as long as the hash. */
export const pssBy = (hash: keyof typeof MASKED, saltLen: number): Mechanism => ({
  mechanism: CKM.RSA_PKCS_PSS,
  parameter: { type: PSS_PARAMS, ...MASKED[hash], saltLen },
})

const ofMlDsa = <T>(make: (type: MlDsaType) => T) =>
  Object.fromEntries(ML_DSA.map((type) => [type, make(type)])) as Record<MlDsaType, T>

/** ML-DSA without a parameter: hedged where the token can, and with an empty context, as everybody verifies it. */
const MECHANISMS: Record<Scheme, Mechanism> = {
  ES256: { mechanism: CKM.ECDSA },
  ES384: { mechanism: CKM.ECDSA },
  ES512: { mechanism: CKM.ECDSA },
  EdDSA: { mechanism: CKM.EDDSA },
  PS256: pssBy('sha256', 32),
  RS256: { mechanism: CKM.RSA_PKCS },
  ...ofMlDsa(() => ({ mechanism: CKM.ML_DSA })),
}
export const mechanismOf = (scheme: Scheme): number => MECHANISMS[scheme].mechanism

const HASHES: Record<Scheme, string | null> = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  EdDSA: null,
  PS256: 'sha256',
  RS256: 'sha256',
  ...ofMlDsa(() => null),
}

/** What hashes is hashed here: hardly a token has CKM_ECDSA_SHA256. */
function input(scheme: Scheme, data: Uint8Array): Uint8Array {
  const hash = HASHES[scheme]
  if (hash === null) return data
  const digest = createHash(hash).update(data).digest()
  return scheme === 'RS256' ? digestInfo({ hash: 'sha256', value: digest.toString('hex') }) : digest
}

/** Of a signature; that of RSA is as long as its key. */
const BYTES: Partial<Record<Scheme, number>> = {
  ...{ ES256: 64, ES384: 96, ES512: 132, EdDSA: 64 },
  ...ofMlDsa((type) => mlDsaSize(type).signature),
}

export const sign = (lib: Native, session: Session, key: ObjectHandle, scheme: Scheme, data: Uint8Array): Uint8Array =>
  Uint8Array.from(lib.sign(session, MECHANISMS[scheme], key, input(scheme, data), BYTES[scheme]))

/** MECHANISM: this node can't tell. */
export function isValid(spki: Uint8Array, scheme: Scheme, data: Uint8Array, signature: Uint8Array): boolean {
  const why = whyUnverified(scheme)
  if (why !== undefined) throw deviceFailed('MECHANISM', why.lacks)
  const key = publicKeyOf(spki)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const how = scheme === 'PS256' ? { key, padding, saltLength: 32 } : { key, dsaEncoding: 'ieee-p1363' as const }
  return verify(HASHES[scheme], data, how, signature)
}

export function schemeOf(type: KeyType): Scheme {
  if (isMlDsa(type)) return type
  if (type === 'ed25519') return 'EdDSA'
  if (type === 'ec-p256') return 'ES256'
  if (type === 'ec-p384') return 'ES384'
  return type === 'ec-p521' ? 'ES512' : 'RS256'
}
