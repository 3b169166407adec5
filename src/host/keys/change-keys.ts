// Changes existing keys: their usage, or their existence.
import { differences } from '../../domain/as-asked.ts'
import { deviceFailed, notVerified } from '../../domain/errors.ts'
import type { Attributes, Flags } from '../../domain/keys.ts'
import { isPair } from '../../domain/keys.ts'
import type { KeyFacts, UsageChange } from '../../hsm/port.ts'
import { CKA } from '../native/constants.ts'
import type { User } from '../user.ts'
import { notAsAsked } from './as-asked.ts'
import { dropOpenHalves, putBack } from './companions.ts'
import { destroyObject } from './destroy.ts'
import { type Found, Index, withId } from './key-index.ts'
import type { KeySeen } from './objects.ts'
import { look } from './objects.ts'
import type { Throttle } from './pace.ts'
import { pairFacts } from './pair-facts.ts'
import { checkValueIfReady, secretFacts } from './read-keys.ts'
import { inSecondSession, twoLooks } from './second-look.ts'
import { flagsTemplate } from './templates.ts'
import type { KeyObjects } from './whole-keys.ts'
import { keysAmong, lookAtAll, ownObjects } from './whole-keys.ts'

/** ONE-KEY: what changes or leaves the token is found exactly once. */
export function onlyKey(keys: readonly KeyObjects[], id: Uint8Array): KeyObjects {
  const name = Buffer.from(id).toString('hex')
  if (keys.length === 1) return keys[0]!
  if (keys.length === 0) throw deviceFailed('KEY-ABSENT', `no private key on the token has the id ${name}`)
  const labels = keys.map(({ keyObject }) => keyObject.label).join(', ')
  throw notVerified('KEY-TWINS', `${keys.length} private keys have the id ${name}: ${labels}`)
}

/** KEY-TWINS: nothing else has its id. */
function checkNothingBeside({ length }: readonly Found[], own: number, id: Uint8Array): void {
  if (length === own) return
  const name = Buffer.from(id).toString('hex')
  throw notVerified('KEY-TWINS', `${length} private objects have the id ${name}, where a key has ${own}`)
}

/** A secret key's check value is taken when its own usage allows that, before the change or after; else there is none. */
function changeSecret(user: User, key: KeySeen, flags: Flags): KeyFacts {
  const before = checkValueIfReady(user, key)
  set(user, key, flags)
  const after = look(user.lib, user.session, key.object) as KeySeen
  return secretFacts(after, before || checkValueIfReady(user, after))
}

function changePair(
  user: User,
  privateHalf: KeySeen,
  publicHalf: KeySeen,
  flags: { private: Flags; public: Flags },
): KeyFacts {
  set(user, privateHalf, flags.private)
  const half = publicHalf.isMissing ? putBack(user, privateHalf, flags.public) : publicHalf.object
  if (!publicHalf.isMissing) set(user, publicHalf, flags.public)
  const { lib, session } = user
  return pairFacts(look(lib, session, privateHalf.object), look(lib, session, half))
}

/** A call that failed may have had its effect all the same, unless the token refused it. */
function set({ lib, session, device }: User, { object }: KeySeen, flags: Flags): void {
  device.changing(() => lib.set(session, object, flagsTemplate(flags)))
}

/** KEY-AS-ASKED: the flags that were set are set, and all else is as it was. */
function checkChange(before: KeyFacts, asked: Attributes, after: KeyFacts): KeyFacts {
  const wrong = differences({ ...before, attributes: withFlags(before.attributes, asked) }, after, 'brought')
  if (wrong.length > 0) throw notAsAsked(before.label, wrong)
  return after
}

const withFlags = (attributes: Attributes, asked: Attributes): Attributes =>
  isPair(attributes) && isPair(asked)
    ? { private: { ...attributes.private, ...asked.private }, public: { ...attributes.public, ...asked.public } }
    : ({ ...attributes, ...asked } as Flags)

/** KEY-ABSENT, KEY-TWINS: the one key of this id. */
export async function keyOf(user: User, id: Uint8Array, throttle: Throttle): Promise<KeyObjects> {
  const index = await Index.of(user, [id], throttle)
  return onlyKey(keysAmong(user, lookAtAll(user, index.get(id))), id)
}

export async function setUsage(
  user: User,
  id: Uint8Array,
  attributes: Attributes,
  throttle: Throttle,
): Promise<KeyFacts> {
  return changeUsage(user, await Index.of(user, [id], throttle), { id, attributes })
}

/** The same of many, one after the other, found by one search. */
export async function setUsages(user: User, changes: readonly UsageChange[], throttle: Throttle): Promise<KeyFacts[]> {
  const index = await Index.of(
    user,
    changes.map(({ id }) => id),
    throttle,
  )
  const changed: KeyFacts[] = []
  for (const change of changes) {
    changed.push(changeUsage(user, index, change))
    await throttle.step(changed.length)
  }
  return changed
}

function changeUsage(user: User, index: Index, { id, attributes }: UsageChange): KeyFacts {
  const key = onlyKey(keysAmong(user, lookAtAll(user, index.get(id))), id)
  const { keyObject, publicHalf } = key
  checkNothingBeside(index.get(id), ownObjects(user, key), id)
  if (publicHalf !== undefined && isPair(attributes)) {
    const before = pairFacts(keyObject, publicHalf)
    return checkChange(before, attributes, changePair(user, keyObject, publicHalf, attributes))
  }
  if (publicHalf === undefined && !isPair(attributes)) {
    return checkChange(secretFacts(keyObject, ''), attributes, changeSecret(user, keyObject, attributes))
  }
  throw new TypeError(`${keyObject.label}: the attributes are for a key of another class`)
}

/** TWO-LOOKS: what doesn't say its id is the key's only where another session finds it by that id too. */
async function confirmSilent(user: User, id: Uint8Array, found: readonly Found[]): Promise<void> {
  const silent = found.filter(({ isNamed }) => !isNamed)
  if (silent.length === 0) return
  const again = await inSecondSession(user, async (place) => withId(place, id))
  if (silent.some(({ object }) => !again.some((other) => other.equals(object))))
    throw twoLooks(id, found.length, again.length)
}

/** Every private object of these ids, whole or not. Says how many went. */
export async function destroyKeys(user: User, ids: readonly Uint8Array[], throttle: Throttle): Promise<number> {
  const index = await Index.of(user, ids, throttle)
  let gone = 0
  for (const [i, id] of ids.entries()) {
    const found = index.take(id)
    await confirmSilent(user, id, found)
    gone += dropOpenHalves(user, id)
    for (const { object, isNamed } of found) {
      user.device.changing(() => destroyObject(user, object, isNamed ? [[CKA.ID, id]] : []))
      gone++
    }
    await throttle.step(i + 1)
  }
  return gone
}
