// The public key that a key goes out under, as whoever takes the key gives it: DER, PEM, or the JSON of a cloud's own tool, and what that says besides.
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import * as v from 'valibot'
import type { Destination } from './destinations.ts'
import { fromUtf8 } from './encoding.ts'
import { refused } from './errors.ts'
import { quoted } from './names.ts'
import { isSoundKey, publicKeyOf, publicKeyOrNone } from './public-keys.ts'
import { parseWritten } from './written.ts'

export interface WrappingKeyFile {
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array
  /** Whose JSON it is. */
  of?: Destination
  kid?: string
  method?: string
  /** What the key may do there. */
  keyOps?: string[]
  /** Until and from when it may be used, as times of ours. */
  until?: string
  from?: string
  /** Why it can't be used, in the words of its tool. */
  unfit?: string
}

/** WRAPPING-KEY: the file holds one public key, whole. `path`: for people. */
export function readPublicKeyFile(bytes: Uint8Array, path: string): WrappingKeyFile {
  const text = textOf(bytes)
  if (text?.trimStart().startsWith('{')) return fromJson(text, path)
  return { spki: text?.includes('-----BEGIN') ? fromPem(text, path) : fromDer(bytes, path) }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8(bytes)
  } catch {
    return undefined
  }
}

const noKey = (path: string, why: string) =>
  refused(
    'WRAPPING-KEY',
    `${quoted(path)} ${why}`,
    'take the public key as DER or PEM, or the JSON of its tool as it came',
  )

const spkiOf = (key: KeyObject): Uint8Array => Uint8Array.from(key.export({ format: 'der', type: 'spki' }))

function tried(path: string, make: () => KeyObject): Uint8Array {
  try {
    return spkiOf(make())
  } catch {
    throw noKey(path, 'holds no public key, or not all of it')
  }
}

const PRIVATE = 'is a private key, which nobody should have sent'

function fromPem(text: string, path: string): Uint8Array {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) throw noKey(path, PRIVATE)
  // Node reads the first alone, and people might compare another.
  if (text.split(/-----BEGIN [A-Z ]*PUBLIC KEY-----/).length > 2) throw noKey(path, 'holds more than one key')
  return tried(path, () => createPublicKey(text))
}

/** What stands behind it, or another spelling of it, would have another hash than what people compare. */
function fromDer(bytes: Uint8Array, path: string): Uint8Array {
  const spki = tried(path, () => publicKeyOf(bytes))
  if (Buffer.compare(spki, bytes) !== 0) throw noKey(path, 'is not the DER of a public key alone')
  return spki
}

/** Others' files have more members than are read here. */
const Aws = v.object({
  PublicKey: v.string(),
  KeyId: v.string(),
  ParametersValidTo: v.optional(v.union([v.string(), v.number()])),
})
const Google = v.object({
  name: v.string(),
  importMethod: v.string(),
  state: v.string(),
  expireTime: v.optional(v.string()),
  publicKey: v.object({ pem: v.string() }),
})
const Moment = v.nullish(v.union([v.string(), v.number()]))
const Azure = v.object({
  attributes: v.nullish(
    v.object({ enabled: v.nullish(v.boolean()), expires: Moment, exp: Moment, notBefore: Moment, nbf: Moment }),
  ),
  key: v.object({
    kid: v.nullish(v.string()),
    kty: v.string(),
    n: v.nullish(v.string()),
    e: v.nullish(v.string()),
    crv: v.nullish(v.string()),
    x: v.nullish(v.string()),
    y: v.nullish(v.string()),
    keyOps: v.nullish(v.array(v.string())),
    key_ops: v.nullish(v.array(v.string())),
  }),
})
const Vault = v.object({ data: v.object({ public_key: v.string() }) })
const Oci = v.object({ data: v.object({ 'public-key': v.string() }) })
const Pem = v.object({ pem: v.string() })
const Jwk = v.object({ kty: v.string() })

