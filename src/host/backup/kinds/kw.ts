// AES key wrap (KW, RFC 3394): for secret keys, which are whole blocks of 8 bytes. What a PKCS#8 that is not would become is each module's own idea.
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { classOf } from '../../../domain/keys.ts'
import { CKM } from '../../native/constants.ts'
import { type Kind, through } from './kind.ts'

const INITIAL_VALUE = Buffer.alloc(8, 0xa6)

export const kw: Kind = {
  name: 'kw',
  inWords: 'AES key wrap (RFC 3394)',
  mechanisms: [CKM.AES_KEY_WRAP],
  ivLength: 0,
  takes: (type) => classOf(type) === 'secret',
  blobLength: (key) => key + 8,
  wrapped: (kek, value) => through(createCipheriv('id-aes256-wrap', kek, INITIAL_VALUE), value),
  opened: (kek, blob) => through(createDecipheriv('id-aes256-wrap', kek, INITIAL_VALUE), blob),
}
