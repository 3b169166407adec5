// What a kind of wrapping is: the mechanisms that may be it on a token, and the same made by node, by which it is known.
import type { KeyType } from '../../../domain/keys.ts'
import type { WrapKind } from '../../../domain/wrap-kinds.ts'

export interface Kind {
  readonly name: WrapKind
  readonly inWords: string
  /** Names don't tell what a mechanism is, the bytes do. The likeliest first. */
  readonly mechanisms: readonly number[]
  /** Bytes of the mechanism's parameter, which stand before what it wrapped. */
  readonly ivLength: number
  takes(type: KeyType): boolean
  /** The length of the blob of a secret key of whole blocks. */
  blobLength(key: number): number
  /** Made by node. `iv`: of `ivLength` bytes. */
  wrapped(kek: Uint8Array, value: Uint8Array, iv: Uint8Array): Buffer
}
