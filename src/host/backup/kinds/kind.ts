// What a kind of wrapping is: the mechanisms that may be it on a token, and the same made by node, by which it is known.
import type { WrapKind } from '../../../domain/wrap-kinds.ts'

export interface Kind {
  readonly name: WrapKind
  /** Names don't tell what a mechanism is, the bytes do. The likeliest first. */
  readonly mechanisms: readonly number[]
  /** Bytes of the mechanism's parameter, which stand before what it wrapped. */
  readonly ivLength: number
  /** The length of the blob of a secret key of whole blocks. */
  blobLength(key: number): number
  /** Made by node. `iv`: of `ivLength` bytes. */
  wrapped(kek: Uint8Array, value: Uint8Array, iv: Uint8Array): Buffer
  /** The same back: a key in the clear, for whoever wipes it. */
  opened(kek: Uint8Array, blob: Uint8Array, iv: Uint8Array): Buffer
}

interface Cipher {
  update(data: Uint8Array): Buffer
  final(): Buffer
}

/** Nothing but the result stays in memory. */
export function through(cipher: Cipher, data: Uint8Array): Buffer {
  const parts = [cipher.update(data), cipher.final()]
  try {
    return Buffer.concat(parts)
  } finally {
    for (const part of parts) part.fill(0)
  }
}
