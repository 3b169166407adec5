// The public key that a key goes out under, as whoever takes the key gives it: DER, PEM, or the JSON of a cloud's own tool, and what that says besides.
import { X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import type { Destination } from './destinations.ts'
import { textIn } from './encoding.ts'
import { quoted } from './names.ts'
import { checkPlainlyWritten, fromDer, fromJwk, fromPem, Jwk, type JwkFacts, noKey } from './public-key-file.ts'
import { isSoundKey, publicKeyOrNone } from './public-keys.ts'
import { parseWritten } from './written.ts'

export interface WrappingKeyFile extends JwkFacts {
  /** Whose JSON it is. */
  of?: Destination
  method?: string
}

/** WRAPPING-KEY: the file holds one public key, whole, and written as tokens write it. `path`: for people. */
export function readPublicKeyFile(bytes: Uint8Array, path: string): WrappingKeyFile {
  const key = readWrittenKey(bytes, path)
  checkPlainlyWritten(key.spki, path)
  return key
}

/** WRAPPING-KEY: however it is written. */
export function readWrittenKey(bytes: Uint8Array, path: string): WrappingKeyFile {
  const text = textIn(bytes)
  if (text?.trimStart().startsWith('{')) return fromJson(text, path)
  if (text?.includes('-----BEGIN')) return fromPem(text, path)
  const certificate = certificateIn(bytes)
  return certificate === undefined ? { spki: fromDer(bytes, path) } : fromPem(certificate, path)
}

/** As PEM, of DER with nothing behind it. */
function certificateIn(bytes: Uint8Array): string | undefined {
  try {
    const certificate = new X509Certificate(bytes)
    return certificate.raw.length === bytes.length ? certificate.toString() : undefined
  } catch {
    return undefined
  }
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
  protectionLevel: v.nullish(v.string()),
  expireTime: v.optional(v.string()),
  publicKey: v.object({ pem: v.string() }),
})
const Moment = v.nullish(v.union([v.string(), v.number()]))
const Azure = v.object({
  attributes: v.nullish(
    v.object({ enabled: v.nullish(v.boolean()), expires: Moment, exp: Moment, notBefore: Moment, nbf: Moment }),
  ),
  key: Jwk,
})
const Vault = v.object({ data: v.object({ public_key: v.string() }) })
const Oci = v.object({ data: v.object({ 'public-key': v.string(), 'lifecycle-state': v.nullish(v.string()) }) })
const Pem = v.object({ pem: v.string() })
const JwkSet = v.object({ keys: v.array(v.unknown()) })

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
  if (v.is(Vault, value)) return { of: 'vault', ...fromPem(value.data.public_key, path) }
  if (v.is(Oci, value)) return fromOci(value, path)
  if (v.is(Pem, value)) return fromPem(value.pem, path)
  // What the command line of Azure says of a key alone.
  if (v.is(Jwk, value)) return value.keyOps ? fromAzure({ key: value }, path) : fromJwk(value, path)
  if (v.is(JwkSet, value)) throw noKey(path, 'is a set of JWKs: put the one that is meant into a file of its own')
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

function fromGoogle(
  { name, importMethod, state, protectionLevel: level, expireTime, publicKey: { pem } }: v.InferOutput<typeof Google>,
  path: string,
): WrappingKeyFile {
  return {
    of: 'google',
    kid: name,
    method: importMethod,
    ...fromPem(pem, path),
    ...(state === 'ACTIVE' ? {} : { unfit: `its state is ${quoted(state)}` }),
    ...(level == null || level.startsWith('HSM') ? {} : { software: `its protection level is ${quoted(level)}` }),
    ...until(expireTime, path),
  }
}

function fromOci({ data }: v.InferOutput<typeof Oci>, path: string): WrappingKeyFile {
  const state = data['lifecycle-state']
  const unfit = state == null || state === 'ENABLED' ? {} : { unfit: `its state is ${quoted(state)}` }
  return { of: 'oci', ...fromPem(data['public-key'], path), ...unfit }
}

function fromAzure({ attributes, key }: v.InferOutput<typeof Azure>, path: string): WrappingKeyFile {
  return {
    of: 'azure',
    ...fromJwk(key, path),
    ...(key.kty.endsWith('-HSM') ? {} : { software: `its type is ${quoted(key.kty)}` }),
    ...(attributes?.enabled === false ? { unfit: 'it is disabled' } : {}),
    ...until(attributes?.expires ?? attributes?.exp, path),
    ...from(attributes?.notBefore ?? attributes?.nbf, path),
  }
}

type Told = string | number | null | undefined
const until = (told: Told, path: string) => (told == null ? {} : { until: timeOf(told, path) })
const from = (told: Told, path: string) => (told == null ? {} : { from: timeOf(told, path) })

/** Seconds since 1970, or as people write it. */
function timeOf(told: string | number, path: string): string {
  const time = new Date(typeof told === 'number' ? told * 1000 : told)
  // A year of five digits is a time in milliseconds, and would be compared as a text.
  if (Number.isNaN(time.getTime()) || !/^\d{4}-/.test(time.toISOString()))
    throw noKey(path, `names a time that is none: ${quoted(String(told))}`)
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
