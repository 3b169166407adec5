// Whether two keys on the token are one: what check values of 24 bits can't tell, a whole block that both encipher does.
import { isTdes } from '../../domain/keys.ts'
import { CKM } from '../native/constants.ts'
import type { User } from '../user.ts'
import type { KeySeen } from './objects.ts'
import type { Throttle } from './pace.ts'
import { withFlag } from './prove-keys.ts'
import { keysAmong, seenAmong } from './whole-keys.ts'

/** Two blocks of DES. */
const TEXT = Buffer.from('keyrite, are one')

/** Undefined where one of them is not there once, or is no DES key, or the token lets nobody see. */
export async function areOne(
  user: User,
  ids: readonly [Uint8Array, Uint8Array],
  throttle: Throttle,
): Promise<boolean | undefined> {
  if (!user.mechanisms.has(CKM.DES3_ECB)) return undefined
  const index = await user.indexFor(ids, throttle)
  const made = ids.map((id) => {
    const [key, ...others] = keysAmong(user, seenAmong(user, index.get(id)))
    return key && others.length === 0 ? enciphered(user, key.keyObject) : undefined
  })
  const [one, other] = made
  return one && other && one.equals(other)
}

function enciphered(user: User, key: KeySeen): Buffer | undefined {
  if (!isTdes(key.type)) return undefined
  const make = () => user.lib.encrypt(user.session, { mechanism: CKM.DES3_ECB }, key.object, TEXT)
  if (key.attributes.ENCRYPT) return make()
  return key.attributes.MODIFIABLE === false ? undefined : withFlag(user, key, 'ENCRYPT', make)
}
