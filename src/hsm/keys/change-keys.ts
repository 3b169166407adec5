// Changing keys that exist: what they may be used for, and that they exist at all.
import { deviceFailed, notVerified } from '../../domain/errors.ts'
import type { Attributes, Flags } from '../../domain/keys.ts'
import { isPair } from '../../domain/keys.ts'
import type { KeyFacts } from '../port.ts'
import type { User } from '../user.ts'
import { pairFacts } from './generate-pair.ts'
import { Index } from './key-index.ts'
import type { KeySeen } from './objects.ts'
import { look } from './objects.ts'
import type { Pace } from './pace.ts'
import { checkValueIfAny, secretFacts } from './read-keys.ts'
import { flagsTemplate } from './templates.ts'
import type { KeyObjects } from './whole-keys.ts'
import { keysAmong, lookAtAll } from './whole-keys.ts'

/** ONE-KEY: what changes or leaves the token is found exactly once. */
export function onlyKey(keys: readonly KeyObjects[], id: Uint8Array): KeyObjects {
  const name = Buffer.from(id).toString('hex')
  if (keys.length === 1) return keys[0]!
  if (keys.length === 0) throw deviceFailed('KEY-ABSENT', `no private key on the token has the id ${name}`)
  const labels = keys.map(({ closed }) => closed.label).join(', ')
  throw notVerified('KEY-TWINS', `${keys.length} private keys have the id ${name}: ${labels}`)
}

/** Takes the check value at a moment when the key's own usage allows it: before the change, or after. */
function changeSecret(user: User, key: KeySeen, flags: Flags): KeyFacts {
  const { lib, session, checkValues } = user
  const before = checkValues.ready(key.type, key.attributes) ? checkValueIfAny(user, key) : undefined
  lib.set(session, key.object, flagsTemplate(flags))
  user.device.changed()
  const after = look(lib, session, key.object) as KeySeen
  return secretFacts(after, before ?? checkValueIfAny(user, after))
}

function changePair(user: User, closed: KeySeen, open: KeySeen, flags: { private: Flags; public: Flags }): KeyFacts {
  const { lib, session } = user
  for (const [half, template] of [
    [closed, flags.private],
    [open, flags.public],
  ] as const) {
    lib.set(session, half.object, flagsTemplate(template))
    user.device.changed()
  }
  return pairFacts(look(lib, session, closed.object), look(lib, session, open.object))
}

export async function setUsage(user: User, id: Uint8Array, attributes: Attributes, pace: Pace): Promise<KeyFacts> {
  const index = await Index.of(user, [id], pace)
  const { closed, open } = onlyKey(keysAmong(lookAtAll(user, index.get(id))), id)
  if (open !== undefined && isPair(attributes)) return changePair(user, closed, open, attributes)
  if (open === undefined && !isPair(attributes)) return changeSecret(user, closed, attributes)
  throw new TypeError(`${closed.label}: the attributes are for a key of another class`)
}

/** Every private object of these ids, whole or not. Says how many went. */
export async function destroyKeys(user: User, ids: readonly Uint8Array[], pace: Pace): Promise<number> {
  const index = await Index.of(user, ids, pace)
  let gone = 0
  for (const [i, id] of ids.entries()) {
    for (const { object } of index.take(id)) {
      user.lib.destroy(user.session, object)
      user.device.changed()
      gone++
    }
    await pace.step(i + 1)
  }
  return gone
}
