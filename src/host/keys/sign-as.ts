// A signature of one private key over what a plan says: of a pair that may not sign it is the proof that the key is at hand.
import { notVerified } from '../../domain/errors.ts'
import type { Challenged } from '../../hsm/port.ts'
import { isValid, schemeOf, sign } from '../native/signatures.ts'
import type { User } from '../user.ts'
import { keyOf } from './change-keys.ts'
import type { Throttle } from './pace.ts'
import { withFlag } from './prove-keys.ts'

/** KEY-ANSWERS: nothing is given that the public key of the ledger does not verify. */
export async function signAs(
  user: User,
  { id, spki, type }: Challenged,
  data: Uint8Array,
  throttle: Throttle,
): Promise<Uint8Array> {
  const { keyObject } = await keyOf(user, id, throttle)
  const scheme = schemeOf(type)
  const make = () => sign(user.lib, user.session, keyObject.object, scheme, data)
  const signature = keyObject.attributes.SIGN ? make() : withFlag(user, keyObject, 'SIGN', make)
  if (isValid(spki, scheme, data, signature)) return signature
  throw notVerified('KEY-ANSWERS', `the private key of ${keyObject.label} does not belong to its public key`)
}
