// What a key file is read as, whatever its form: the type, the sound numbers, and the sentences about what it is not.
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { refused } from './errors.ts'
import { type Hint, keyrite } from './hints.ts'
import { classOf, KEY_TYPES, type KeyType } from './keys.ts'
import { isMlDsa } from './ml-dsa.ts'
import { quoted } from './names.ts'
import { wrongPair } from './number-checks.ts'
import { Secret } from './secret.ts'

/** What a JWK says of the use that its owner makes of it. */
export interface SaidOfUse {
  use?: string
  keyOps?: string[]
  alg?: string
  /** Whether it may be taken out again. */
  ext?: boolean
}

/** `value`: of a secret key its bytes, of a pair the PKCS#8 of its private half, DER, as this program writes it, with nothing besides. */
export interface KeyInFile {
  type: KeyType
  value: Secret
  /** SubjectPublicKeyInfo of a pair, DER. */
  spki?: Uint8Array
  says?: SaidOfUse
}

export interface WantedKey {
  /** What people call the file. */
  path: string
  /** What it is to be: of a secret key the file may not tell. */
  type?: KeyType | undefined
  passphrase?: Uint8Array | undefined
}

export const TAKEN = 'taken are PKCS#8, PKCS#1 and SEC 1 as PEM or DER, and a JWK'

export const no = ({ path }: Pick<WantedKey, 'path'>, why: string, hint: Hint = TAKEN) =>
  refused('KEY-FILE', `${quoted(path)} ${why}`, hint)

export function isMade(make: () => unknown): boolean {
  try {
    make()
    return true
  } catch {
    return false
  }
}

const MODULI: readonly number[] = [2048, 3072, 4096]
const CURVES: { readonly [name: string]: KeyType } = {
  prime256v1: 'ec-p256',
  secp384r1: 'ec-p384',
  secp521r1: 'ec-p521',
}

/** KEY-FILE: what a key of the partition can be. */
export function typeOfPair(key: KeyObject, wanted: WantedKey): KeyType {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: { modulusLength = 0, namedCurve = '' } = {} } = key
  if (kind === 'ed25519') return kind
  if (kind !== undefined && isMlDsa(kind))
    throw no(wanted, `is a key of type ${kind}, which is made on the token alone`, MADE_HERE)
  if (kind === 'rsa' && MODULI.includes(modulusLength)) return `rsa-${modulusLength}` as KeyType
  if (kind === 'ec' && CURVES[namedCurve]) return CURVES[namedCurve]
  const told =
    kind === 'rsa'
      ? `RSA of ${modulusLength} bits`
      : kind === 'ec'
        ? `a key of the curve ${namedCurve}`
        : `a key of type ${kind}`
  throw no(wanted, `is ${told}, which no key here can be`, `pairs here are ${PAIR_TYPES.join(', ')}`)
}
const PAIR_TYPES = KEY_TYPES.filter((type) => classOf(type) === 'pair' && !isMlDsa(type))
const MADE_HERE = keyrite('key', 'generate', 'NAME', '--type', 'TYPE')

/** KEY-NUMBERS: written anew of its numbers, so that nothing else of the file comes along. */
export function pairOf(key: KeyObject, wanted: WantedKey, given?: JsonWebKey): KeyInFile {
  // Node ends itself where it is asked about a private number that is longer than its curve; to write it, it refuses.
  if (!isMade(() => key.export({ format: 'der', type: 'pkcs8' }).fill(0)))
    throw notSound(wanted, 'its private number is longer than its curve')
  if (hasMorePrimes(key)) throw no(wanted, 'is an RSA key of more than two primes, which no key here can be')
  const type = asWanted(typeOfPair(key, wanted), wanted)
  if (!isMade(() => key.export({ format: 'jwk' })))
    throw notSound(wanted, 'no public key belongs to its private number')
  const wrong = wrongPair(key, given)
  if (wrong !== undefined) throw notSound(wanted, wrong)
  const again = createPrivateKey({ key: key.export({ format: 'jwk' }), format: 'jwk' })
  const pkcs8 = again.export({ format: 'der', type: 'pkcs8' })
  const value = new Secret(Uint8Array.from(pkcs8))
  pkcs8.fill(0)
  return { type, value, spki: Uint8Array.from(createPublicKey(again).export({ format: 'der', type: 'spki' })) }
}

/** RFC 8017, A.1.2: so says its version. */
function hasMorePrimes(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return false
  const pkcs1 = key.export({ format: 'der', type: 'pkcs1' })
  const says = pkcs1.toString('hex', 0, 7)
  pkcs1.fill(0)
  return /^3082....020101$/.test(says)
}

export const notSound = ({ path }: WantedKey, why: string) =>
  refused(
    'KEY-NUMBERS',
    `the key in ${quoted(path)} is not sound: ${why}`,
    'have its owner make it again, or send another copy',
  )

export function asWanted(type: KeyType, { path, type: wanted }: WantedKey): KeyType {
  if (wanted === undefined || wanted === type) return type
  throw refused(
    'KEY-FILE',
    `${quoted(path)} holds a key of type ${type}, and --type is ${wanted}`,
    'the same command without --type',
  )
}