function fromJson(text: string, path: string): WrappingKeyFile {
  const value = parsed(text, path)
  if (v.is(Aws, value))
    return {
      of: 'aws',
      kid: value.KeyId,
      spki: fromDer(Buffer.from(value.PublicKey, 'base64'), path),
      ...until(value.ParametersValidTo, path),
    }
  if (v.is(Google, value)) return fromGoogle(value, path)
  if (v.is(Azure, value)) return fromAzure(value, path)
  if (v.is(Vault, value)) return { of: 'vault', spki: fromPem(value.data.public_key, path) }
  if (v.is(Oci, value)) return { of: 'oci', spki: fromPem(value.data['public-key'], path) }
  if (v.is(Pem, value)) return { spki: fromPem(value.pem, path) }
  if (v.is(Jwk, value)) return { spki: fromJwk(value as JsonWebKey, path) }
  throw noKey(path, 'is JSON, and none that a public key comes in')
}

/** A member that stands twice is one key for us, and may be another for whoever looks at the file. */
function parsed(text: string, path: string): unknown {
  try {
    return parseWritten(text)
  } catch {
    throw noKey(path, 'begins as JSON, and is none, or has a member twice')
  }
}

/** `-HSM` behind the type says where the private half lies. */
function fromJwk(key: JsonWebKey, path: string): Uint8Array {
  if (key.d !== undefined) throw noKey(path, PRIVATE)
  return tried(path, () => createPublicKey({ key: { ...key, kty: key.kty!.replace(/-HSM$/, '') }, format: 'jwk' }))
}

function fromGoogle(
  { name, importMethod, state, expireTime, publicKey: { pem } }: v.InferOutput<typeof Google>,
  path: string,
): WrappingKeyFile {
  return {
    of: 'google',
    kid: name,
    method: importMethod,
    spki: fromPem(pem, path),
    ...(state === 'ACTIVE' ? {} : { unfit: `its state is ${quoted(state)}` }),
    ...until(expireTime, path),
  }
}

function fromAzure({ attributes, key }: v.InferOutput<typeof Azure>, path: string): WrappingKeyFile {
  const { kty, n, e, crv, x, y, kid } = key
  const parts = { n, e, crv, x, y }
  // Its command line writes the numbers in base64, its interface in base64url.
  const members = Object.entries(parts).flatMap(([name, value]) =>
    value ? [[name, name === 'crv' ? value : urlSafe(value)]] : [],
  )
  const keyOps = key.keyOps ?? key.key_ops
  return {
    of: 'azure',
    spki: fromJwk({ kty, ...Object.fromEntries(members) }, path),
    ...(kid ? { kid } : {}),
    ...(keyOps ? { keyOps } : {}),
    ...(attributes?.enabled === false ? { unfit: 'it is disabled' } : {}),
    ...until(attributes?.expires ?? attributes?.exp, path),
    ...from(attributes?.notBefore ?? attributes?.nbf, path),
  }
}

const urlSafe = (text: string): string => Buffer.from(text, 'base64').toString('base64url')

type Told = string | number | null | undefined
const until = (told: Told, path: string) => (told == null ? {} : { until: timeOf(told, path) })
const from = (told: Told, path: string) => (told == null ? {} : { from: timeOf(told, path) })

/** Seconds since 1970, or as people write it. */
function timeOf(told: string | number, path: string): string {
  const time = new Date(typeof told === 'number' ? told * 1000 : told)
  if (Number.isNaN(time.getTime())) throw noKey(path, `names a time that is none: ${quoted(String(told))}`)
  return time.toISOString()
}

/** Of the modulus; undefined of a key that nothing should go out under: RSA of 2048 bits at least, with an exponent of 65537 at least. */
export function soundBits(spki: Uint8Array): number | undefined {
  const key = publicKeyOrNone(spki)
  if (!key || !isSoundKey('PS256', key, spki)) return undefined
  const isOdd = Buffer.from(key.export({ format: 'jwk' }).n!, 'base64url').at(-1)! % 2 === 1
  return isOdd ? key.asymmetricKeyDetails!.modulusLength : undefined
}

/** What it is, for whom it was refused. */
export function keyInWords(spki: Uint8Array): string {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: { modulusLength, publicExponent } = {} } =
    publicKeyOrNone(spki) ?? {}
  return kind === 'rsa' ? `RSA-${modulusLength} with the exponent ${publicExponent}` : `a key of type ${kind}`
}
