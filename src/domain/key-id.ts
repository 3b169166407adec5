// The CKA_ID of new keys: it follows from their plan, so that after a crash one can look whether they exist.
import { fromBase64url, Hkdf, toHex, uuidBytes } from './encoding.ts'

let last = { nonce: '', partition: '', from: undefined as Hkdf | undefined, ids: [] as string[] }

/**
 * Of the i-th new key of a plan, from 0: 16 bytes in hex. `nonce`: the plan's, base64url. The ids of one plan are kept: when its intent is
 * recorded, the ledger asks for all of them again.
 */
export function newKeyId(nonce: string, partition: string, i: number): string {
  if (last.nonce !== nonce || last.partition !== partition) last = { nonce, partition, from: undefined, ids: [] }
  last.from ??= new Hkdf(fromBase64url(nonce), uuidBytes(partition))
  last.ids[i] ??= toHex(last.from.expand(`keyrite/v1/id/${i}`, 16))
  return last.ids[i]
}
