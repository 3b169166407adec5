// Putting keys back from a backup, each proved equal to what was backed up before the next is begun.
import { KeyriteError } from '../../domain/errors.ts'
import { classOf } from '../../domain/keys.ts'
import { inDialect } from '../keys/dialects.ts'
import { birthFlags, finishSecret } from '../keys/generate.ts'
import { halves, orDiscard, pairFacts } from '../keys/generate-pair.ts'
import { look } from '../keys/objects.ts'
import type { Pace } from '../keys/pace.ts'
import {
  NO_CHECK_VALUE,
  PRIVATE_EXTRAS,
  PUBLIC_EXTRAS,
  privateTemplate,
  publicHalfTemplate,
  secretTemplate,
} from '../keys/templates.ts'
import { quietly } from '../native/quietly.ts'
import { publicTemplate } from '../native/spki.ts'
import type { KeyFacts, WrappedKey } from '../port.ts'
import type { Kek, User } from '../user.ts'
import { unwrappingKek, wrapMechanism } from './kek.ts'
import type { Restored } from './restore-equal.ts'
import { notEqual, proved } from './restore-equal.ts'

function restoreSecret(user: User, { object, mechanism }: Kek, key: WrappedKey): Restored {
  const birth = birthFlags(user, key)
  const extras = user.checkValues.own ? [] : NO_CHECK_VALUE
  const made = user.secrets.try((dialect) => {
    const template = inDialect(dialect, secretTemplate(key, birth), extras)
    return user.lib.unwrap(user.session, mechanism, object, key.blob, template)
  })
  return { objects: [made], facts: orDiscard(user, [made], () => finishSecret(user, made, key, birth)) }
}

function restorePair(user: User, { object, mechanism }: Kek, key: WrappedKey): Restored {
  const { lib, session } = user
  const flags = halves(key)
  const open = [...publicHalfTemplate(key, flags.public), ...publicTemplate(key.type, key.spki ?? new Uint8Array())]
  const closed = privateTemplate(key, flags.private)
  const privateKey = user.pairs.try((dialect) =>
    lib.unwrap(session, mechanism, object, key.blob, inDialect(dialect, closed, PRIVATE_EXTRAS)),
  )
  const publicKey = orDiscard(user, [privateKey], () =>
    user.pairs.try((dialect) => lib.create(session, inDialect(dialect, open, PUBLIC_EXTRAS))),
  )
  const objects = [privateKey, publicKey]
  const read = () => pairFacts(look(lib, session, privateKey), look(lib, session, publicKey))
  return { objects, facts: orDiscard(user, objects, read) }
}

function restoreOne(user: User, kek: Kek, key: WrappedKey): KeyFacts {
  const restore = classOf(key.type) === 'secret' ? restoreSecret : restorePair
  try {
    return proved(user, restore(user, kek, key), key)
  } catch (error) {
    // A key of another type can't even be read as what it should be.
    throw error instanceof KeyriteError && error.code === 'KEY-UNREADABLE' ? notEqual(key) : error
  }
}

export async function restoreKeys(
  user: User,
  value: Uint8Array,
  keys: readonly WrappedKey[],
  pace: Pace,
): Promise<KeyFacts[]> {
  const mechanism = user.kek?.mechanism ?? wrapMechanism(user.lib, user.slot, user.session)
  const object = unwrappingKek(user, value, mechanism)
  value.fill(0)
  try {
    return await restoreAll(user, { object, mechanism }, keys, pace)
  } finally {
    quietly(() => user.lib.destroy(user.session, object))
  }
}

async function restoreAll(user: User, kek: Kek, keys: readonly WrappedKey[], pace: Pace): Promise<KeyFacts[]> {
  const restored: KeyFacts[] = []
  for (const key of keys) {
    restored.push(restoreOne(user, kek, key))
    user.device.changed()
    await pace.step(restored.length)
  }
  return restored
}
