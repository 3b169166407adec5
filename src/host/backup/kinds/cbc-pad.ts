// AES-CBC with PKCS#7 padding, under a random IV: the least that nearly every token can. It proves nothing of what it
// wraps, so that a blob is opened only once the signature of its backup was checked.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { CKM } from '../../native/constants.ts'
import { type Kind, through } from './kind.ts'

const BLOCK = 16

export const cbcPad: Kind = {
  name: 'cbc-pad',
  mechanisms: [CKM.AES_CBC_PAD],
  ivLength: BLOCK,
  blobLength: (key) => BLOCK + key - (key % BLOCK) + BLOCK,
  wrapped: (kek, value, iv) => through(createCipheriv('aes-256-cbc', kek, iv), value),
  opened: (kek, blob, iv) => through(createDecipheriv('aes-256-cbc', kek, iv), blob),
}
