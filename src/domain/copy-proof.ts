// By what a copy of a secret key is known again: a random block, and what the key itself made of it when it was delivered.
import * as v from 'valibot'
import { Base64url } from './shapes.ts'
import { WRAP_KINDS } from './wrap-kinds.ts'

/**
 * `aes-ecb`, `aes-cmac`, `hmac-sha256` and its like: the input is 16 bytes, of `tdes-ecb` 8, and the output what the key makes of them. A kind of wrapping: the input is the
 * value of an AES key that nobody uses, and the output that key, wrapped.
 */
const PROOFS = ['aes-ecb', 'tdes-ecb', 'aes-cmac', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512', ...WRAP_KINDS] as const

export const CopyProof = v.strictObject({ by: v.picklist(PROOFS), input: Base64url, output: Base64url })
export type CopyProof = v.InferOutput<typeof CopyProof>
