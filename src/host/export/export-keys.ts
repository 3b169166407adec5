// Keys go out of the token under what the SO has made for them in this session.
import { deviceFailed } from '../../domain/errors.ts'
import { onlyKey } from '../keys/change-keys.ts'
import type { Throttle } from '../keys/pace.ts'
import { keysAmong, seenAmong } from '../keys/whole-keys.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { Carrier, User } from '../user.ts'

/** KEY-ABSENT, KEY-TWINS. The very objects that were proved. Of each key OAEP of it, or of the key between that is its own and then that key's wrap of it. */
export async function exportKeys(
  user: User,
  ids: readonly Uint8Array[],
  throttle: Throttle,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const { carrier } = user
  if (carrier === undefined || (carrier.between && carrier.between.keys.length < carrier.gone + ids.length))
    throw deviceFailed('NO-KEK', 'this session has nothing that a key could go out under')
  const index = await user.indexFor(ids, throttle)
  const blobs: Uint8Array<ArrayBuffer>[] = []
  for (const id of ids) {
    const { keyObject } = onlyKey(keysAmong(user, seenAmong(user, index.get(id))), id)
    blobs.push(wrapped(user, carrier, carrier.gone++, keyObject.object))
    await throttle.step(blobs.length)
  }
  return blobs
}

function wrapped({ lib, session }: User, carrier: Carrier, i: number, key: ObjectHandle): Uint8Array<ArrayBuffer> {
  const { oaep, wrapping, between } = carrier
  if (between === undefined) return Uint8Array.from(lib.wrap(session, oaep, wrapping, key))
  const own = between.keys[i]!
  const sealed = own.sealed ?? lib.wrap(session, oaep, wrapping, own.key)
  return Uint8Array.from(Buffer.concat([sealed, lib.wrap(session, between.kwp, own.key, key)]))
}
