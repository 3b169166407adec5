// One key goes out of the token under what the SO has made for it in this session.
import { deviceFailed } from '../../domain/errors.ts'
import { keyOf } from '../keys/change-keys.ts'
import type { Throttle } from '../keys/pace.ts'
import type { User } from '../user.ts'

/** KEY-ABSENT, KEY-TWINS. OAEP of the key, or of the key between and then that key's wrap of it. */
export async function exportKey(user: User, id: Uint8Array, throttle: Throttle): Promise<Uint8Array> {
  const { lib, session, carrier } = user
  if (carrier === undefined) throw deviceFailed('NO-KEK', 'this session has nothing that a key could go out under')
  const { keyObject } = await keyOf(user, id, throttle)
  const { between, oaep, wrapping } = carrier
  if (between === undefined) return Uint8Array.from(lib.wrap(session, oaep, wrapping, keyObject.object))
  const sealed = between.sealed ?? lib.wrap(session, oaep, wrapping, between.key)
  return Uint8Array.from(Buffer.concat([sealed, lib.wrap(session, between.kwp, between.key, keyObject.object)]))
}
