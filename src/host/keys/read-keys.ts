// Reads existing keys: the facts of each complete key. It changes nothing, not even for a moment.

import type { KeyFacts } from '../../hsm/port.ts'
import { isCkr } from '../native/ckr.ts'
import type { User } from '../user.ts'
import { Index, type Place } from './key-index.ts'
import type { KeySeen } from './objects.ts'
import type { Throttle } from './pace.ts'
import { pairFacts } from './pair-facts.ts'
import { confirmNotWhole, inSecondSession } from './second-look.ts'
import type { KeyObjects } from './whole-keys.ts'
import { keysAmong, ownObjects, seenAmong } from './whole-keys.ts'

/** The check value, where the key's usage gives one. */
export const checkValueIfReady = (user: User, { object, type, attributes }: KeySeen): string =>
  user.checkValues.ready(type, attributes) ? user.checkValues.take(user.session, object, type, attributes) : ''

export function secretFacts(key: KeySeen, fingerprint: string): KeyFacts {
  const { label, id, type, typeGuessed, attributes } = key
  const facts = { label, id, class: 'secret' as const, type, fingerprint, attributes }
  return typeGuessed ? { ...facts, typeGuessed } : facts
}

const factsOf = (user: User, { keyObject, publicHalf }: KeyObjects, unproved?: true): KeyFacts =>
  publicHalf === undefined
    ? secretFacts(keyObject, unproved ? '' : checkValueIfReady(user, keyObject))
    : pairFacts(keyObject, publicHalf)

/**
 * SoftHSM 2.6.1 names a secret key before it gives it its value. Cut off in between it looks whole but for LOCAL, which comes with the
 * value, and its use fails with one of these: CKR_KEY_SIZE_RANGE of HMAC keys, CKR_MECHANISM_INVALID of AES keys.
 */
const NO_VALUE = [0x62, 0x70]
const hasNoValue = ({ attributes }: KeySeen, error: unknown): boolean =>
  attributes.LOCAL === false && isCkr(error, ...NO_VALUE)

/** A key without a value can't be used, so it is none: when it is so in two sessions. */
async function factsIfWhole(user: User, key: KeyObjects, unproved?: true): Promise<KeyFacts[]> {
  try {
    return [factsOf(user, key, unproved)]
  } catch (error) {
    if (!hasNoValue(key.keyObject, error) || !(await hasNoneIn(user, key.keyObject))) throw error
    return []
  }
}

const hasNoneIn = (user: User, key: KeySeen): Promise<boolean> =>
  inSecondSession(user, async ({ session }: Place) => {
    try {
      user.checkValues.take(session, key.object, key.type, key.attributes)
      return false
    } catch (error) {
      return hasNoValue(key, error)
    }
  })

/** The private objects of an id that are not the one key's own. */
const others = (
  user: User,
  objects: number,
  { length }: readonly KeyObjects[],
  key: KeyObjects,
): { otherObjects?: number } => {
  const extra = objects - ownObjects(user, key)
  return length === 1 && extra > 0 ? { otherObjects: extra } : {}
}

export async function readKeys(
  user: User,
  ids: readonly Uint8Array[],
  throttle: Throttle,
  unproved?: true,
): Promise<KeyFacts[]> {
  const index = await Index.of(user, ids, throttle)
  user.index = index
  const read: KeyFacts[] = []
  const missing: Uint8Array[] = []
  for (const [i, id] of ids.entries()) {
    const objects = index.get(id)
    const keys = keysAmong(user, seenAmong(user, objects))
    if (keys.length === 0) missing.push(id)
    for (const key of keys)
      for (const facts of await factsIfWhole(user, key, unproved))
        read.push({ ...facts, ...others(user, objects.length, keys, key) })
    await throttle.step(i + 1)
  }
  if (missing.length > 0) await confirmNotWhole(user, missing, index, throttle)
  return read
}

/** How many private objects have each of these ids, whole or not, as a new session sees them. */
export const countObjects = (user: User, ids: readonly Uint8Array[], throttle: Throttle): Promise<number[]> =>
  inSecondSession(user, async (place) => {
    const index = await Index.of(place, ids, throttle)
    return ids.map((id) => index.get(id).length)
  })
