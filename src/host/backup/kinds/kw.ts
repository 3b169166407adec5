// AES key wrap (KW, RFC 3394): for secret keys, which are whole blocks of 8 bytes.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { CKM } from '../../native/constants.ts'
import { type Kind, through } from './kind.ts'

const INITIAL_VALUE = Buffer.alloc(8, 0xa6)

export const kw: Kind = {
  name: 'kw',
  mechanisms: [CKM.AES_KEY_WRAP],
  ivLength: 0,
  blobLength: (key) => key + 8,
  wrapped: (kek, value) => through(createCipheriv('id-aes256-wrap', kek, INITIAL_VALUE), value),
  opened: (kek, blob) => through(createDecipheriv('id-aes256-wrap', kek, INITIAL_VALUE), blob),
}
