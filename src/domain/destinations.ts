// Where keys go out to, wrapped: what each place takes, and by which of its own names for it.
import { keyrite, type Run } from './hints.ts'
import type { KeyType } from './keys.ts'

export const DESTINATIONS = ['aws', 'azure', 'google', 'vault', 'oci', 'rsa-aes', 'oaep', 'key-block'] as const
export type Destination = (typeof DESTINATIONS)[number]

/** What brings a version there. */
export const exporting = (name: string, place: Destination): Run => {
  const under = place === 'key-block' ? ['--under', 'NAME#V', '--accept', 'clear-on-host'] : ['--wrapping-key', 'FILE']
  return keyrite('key', 'export', name, '--for', place, ...under, '--out', 'FILE')
}

export const DESTINATION_NAMES: Record<Destination, string> = {
  aws: 'AWS KMS',
  azure: 'Azure Key Vault',
  google: 'Google Cloud KMS',
  vault: 'Vault transit',
  oci: 'OCI Vault',
  'rsa-aes': 'whoever has the private key',
  oaep: 'whoever has the private key',
  'key-block': 'whoever has the key that protects the block',
}

export type OaepHash = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/** `rsa-aes`: OAEP of a fresh AES-256 key, then AES key wrap with padding of the key under that. `oaep`: of the key itself. */
export interface ExportWay {
  scheme: 'rsa-aes' | 'oaep'
  hash: OaepHash
}

interface Method extends ExportWay {
  takes: RegExp
  /** Of the wrapping key, where it has to be just so long. */
  bits?: number
}

type Methods = { readonly [method: string]: Method }

const by = (scheme: Method['scheme'], hash: OaepHash, takes: RegExp, bits?: number): Method => ({
  scheme,
  hash,
  takes,
  ...(bits === undefined ? {} : { bits }),
})

/** Nobody says yet in which form they take a key of ML-DSA. */
const ANY = /^(?!ml-)/
const NO_DES = /^(?!tdes|ml-)/
const SECRET = /^(aes|hmac|tdes)-/
const PAIRS = /^(rsa|ec)-/
const CLOUD_AES_AND_PAIRS = /^(aes|rsa|ec)-/
const GOOGLE = /^(aes-(128|256)|hmac-.*|rsa-.*|ec-p(256|384))$/
const OF_32_BYTES = /^(aes-256|hmac-sha256)$/

const google = (bits: number): Methods => ({
  [`RSA_OAEP_${bits}_SHA256_AES_256`]: by('rsa-aes', 'sha256', GOOGLE, bits),
  [`RSA_OAEP_${bits}_SHA1_AES_256`]: by('rsa-aes', 'sha1', GOOGLE, bits),
  [`RSA_OAEP_${bits}_SHA256`]: by('oaep', 'sha256', OF_32_BYTES, bits),
})

const hashed = (scheme: Method['scheme'], takes: RegExp, spelled: (hash: OaepHash) => string, bits?: number): Methods =>
  Object.fromEntries(
    (['sha256', 'sha384', 'sha512', 'sha224', 'sha1'] as const).map((hash) => [
      spelled(hash),
      by(scheme, hash, takes, bits),
    ]),
  )

/** Of each place by preference. A pair never goes under RSA directly: tokens refuse that, and most of them have no room for it. */
const METHODS: Record<Destination, Methods> = {
  aws: {
    RSAES_OAEP_SHA_256: by('oaep', 'sha256', /^(aes-256|hmac-.*)$/),
    RSAES_OAEP_SHA_1: by('oaep', 'sha1', /^(aes-256|hmac-.*)$/),
    RSA_AES_KEY_WRAP_SHA_256: by('rsa-aes', 'sha256', PAIRS),
    RSA_AES_KEY_WRAP_SHA_1: by('rsa-aes', 'sha1', PAIRS),
  },
  azure: { RSA_AES_KEY_WRAP: by('rsa-aes', 'sha1', CLOUD_AES_AND_PAIRS) },
  google: { ...google(4096), ...google(3072) },
  vault: hashed('rsa-aes', NO_DES, (hash) => hash.toUpperCase(), 4096),
  oci: { RSA_OAEP_AES_SHA256: by('rsa-aes', 'sha256', CLOUD_AES_AND_PAIRS) },
  'rsa-aes': hashed('rsa-aes', ANY, (hash) => hash),
  oaep: hashed('oaep', SECRET, (hash) => hash),
  'key-block': {},
}

/** Of key blocks it is their version (ANSI X9.143). */
export const BLOCK_METHOD = 'D'

export const methodsOf = (destination: Destination): string[] =>
  destination === 'key-block' ? [BLOCK_METHOD] : Object.keys(METHODS[destination])

/** The way that a place calls so; undefined where it has none of that name. */
export const methodNamed = (destination: Destination, method: string): Method | undefined =>
  Object.entries(METHODS[destination] ?? {}).find(([name]) => name === method)?.[1]

/** Those that take keys of this type under a wrapping key of so many bits. */
export const methodsFor = (destination: Destination, type: KeyType, bits: number): string[] =>
  methodsOf(destination).filter((name) => {
    const method = methodNamed(destination, name)
    return method?.takes.test(type) && (method.bits ?? bits) === bits
  })

/** The most bytes that OAEP has room for (RFC 8017, 7.1.1). */
export const roomOf = (hash: OaepHash, bits: number): number => bits / 8 - 2 * HASH_BYTES[hash] - 2

const HASH_BYTES: Record<OaepHash, number> = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }

/** In words, for those who approve. */
export const wayInWords = ({ scheme, hash }: ExportWay): string => {
  const oaep = `RSA-OAEP with ${hash.toUpperCase().replace('SHA', 'SHA-')}`
  return scheme === 'oaep'
    ? oaep
    : `${oaep} of an AES-256 key made for this alone, then AES key wrap with padding (RFC 5649)`
}
