// Which objects make complete keys: one for a secret key, two of a type for a pair.
import { companionOf } from './companions.ts'
import type { Found, Place } from './key-index.ts'
import type { KeySeen, Seen } from './objects.ts'
import { isWhole, lookAt } from './objects.ts'

/** A key as its objects: one for a secret key, two for a pair. */
export interface KeyObjects {
  keyObject: KeySeen
  publicHalf?: KeySeen
}

/** The complete keys among objects of one id. Duplicates are all listed: every private half with every public one of its type. */
export function keysAmong(place: Place, objects: readonly Seen[]): KeyObjects[] {
  const whole = objects.filter(isWhole)
  return whole.flatMap((keyObject): KeyObjects[] => {
    if (keyObject.class === 'secret') return [{ keyObject }]
    if (keyObject.class !== 'private') return []
    if (place.lib.has('open-to-all'))
      return keyObject.spki ? [{ keyObject, publicHalf: companionOf(place, keyObject) }] : []
    const publicHalves = whole.filter(
      (publicHalf) => publicHalf.class === 'public' && publicHalf.type === keyObject.type,
    )
    return publicHalves.map((publicHalf) => ({ keyObject, publicHalf }))
  })
}

/** Private objects that it consists of. */
export const ownObjects = ({ lib }: Place, { publicHalf }: KeyObjects): number =>
  publicHalf === undefined || lib.has('open-to-all') ? 1 : 2

/** What was seen stays with what was found. */
export const lookAtAll = ({ lib, session }: Place, objects: readonly Found[]): Seen[] =>
  objects.map((found) => {
    found.seen = lookAt(lib, session, found.object, ...found.kind)
    return found.seen
  })

/** What was seen when it was found is not looked at again. */
export const seenAmong = (place: Place, objects: readonly Found[]): Seen[] =>
  objects.every(({ seen }) => seen) ? objects.map(({ seen }) => seen!) : lookAtAll(place, objects)
