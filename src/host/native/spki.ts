// Public keys between two worlds: attributes of an object on the token, and SubjectPublicKeyInfo in DER.
import { createPublicKey } from 'node:crypto'
import type { KeyType } from '../../domain/keys.ts'
import { isMlDsa, mlDsaIn, mlDsaSpki } from '../../domain/ml-dsa.ts'
import type { PointForm } from '../../domain/profile.ts'
import { publicKeyOf } from '../../domain/public-keys.ts'
import { CKA } from './constants.ts'
import type { Curve } from './mechanisms.ts'
import { KINDS } from './mechanisms.ts'
import type { Template } from './values.ts'

type Seen = ReadonlyMap<number, Buffer>
type Jwk = { kty?: string; crv?: string; n?: string; e?: string; x?: string; y?: string }

/** From 128 bytes on the length takes a byte more: a point of P-521 has 133. */
const octetsHead = (length: number): Buffer => Buffer.from(length < 128 ? [0x04, length] : [0x04, 0x81, length])

/** CKA_EC_POINT is a DER OCTET STRING in the standard, and the bare point in some modules: the length tells. */
function barePoint(point: Buffer, curve: Curve): Buffer | undefined {
  const length = curve.jwk.kty === 'EC' ? 1 + 2 * curve.size : curve.size
  if (point.length === length) return point
  const head = octetsHead(length)
  return point.length === head.length + length && point.subarray(0, head.length).equals(head)
    ? point.subarray(head.length)
    : undefined
}

function curveJwk(seen: Seen, curve: Curve): Jwk | undefined {
  const point = barePoint(seen.get(CKA.EC_POINT) ?? seen.get(CKA.NSS_DB) ?? Buffer.alloc(0), curve)
  if (point === undefined) return undefined
  if (curve.jwk.kty === 'OKP') return { ...curve.jwk, x: point.toString('base64url') }
  const [x, y] = [point.subarray(1, 1 + curve.size), point.subarray(1 + curve.size)]
  return { ...curve.jwk, x: x.toString('base64url'), y: y.toString('base64url') }
}

function rsaJwk(seen: Seen): Jwk | undefined {
  const [n, e] = [seen.get(CKA.MODULUS), seen.get(CKA.PUBLIC_EXPONENT)]
  if (n === undefined || e === undefined) return undefined
  return { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') }
}

/** The SPKI of a public key's attributes; undefined when they are not all there or make no key. */
export function spkiOf(type: KeyType, seen: Seen): Uint8Array | undefined {
  if (isMlDsa(type)) return mlDsaSpki(type, seen.get(CKA.VALUE) ?? new Uint8Array())
  const { curve } = KINDS[type]
  const jwk = curve === undefined ? rsaJwk(seen) : curveJwk(seen, curve)
  if (jwk === undefined) return undefined
  try {
    const der = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })
    return Uint8Array.from(der)
  } catch {
    return undefined
  }
}

const decoded = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')
const octets = (bytes: Buffer): Buffer => Buffer.concat([octetsHead(bytes.length), bytes])

/** Undefined where the key is on no curve of Weierstrass. */
export function pointOf(type: KeyType, spki: Uint8Array): Buffer | undefined {
  const { curve } = KINDS[type]
  if (curve?.jwk.kty !== 'EC') return undefined
  const { x, y } = publicKeyOf(spki).export({ format: 'jwk' }) as Jwk
  return Buffer.concat([Buffer.from([0x04]), decoded(x), decoded(y)])
}

/** The attributes with which C_CreateObject makes this public key. */
export function publicTemplate(type: KeyType, spki: Uint8Array, form: PointForm): Template {
  if (isMlDsa(type)) return mlDsaTemplate(type, spki)
  const key = publicKeyOf(spki)
  const jwk = key.export({ format: 'jwk' }) as Jwk
  const { curve } = KINDS[type]
  if (curve === undefined)
    return [
      [CKA.MODULUS, decoded(jwk.n)],
      [CKA.PUBLIC_EXPONENT, decoded(jwk.e)],
    ]
  const isBare = form === 'bare' && curve.jwk.kty === 'OKP'
  const point = curve.jwk.kty === 'EC' ? [Buffer.from([0x04]), decoded(jwk.x), decoded(jwk.y)] : [decoded(jwk.x)]
  return [
    [CKA.EC_PARAMS, Buffer.from(curve.params[0]!, 'hex')],
    [CKA.EC_POINT, isBare ? Buffer.concat(point) : octets(Buffer.concat(point))],
  ]
}

function mlDsaTemplate(type: KeyType, spki: Uint8Array): Template {
  const found = mlDsaIn(spki)
  if (found?.type !== type) throw new TypeError(`no public key of ${type}`)
  return [
    [CKA.PARAMETER_SET, KINDS[type].parameterSet!],
    [CKA.VALUE, Buffer.from(found.raw)],
  ]
}
