// AES-CMAC of several messages by one key on the token: by it keys are derived that the token has no word for.
import { deviceFailed } from '../../domain/errors.ts'
import { CKM } from '../native/constants.ts'
import type { User } from '../user.ts'
import { keyOf } from './change-keys.ts'
import type { Throttle } from './pace.ts'
import { withFlag } from './prove-keys.ts'

const LENGTH = 16

/** MECHANISM, KEY-ABSENT, KEY-TWINS. */
export async function cmacs(
  user: User,
  id: Uint8Array,
  messages: readonly Uint8Array[],
  throttle: Throttle,
): Promise<Uint8Array[]> {
  if (!user.mechanisms.has(CKM.AES_CMAC))
    throw deviceFailed('MECHANISM', 'the token has no AES-CMAC, by which the keys of a key block are derived')
  const { keyObject } = await keyOf(user, id, throttle)
  const make = () =>
    messages.map((message) =>
      Uint8Array.from(user.lib.sign(user.session, { mechanism: CKM.AES_CMAC }, keyObject.object, message, LENGTH)),
    )
  return keyObject.attributes.SIGN ? make() : withFlag(user, keyObject, 'SIGN', make)
}
