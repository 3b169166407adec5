// The CKA_ID of new keys: it follows from their plan, so that after a crash one can look whether they exist (design, part 4).
import { fromBase64url, hkdf, toHex, uuidBytes } from './encoding.ts'

/** Of the i-th new key of a plan, from 0: 16 bytes in hex. `nonce`: the plan's, base64url. */
export const newKeyId = (nonce: string, partition: string, i: number): string =>
  toHex(hkdf(fromBase64url(nonce), uuidBytes(partition), `keyrite/v1/id/${i}`, 16))
