// A public key as other programs take it: PEM and DER (RFC 5280), JWK (RFC 7517, 8037, 9964), or a line for OpenSSH (RFC 4253, 5656, 8709).
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { toBase64url, utf8 } from './encoding.ts'
import { refused } from './errors.ts'
import { mlDsaIn } from './ml-dsa.ts'
import { toPem } from './pem.ts'
import { publicKeyOf } from './public-keys.ts'

export const PUBLIC_FORMATS = ['pem', 'der', 'jwk', 'ssh'] as const
export type PublicFormat = (typeof PUBLIC_FORMATS)[number]

/** `spki`: DER. `comment`: a name for people, where the format has room for one. Text ends with LF. */
export function publicKeyIn(format: PublicFormat, spki: Uint8Array, comment: string): string | Uint8Array {
  const mlDsa = mlDsaIn(spki)
  if (mlDsa) return mlDsaKeyIn(format, spki, mlDsa, comment)
  const key = publicKeyOf(spki)
  switch (format) {
    case 'pem':
      return key.export({ format: 'pem', type: 'spki' }) as string
    case 'der':
      return spki
    case 'jwk':
      return `${JSON.stringify({ ...key.export({ format: 'jwk' }), kid: comment })}\n`
    case 'ssh':
      return `${sshLine(key)} ${comment}\n`
  }
}

/** By a node too that has no ML-DSA. KEY-PUBLIC: OpenSSH has no word for it. */
function mlDsaKeyIn(
  format: PublicFormat,
  spki: Uint8Array,
  { type, raw }: NonNullable<ReturnType<typeof mlDsaIn>>,
  comment: string,
): string | Uint8Array {
  switch (format) {
    case 'pem':
      return toPem('PUBLIC KEY', spki)
    case 'der':
      return spki
    case 'jwk':
      return `${JSON.stringify({ kty: 'AKP', alg: type.toUpperCase(), pub: toBase64url(raw), kid: comment })}\n`
    case 'ssh':
      throw refused('KEY-PUBLIC', `OpenSSH knows no keys of ${type}`, 'choose another: --format pem')
  }
}

function sshLine(key: KeyObject): string {
  const [name, ...fields] = sshFields(key.export({ format: 'jwk' }))
  return `${name} ${Buffer.concat([utf8(name), ...fields].map(asString)).toString('base64')}`
}

const CURVES: { readonly [crv: string]: string } = { 'P-256': 'nistp256', 'P-384': 'nistp384', 'P-521': 'nistp521' }

function sshFields({ kty, crv = '', e = '', n = '', x = '', y = '' }: JsonWebKey): [name: string, ...Uint8Array[]] {
  if (kty === 'RSA') return ['ssh-rsa', mpint(bytesOf(e)), mpint(bytesOf(n))]
  if (crv === 'Ed25519') return ['ssh-ed25519', bytesOf(x)]
  const curve = CURVES[crv]
  if (kty !== 'EC' || curve === undefined) throw new Error(`OpenSSH has no word for ${kty} ${crv}`)
  return [`ecdsa-sha2-${curve}`, utf8(curve), Buffer.concat([Uint8Array.of(4), bytesOf(x), bytesOf(y)])]
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'base64url')

/** RFC 4251: no leading zeros, but one where the first bit is set, for it would be a sign. JWK has no leading zeros. */
const mpint = (bytes: Uint8Array): Uint8Array => (bytes[0]! & 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes)

function asString(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
