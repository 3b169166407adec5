// Public halves on a token that lets anyone exchange them: what a pair is its private half says, which tells its public key too. They lie there for whoever uses the key.
import type { Flags } from '../../domain/keys.ts'
import { createPublicHalf } from '../backup/public-half.ts'
import { CKA, CKO, FLAG } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'
import { destroyObject } from './destroy.ts'
import type { Place } from './key-index.ts'
import { isWhole, type KeySeen, lookAt } from './objects.ts'

/** All of an id, whoever put them there; none where public halves are private objects. */
const openHalves = ({ lib, session }: Place, id: Uint8Array): ObjectHandle[] =>
  lib.has('open-to-all') && id.length > 0
    ? lib.find(session, [
        [CKA.CLASS, CKO.PUBLIC_KEY],
        [FLAG.PRIVATE, false],
        [CKA.ID, id],
      ])
    : []

const sameKey = (a: KeySeen, b: KeySeen): boolean =>
  a.spki !== undefined && b.spki !== undefined && Buffer.compare(a.spki, b.spki) === 0

/** The half that is this key's. Where somebody took it away, what its private half says of it, and no flags. */
export function companionOf(place: Place, key: KeySeen): KeySeen {
  const { lib, session } = place
  const halves = openHalves(place, key.id).map((object) =>
    lookAt(lib, session, object, CKO.PUBLIC_KEY, KINDS[key.type].keyType),
  )
  const own = halves.filter(isWhole).find((half) => sameKey(half, key))
  return own ?? { ...key, class: 'public', attributes: {}, isMissing: true }
}

/** In the place of whatever is there under its id. */
export function putBack(user: User, { label, id, type, spki }: KeySeen, flags: Flags): ObjectHandle {
  dropOpenHalves(user, id)
  const attributes = { private: {}, public: { TOKEN: true, MODIFIABLE: true, ...flags } }
  return user.device.changing(() => createPublicHalf(user, { label, id, type, attributes, ...(spki && { spki }) }))
}

/** Says how many went. */
export function dropOpenHalves(user: User, id: Uint8Array): number {
  const halves = openHalves(user, id)
  for (const object of halves) user.device.changing(() => destroyObject(user, object, [[CKA.ID, id]]))
  return halves.length
}
