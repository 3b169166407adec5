// Reading keys that exist: the facts of each whole key, check value included.
import { isOfObject } from '../native/ckr.ts'
import type { KeyFacts } from '../port.ts'
import type { User } from '../user.ts'
import { pairFacts } from './generate-pair.ts'
import { Index } from './key-index.ts'
import type { KeySeen } from './objects.ts'
import type { Pace } from './pace.ts'
import { flagsTemplate } from './templates.ts'
import type { KeyObjects } from './whole-keys.ts'
import { keysAmong, lookAtAll } from './whole-keys.ts'

/** The check value of a key that may not give one needs a flag for a moment; it goes off again whatever happens. */
function checkValue({ lib, session, checkValues }: User, { object, type, attributes }: KeySeen): string {
  if (checkValues.ready(type, attributes)) return checkValues.take(session, object, type, attributes)
  const needed = checkValues.needs(type)!
  lib.set(session, object, flagsTemplate({ [needed]: true }))
  try {
    return checkValues.take(session, object, type, { ...attributes, [needed]: true })
  } finally {
    lib.set(session, object, flagsTemplate({ [needed]: false }))
  }
}

/** A token that forbids the change (MODIFIABLE false) leaves the key without a check value, not unread. */
export function checkValueIfAny(user: User, key: KeySeen): string {
  if (!user.checkValues.ready(key.type, key.attributes) && key.attributes.MODIFIABLE === false) return ''
  return checkValue(user, key)
}

export function secretFacts(key: KeySeen, fingerprint: string): KeyFacts {
  const { label, id, type, typeGuessed, attributes } = key
  const facts = { label, id, class: 'secret' as const, type, fingerprint, attributes }
  return typeGuessed ? { ...facts, typeGuessed } : facts
}

const factsOf = (user: User, { closed, open }: KeyObjects): KeyFacts =>
  open === undefined ? secretFacts(closed, checkValueIfAny(user, closed)) : pairFacts(closed, open)

/** A key that was cut off while it was made can look whole and have no value: it can't be used, so it isn't there. */
function factsIfWhole(user: User, key: KeyObjects): KeyFacts[] {
  try {
    return [factsOf(user, key)]
  } catch (error) {
    if (isOfObject(error)) return []
    throw error
  }
}

export async function readKeys(user: User, ids: readonly Uint8Array[], pace: Pace): Promise<KeyFacts[]> {
  const index = await Index.of(user, ids, pace)
  user.index = index
  const read: KeyFacts[] = []
  for (const [i, id] of ids.entries()) {
    for (const key of keysAmong(lookAtAll(user, index.get(id)))) read.push(...factsIfWhole(user, key))
    await pace.step(i + 1)
  }
  return read
}
