// AES key wrap with padding (KWP, RFC 5649): for every key, and deterministic.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { CKM } from '../../native/constants.ts'
import { type Kind, through } from './kind.ts'

const ALTERNATIVE_IV = Buffer.from('a65959a6', 'hex')

export const kwp: Kind = {
  name: 'kwp',
  // 0x210B is RFC 5649 where it exists; 0x210A is it on SoftHSM, and another format on NSS.
  mechanisms: [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD],
  ivLength: 0,
  blobLength: (key) => key + 8,
  wrapped: (kek, value) => through(createCipheriv('id-aes256-wrap-pad', kek, ALTERNATIVE_IV), value),
  opened: (kek, blob) => through(createDecipheriv('id-aes256-wrap-pad', kek, ALTERNATIVE_IV), blob),
}
