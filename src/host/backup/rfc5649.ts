// Which mechanism of a token is AES key wrap with padding as RFC 5649 has it: names don't tell, the bytes do.
import { createCipheriv, randomBytes } from 'node:crypto'
import { isRefused } from '../native/ckr.ts'
import { CKM } from '../native/constants.ts'
import type { Native } from '../native/native.ts'
import type { ObjectHandle, Session } from '../native/values.ts'
import { Scratch } from '../probe/scratch.ts'

/** 0x210A is RFC 5649 on SoftHSM and another format on NSS; 0x210B is RFC 5649 where it exists. */
const CANDIDATES = [CKM.AES_KEY_WRAP_KWP, CKM.AES_KEY_WRAP_PAD]
const ALTERNATIVE_IV = Buffer.from('a65959a6', 'hex')

/** AES key wrap with padding (RFC 5649) by OpenSSL. */
export function wrapped(kek: Uint8Array, value: Uint8Array): Buffer {
  const cipher = createCipheriv('id-aes256-wrap-pad', kek, ALTERNATIVE_IV)
  return Buffer.concat([cipher.update(value), cipher.final()])
}

/** The wrapped key, or undefined where the module refuses. A call that fails otherwise tells nothing of the mechanism. */
function attempt(lib: Native, session: Session, mechanism: number, kek: ObjectHandle, key: ObjectHandle) {
  try {
    return lib.wrap(session, mechanism, kek, key)
  } catch (error) {
    if (isRefused(error)) return undefined
    throw error
  }
}

/** Wraps a known key with a known KEK and compares with node. An AES key: SoftHSM pads a PKCS#8 of its own accord. */
export function rfc5649(lib: Native, session: Session, mechanisms: ReadonlySet<number>): number | undefined {
  const candidates = CANDIDATES.filter((mechanism) => mechanisms.has(mechanism))
  if (candidates.length === 0) return undefined
  using scratch = new Scratch(lib, session)
  const [kekValue, value] = [randomBytes(32), randomBytes(32)]
  const kek = scratch.aesKey(kekValue, { WRAP: true })
  const key = scratch.aesKey(value, { EXTRACTABLE: true, SENSITIVE: false })
  const expected = wrapped(kekValue, value)
  return candidates.find((mechanism) => attempt(lib, session, mechanism, kek, key)?.equals(expected))
}
