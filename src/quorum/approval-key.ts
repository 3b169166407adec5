// The Ed25519 key inside a share: its public half stands in the roster, its private half signs approvals.
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { concat, fromHex, hkdf } from '../domain/encoding.ts'
import type { Secret } from '../domain/secret.ts'

/** PKCS#8 of an Ed25519 private key (RFC 8410), up to the 32 bytes of the seed. */
const PKCS8_PREFIX = fromHex('302e020100300506032b657004220420')
const PUBLIC_BYTES = 32

/** The 32 bytes of the public key that belongs to a share's payload. */
export function approvalPublicKey(payload: Secret): Uint8Array {
  const spki = createPublicKey(approvalPrivateKey(payload)).export({ format: 'der', type: 'spki' })
  return Uint8Array.from(spki.subarray(-PUBLIC_BYTES))
}

export const approvalSignature = (payload: Secret, message: Uint8Array): Uint8Array =>
  Uint8Array.from(sign(null, message, approvalPrivateKey(payload)))

// Made anew for each use: a KeyObject can't be wiped, so none is kept.
function approvalPrivateKey(payload: Secret): KeyObject {
  const seed = hkdf(payload.reveal(), new Uint8Array(0), 'keyrite/v1/approval', 32)
  const der = Buffer.from(concat(PKCS8_PREFIX, seed).buffer)
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } finally {
    der.fill(0)
    seed.fill(0)
  }
}
