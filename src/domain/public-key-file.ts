// One public key, whole, of a file: DER (RFC 5280), PEM, a certificate or a JWK (RFC 7517, RFC 7518), and what that says of its use.
import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import type { OaepHash } from './destinations.ts'
import { refused } from './errors.ts'
import { type Hint, sh, to } from './hints.ts'
import { quoted } from './names.ts'
import { isPlainlyWritten, plainSpki, publicKeyOf } from './public-keys.ts'

const AS_IT_CAME = 'take the public key as DER or PEM, or the JSON of its tool as it came'

/** WRAPPING-KEY. `path`: for people. */
export const noKey = (path: string, why: string, hint: Hint = AS_IT_CAME) =>
  refused('WRAPPING-KEY', `${quoted(path)} ${why}`, hint)

const spkiOf = (key: KeyObject): Uint8Array => Uint8Array.from(key.export({ format: 'der', type: 'spki' }))

/** WRAPPING-KEY. */
export function checkPlainlyWritten(spki: Uint8Array, path: string): void {
  if (isPlainlyWritten(publicKeyOf(spki))) return
  throw noKey(
    path,
    'has a key of EC whose curve is spelled out, or whose point is not whole: people would compare another hash',
    writtenAnew(path),
  )
}

export const writtenAnew = (path: string) =>
  to('write it anew', sh('openssl', 'ec', '-pubin', '-in', path, ...PLAINLY, '-pubout', '-out', 'key.pem'))
const PLAINLY = ['-param_enc', 'named_curve', '-conv_form', 'uncompressed']

/** Written before anything else is asked of it: of the point at infinity that throws, and other questions end node. */
function tried(path: string, make: () => KeyObject): Uint8Array {
  try {
    return spkiOf(make())
  } catch {
    throw noKey(path, 'holds no public key, or not all of it')
  }
}

const PRIVATE = 'is a private key, which nobody should have sent'

/** WRAPPING-KEY. Of a certificate also what it says. */
export function fromPem(text: string, path: string): PublicKeyFacts {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text)) throw noKey(path, PRIVATE)
  // Node reads one of them, and people might compare another.
  if (text.split('-----BEGIN ').length > 2) throw noKey(path, 'holds more than one key')
  const spki = tried(path, () => createPublicKey(text))
  // A certificate is read by more labels than one.
  return /-----BEGIN (RSA )?PUBLIC KEY-----/.test(text) ? { spki } : certified(text, path)
}

/** `source`: PEM or DER. */
function certified(source: string | Uint8Array, path: string): PublicKeyFacts {
  try {
    const { publicKey, validFrom, validTo, raw } = new X509Certificate(source)
    const [from, until] = [validFrom, validTo].map((time) => new Date(time).toISOString()) as [string, string]
    return { spki: spkiOf(publicKey), from, until, certificate: Uint8Array.from(raw) }
  } catch {
    throw noKey(path, 'holds no public key, or not all of it')
  }
}

interface PublicKeyFacts {
  spki: Uint8Array
  /** From and until when it may be used, as times of ours. */
  from?: string
  until?: string
  /** The one that it comes in, DER. */
  certificate?: Uint8Array
}

/** What stands behind it, or another spelling of it, would have another hash than what people compare. */
export function fromDer(bytes: Uint8Array, path: string): Uint8Array {
  const spki = tried(path, () => publicKeyOf(bytes))
  if (Buffer.compare(spki, bytes) !== 0) throw noKey(path, 'is not the DER of a public key alone')
  return spki
}

const Word = v.nullish(v.string())
const Words = v.nullish(v.array(v.string()))
const Never = v.nullish(v.unknown())

/** With the members of the command line of Azure, which writes null for what is not there; others' files have more than are read here. */
export const Jwk = v.object({
  kty: v.string(),
  kid: Word,
  use: Word,
  alg: Word,
  key_ops: Words,
  keyOps: Words,
  x5c: Words,
  n: Word,
  e: Word,
  crv: Word,
  x: Word,
  y: Word,
  pub: Word,
  d: Never,
  p: Never,
  q: Never,
  dp: Never,
  dq: Never,
  qi: Never,
  oth: Never,
  k: Never,
  priv: Never,
})
type Jwk = v.InferOutput<typeof Jwk>

const NUMBERS = ['n', 'e', 'x', 'y', 'pub'] as const
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const

export interface JwkFacts extends PublicKeyFacts {
  kid?: string
  /** What the key may do where its private half is. */
  keyOps?: string[]
  /** The hash of the OAEP that it is for. */
  hash?: OaepHash
  /** Why nothing can go out under it. */
  unfit?: string
  /** What its cloud says of it that it would not of a key in an HSM. */
  software?: string
}

export function fromJwk(key: Jwk, path: string): JwkFacts {
  if (PRIVATE_MEMBERS.some((name) => key[name] != null)) throw noKey(path, PRIVATE)
  const bent = NUMBERS.find((name) => key[name] != null && !isBase64(key[name]))
  if (bent) throw noKey(path, `is a JWK whose ${bent} is not base64url`)
  const { kid, x5c } = key
  const keyOps = key.keyOps ?? key.key_ops
  const spki = tried(path, () => createPublicKey({ key: publicHalf(key), format: 'jwk' }))
  // RFC 7517, 4.7: it must be the same, and people might compare the one with the other.
  const certificate = x5c?.[0] === undefined ? undefined : certified(Buffer.from(x5c[0], 'base64'), path)
  if (certificate && Buffer.compare(plainSpki(certificate.spki), spki) !== 0)
    throw noKey(path, 'is a JWK with a certificate of another key')
  return { ...certificate, spki, ...(kid ? { kid } : {}), ...(keyOps ? { keyOps } : {}), ...useOf(key) }
}

/** `-HSM` behind the type says where the private half lies. The command line of Azure writes the numbers in base64, its interface in base64url. */
function publicHalf({ kty, crv, alg, ...key }: Jwk): JsonWebKey {
  const numbers = NUMBERS.flatMap((name) => (key[name] ? [[name, urlSafe(key[name])]] : []))
  return {
    kty: kty.replace(/-HSM$/, ''),
    ...(crv ? { crv } : {}),
    ...(kty === 'AKP' && alg ? { alg } : {}),
    ...Object.fromEntries(numbers),
  }
}

const urlSafe = (text: string): string => Buffer.from(text, 'base64').toString('base64url')
const isBase64 = (text: string): boolean =>
  urlSafe(text) === text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')

/** RFC 7518, 4.1, and those that were registered after it. */
const OAEP: { readonly [alg: string]: OaepHash } = {
  'RSA-OAEP': 'sha1',
  'RSA-OAEP-256': 'sha256',
  'RSA-OAEP-384': 'sha384',
  'RSA-OAEP-512': 'sha512',
}

function useOf({ use, alg }: Jwk): Pick<JwkFacts, 'hash' | 'unfit'> {
  if (use != null && use !== 'enc') return { unfit: `its use is ${quoted(use)}` }
  if (alg == null) return {}
  return OAEP[alg] === undefined ? { unfit: `its alg is ${quoted(alg)}` } : { hash: OAEP[alg] }
}
