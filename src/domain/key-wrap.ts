// AES-256 key wrap with padding (KWP, RFC 5649): how one secret travels under another.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { concat, fromHex } from './encoding.ts'

const ALGORITHM = 'id-aes256-wrap-pad'
/** The alternative initial value that RFC 5649 fixes. */
const INITIAL_VALUE = fromHex('a65959a6')

export function wrapBytes(kek: Uint8Array, data: Uint8Array): Uint8Array {
  const cipher = createCipheriv(ALGORITHM, kek, INITIAL_VALUE)
  return concat(cipher.update(data), cipher.final())
}

/** Throws when the blob was not made with this KEK, or was changed. */
export function unwrapBytes(kek: Uint8Array, blob: Uint8Array): Uint8Array {
  // OpenSSL "unwraps" nothing at all to nothing, without an error.
  if (blob.length < 16) throw new Error('too short for a wrapped key')
  const decipher = createDecipheriv(ALGORITHM, kek, INITIAL_VALUE)
  return concat(decipher.update(blob), decipher.final())
}
