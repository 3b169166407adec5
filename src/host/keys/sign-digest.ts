// A signature over a digest that a plan names: the token pads it, and never sees what it is of.
import { notVerified } from '../../domain/errors.ts'
import type { Digest } from '../../domain/outward-plans.ts'
import { digestInfo, type SignatureScheme } from '../../domain/signing.ts'
import type { Challenged } from '../../hsm/port.ts'
import { CKM } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { Mechanism } from '../native/native.ts'
import { pssBy } from '../native/signatures.ts'
import type { User } from '../user.ts'
import { keyOf } from './change-keys.ts'
import type { Throttle } from './pace.ts'

/** What is handed to the token. FIPS 186-5, 6.4.1: of a digest that is longer than the order the leftmost bits count, and some tokens refuse the rest. */
function asked(
  type: Challenged['type'],
  scheme: SignatureScheme,
  digest: Digest,
): { how: Mechanism; data: Uint8Array; bytes?: number } {
  const value = Buffer.from(digest.value, 'hex')
  const { curve } = KINDS[type]
  if (scheme === 'ecdsa' && curve)
    return { how: { mechanism: CKM.ECDSA }, data: value.subarray(0, curve.size), bytes: curve.size * 2 }
  if (scheme === 'rsa-pkcs1') return { how: { mechanism: CKM.RSA_PKCS }, data: digestInfo(digest) }
  if (scheme === 'rsa-pss') return { how: pssBy(digest.hash, value.length), data: value }
  throw new TypeError(`${type} signs no digest by ${scheme}`)
}

/** KEY-USAGE: no use is lent to a key for what it does for others. */
export async function signDigest(
  user: User,
  { id, type }: Pick<Challenged, 'id' | 'type'>,
  scheme: SignatureScheme,
  digest: Digest,
  throttle: Throttle,
): Promise<Uint8Array> {
  const { keyObject } = await keyOf(user, id, throttle)
  if (!keyObject.attributes.SIGN) throw notVerified('KEY-USAGE', `${keyObject.label} may not sign on the token`)
  const { how, data, bytes } = asked(type, scheme, digest)
  return Uint8Array.from(user.lib.sign(user.session, how, keyObject.object, data, bytes))
}
