// Proving what a key is: a secret key by its check value, a private key by an answer that its public key verifies.
import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import type { KeyFacts } from '../../hsm/port.ts'
import type { User } from '../user.ts'
import { answers } from './challenge.ts'
import { onlyKey } from './change-keys.ts'
import type { KeySeen } from './objects.ts'
import { look } from './objects.ts'
import type { Throttle } from './pace.ts'
import { pairFacts } from './pair-facts.ts'
import { secretFacts } from './read-keys.ts'
import { flagsTemplate } from './templates.ts'
import { type KeyObjects, keysAmong, seenAmong } from './whole-keys.ts'

const sameFlags = (a: Flags, b: Flags): boolean => Object.keys({ ...a, ...b }).every((name) => a[name] === b[name])

/** Does work with a flag that the key lacks. It is cleared again whatever happens, and read back. */
export function withFlag<T>(user: User, key: KeySeen, flag: 'SIGN' | 'ENCRYPT', work: () => T): T {
  const set = (value: boolean) => user.lib.set(user.session, key.object, flagsTemplate({ [flag]: value }))
  try {
    set(true)
    return work()
  } finally {
    giveBack(user, key, flag, () => set(false))
  }
}

function giveBack(user: User, key: KeySeen, flag: string, takeOff: () => void): void {
  try {
    takeOff()
    if (sameFlags(look(user.lib, user.session, key.object).attributes, key.attributes)) return
  } catch (error) {
    user.device.changed()
    throw error
  }
  user.device.changed()
  throw deviceFailed('KEY-AS-ASKED', `${key.label} had ${flag} set for a moment, and it did not go off again`)
}

/** A token that forbids the change (MODIFIABLE false) leaves a key without a proof, not unread. */
function proveSecret(user: User, key: KeySeen): KeyFacts {
  const { checkValues, session } = user
  const take = (flags: Flags) => checkValues.take(session, key.object, key.type, flags)
  if (checkValues.ready(key.type, key.attributes)) return secretFacts(key, take(key.attributes))
  if (key.attributes.MODIFIABLE === false) return secretFacts(key, '')
  const needed = checkValues.needs(key.type)!
  return secretFacts(
    key,
    withFlag(user, key, needed, () => take({ ...key.attributes, [needed]: true })),
  )
}

/** The public half names the key, and the private one shows whether it is its own. */
function provePair(user: User, privateHalf: KeySeen, publicHalf: KeySeen): KeyFacts {
  const facts = pairFacts(privateHalf, publicHalf)
  const ask = () => answers(user, privateHalf.object, privateHalf.type, facts.spki!)
  if (!privateHalf.attributes.SIGN && privateHalf.attributes.MODIFIABLE === false) return { ...facts, fingerprint: '' }
  const isItsOwn = privateHalf.attributes.SIGN ? ask() : withFlag(user, privateHalf, 'SIGN', ask)
  return isItsOwn ? facts : { ...facts, foreignHalf: true }
}

const proved = (user: User, { keyObject, publicHalf }: KeyObjects): KeyFacts =>
  publicHalf === undefined ? proveSecret(user, keyObject) : provePair(user, keyObject, publicHalf)

/** The very objects that were read, where they were, each key once. One whose usage gives no proof has SIGN for a moment, so there must be an intent for this. */
export async function proveKeys(user: User, ids: readonly Uint8Array[], throttle: Throttle): Promise<KeyFacts[]> {
  const index = await user.indexFor(ids, throttle)
  const facts: KeyFacts[] = []
  for (const id of ids) {
    facts.push(proved(user, onlyKey(keysAmong(user, seenAmong(user, index.get(id))), id)))
    await throttle.step(facts.length)
  }
  return facts
}
