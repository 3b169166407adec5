// TOKEN-AS-ASKED: what C_InitToken has erased is gone. Private objects show once the user is logged in: before a key of ours is let in.
import { deviceFailed } from '../domain/errors.ts'
import { escaped } from '../domain/names.ts'
import { counted } from '../domain/words.ts'
import type { UserSession } from '../hsm/port.ts'
import { nameOf } from './inventory.ts'

export async function checkEmpty(session: UserSession): Promise<void> {
  const { private: objects } = await session.scan()
  const [first] = objects
  if (first === undefined) return
  const what = `${counted(objects.length, 'private object')}, such as ${escaped(nameOf(first))}`
  throw deviceFailed('TOKEN-AS-ASKED', `C_InitToken: CKR_OK, but the token still holds ${what}`)
}
