// ECDH of a private key on a token with a point from outside: what they agree on, read from an object of the session.
import { CKA, CKK, CKM, CKO } from '../native/constants.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import { Scratch } from '../probe/scratch.ts'
import type { Place } from './key-index.ts'
import { flagsTemplate } from './templates.ts'

/** A secret that may be read: it is of a message, or a try, that was made just now. */
export const READABLE: Template = [
  [CKA.CLASS, CKO.SECRET_KEY],
  [CKA.KEY_TYPE, CKK.GENERIC_SECRET],
  ...flagsTemplate({ TOKEN: false, PRIVATE: true, SENSITIVE: false, EXTRACTABLE: true }),
]

/** pkcs11js's number for CK_ECDH1_DERIVE_PARAMS, and CKD_NULL. */
const [ECDH_PARAMS, NO_KDF] = [6, 1]

/** The x coordinate. `point`: uncompressed. */
export function agreedSecret(place: Place, key: ObjectHandle, point: Uint8Array, length: number): Buffer | undefined {
  const { lib, session } = place
  using scratch = new Scratch(lib, session)
  const parameter = { type: ECDH_PARAMS, kdf: NO_KDF, publicData: Buffer.from(point) }
  const template: Template = [...READABLE, [CKA.VALUE_LEN, length]]
  const object = scratch.keep(lib.derive(session, { mechanism: CKM.ECDH1_DERIVE, parameter }, key, template))
  return lib.read(session, object, [CKA.VALUE]).get(CKA.VALUE)
}
