// What a module that was killed while it made an object left of it. It has no name yet, and so is nobody's.
import { CKA, FLAG } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'
import type { Pace } from './pace.ts'

const NAMES = [CKA.LABEL, CKA.ID, FLAG.TOKEN]

/** Names and the place on the token are written together, and last: an object of the token that has none of them was cut off before. */
function isHalfMade({ lib, session }: User, object: ObjectHandle): boolean {
  const seen = lib.read(session, object, NAMES)
  const isNamed = [CKA.LABEL, CKA.ID].some((name) => (seen.get(name)?.length ?? 0) > 0)
  return !isNamed && seen.get(FLAG.TOKEN)?.[0] !== 1
}

/** To be asked before this session has made objects of its own, a backup KEK excepted. Says how many went. */
export async function clearHalfMade(user: User, pace: Pace): Promise<number> {
  let gone = 0
  for (const object of user.lib.find(user.session, [])) {
    if (user.kek?.object.equals(object) || !isHalfMade(user, object)) continue
    user.lib.destroy(user.session, object)
    await pace.step(++gone)
  }
  return gone
}
