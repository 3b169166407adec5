// Whether one signature is right, by a key that is known to be sound.
import { type KeyObject, verify } from 'node:crypto'
import type { Alg } from '../domain/shapes.ts'

const RSA_PKCS1_PSS_PADDING = 6

/** ES256 is r‖s; PS256 has a salt of 32 bytes. */
export function isRight(alg: Alg, key: KeyObject, message: Uint8Array, value: Uint8Array): boolean {
  if (alg === 'EdDSA') return verify(null, message, key, value)
  if (alg === 'ES256') return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, value)
  return verify('sha256', message, { key, padding: RSA_PKCS1_PSS_PADDING, saltLength: 32 }, value)
}
