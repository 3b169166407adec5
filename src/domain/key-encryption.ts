// How a key file is encrypted (PKCS#5, RFC 8018; PKCS#12, RFC 7292), and how long it would take to open it: asked before anybody tries.

import { type BaseBlock, Integer } from 'asn1js'
import { oidOf, parsedDer, partsOf } from './certificate-request.ts'

interface KeyEncryption {
  /** Each algorithm by its name, or its number. */
  names: string[]
  /** Rounds of a hash. */
  rounds?: bigint
  /** Of scrypt: N, r and p. */
  scrypt?: bigint[]
  /** openssl opens it by its legacy provider. */
  isLegacy: boolean
}

const NAMES: { readonly [oid: string]: string } = {
  '1.2.840.113549.1.5.12': 'PBKDF2',
  '1.3.6.1.4.1.11591.4.11': 'scrypt',
  '2.16.840.1.101.3.4.1.6': 'AES-128-GCM',
  '2.16.840.1.101.3.4.1.26': 'AES-192-GCM',
  '2.16.840.1.101.3.4.1.46': 'AES-256-GCM',
  '2.16.840.1.101.3.4.1.7': 'AES-128-CCM',
  '2.16.840.1.101.3.4.1.27': 'AES-192-CCM',
  '2.16.840.1.101.3.4.1.47': 'AES-256-CCM',
  '2.16.840.1.101.3.4.1.2': 'AES-128-CBC',
  '2.16.840.1.101.3.4.1.22': 'AES-192-CBC',
  '2.16.840.1.101.3.4.1.42': 'AES-256-CBC',
  '1.2.840.113549.1.9.16.3.18': 'ChaCha20-Poly1305',
  '1.2.840.113549.3.7': 'triple DES',
  ...of('DES', '1.3.14.3.2.7', '1.2.840.113549.1.5.1', '1.2.840.113549.1.5.3', '1.2.840.113549.1.5.10'),
  ...of('RC2', '1.2.840.113549.3.2', '1.2.840.113549.1.5.4', '1.2.840.113549.1.5.6', '1.2.840.113549.1.5.11'),
  ...of('RC2', '1.2.840.113549.1.12.1.5', '1.2.840.113549.1.12.1.6'),
  ...of('RC4', '1.2.840.113549.1.12.1.1', '1.2.840.113549.1.12.1.2'),
}
function of(name: string, ...oids: string[]): { [oid: string]: string } {
  return Object.fromEntries(oids.map((oid) => [oid, name]))
}
/** With a hash of the SHA family. */
const HMAC = /^1\.2\.840\.113549\.2\.([789]|1[0-3])$/
const PBES2 = '1.2.840.113549.1.5.13'

const LEGACY: readonly string[] = ['DES', 'RC2', 'RC4', 'PBKDF2']

const algorithmOf = (block: unknown): string => oidOf(block) ?? 'an algorithm without a name'
const numbersIn = (blocks: readonly BaseBlock[]): bigint[] =>
  blocks.filter((one): one is Integer => one instanceof Integer).map((one) => one.toBigInt())

/** `file`: EncryptedPrivateKeyInfo, DER. */
export function encryptionOf(file: Uint8Array): KeyEncryption {
  const [algorithm] = partsOf(parsedDer(file).result)
  const [scheme, parameters] = partsOf(algorithm)
  if (algorithmOf(scheme) !== PBES2) return { ...inWords([scheme]), ...workOf('', parameters) }
  const [derivation, cipher] = partsOf(parameters).map(partsOf)
  const [kdf, given] = derivation ?? []
  // Of PBKDF2 the hash, where it is not the first that there was.
  const [prf] = partsOf(partsOf(given).at(-1))
  const isUsual = prf === undefined || HMAC.test(algorithmOf(prf))
  return { ...inWords([kdf, ...(isUsual ? [] : [prf]), cipher?.[0]]), ...workOf(algorithmOf(kdf), given) }
}

function inWords(algorithms: readonly (BaseBlock | undefined)[]): Pick<KeyEncryption, 'names' | 'isLegacy'> {
  const oids = algorithms.map(algorithmOf)
  const names = oids.map((oid) => NAMES[oid] ?? oid)
  return { names, isLegacy: names.every((name) => LEGACY.includes(name)) }
}

/** A salt is first in each; of PBKDF2 a length may follow. */
function workOf(kdf: string, parameters: BaseBlock | undefined): Pick<KeyEncryption, 'rounds' | 'scrypt'> {
  const numbers = numbersIn(partsOf(parameters))
  if (NAMES[kdf] === 'scrypt') return { scrypt: numbers.slice(0, 3) }
  return numbers[0] === undefined ? {} : { rounds: numbers[0] }
}

/** Seconds of a machine of today each, and a hundred times as much as openssl takes by itself. */
const MOST_ROUNDS = 2_000_000n
const MOST_OF_SCRYPT = 2n ** 20n

/** Why nobody should wait for it to be opened. */
export function tooMuchWork({ rounds = 0n, scrypt }: KeyEncryption): string | undefined {
  if (rounds > MOST_ROUNDS) return `with ${rounds} rounds of a hash, and ${MOST_ROUNDS} are taken at most`
  if (!scrypt || scrypt.reduce((product, one) => product * one, 1n) <= MOST_OF_SCRYPT) return undefined
  return `by scrypt with N, r and p of ${scrypt.join(', ')}, whose product may be ${MOST_OF_SCRYPT} at most`
}
