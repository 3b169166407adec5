// The CKA_ID of new keys: it follows from their plan, so that after a crash one can look whether they exist.
import { fromBase64url, hkdf, toHex, uuidBytes } from './encoding.ts'

let last = { nonce: '', partition: '', ids: [] as string[] }

/**
 * Of the i-th new key of a plan, from 0: 16 bytes in hex. `nonce`: the plan's, base64url. The ids of one plan are kept: when its intent is
 * recorded, the ledger asks for all of them again.
 */
export function newKeyId(nonce: string, partition: string, i: number): string {
  if (last.nonce !== nonce || last.partition !== partition) last = { nonce, partition, ids: [] }
  last.ids[i] ??= toHex(hkdf(fromBase64url(nonce), uuidBytes(partition), `keyrite/v1/id/${i}`, 16))
  return last.ids[i]
}
