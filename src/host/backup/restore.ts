// Restores keys from a backup, each proved equal to what was backed up before the next is started.
import { KeyriteError } from '../../domain/errors.ts'
import { classOf } from '../../domain/keys.ts'
import type { KeyFacts, WrappedKey } from '../../hsm/port.ts'
import { finishPair, finishSecret, privateBirth, secretBirth } from '../keys/birth.ts'
import { destroyObject } from '../keys/destroy.ts'
import { orDiscard } from '../keys/discard.ts'
import type { Throttle } from '../keys/pace.ts'
import { halves } from '../keys/pair-facts.ts'
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
import type { Kek, User } from '../user.ts'
import { KEK, unwrappingKek, wrapMechanism } from './kek.ts'
import type { Restored } from './restore-equal.ts'
import { notEqual, proved } from './restore-equal.ts'

/** What unwraps. */
type Opener = Pick<Kek, 'opens' | 'mechanism'>

function restoreSecret(user: User, { opens, mechanism }: Opener, key: WrappedKey): Restored {
  const birth = secretBirth(user, key)
  const extras = user.checkValues.own ? [] : NO_CHECK_VALUE
  const made = user.dialect.try('unwrap', (fit) =>
    user.lib.unwrap(user.session, mechanism, opens, key.blob, fit([...secretTemplate(key, birth), ...extras])),
  )
  return { objects: [made], facts: orDiscard(user, key, [made], () => finishSecret(user, made, key, birth, 'brought')) }
}

function restorePair(user: User, { opens, mechanism }: Opener, key: WrappedKey): Restored {
  const { lib, session } = user
  const birth = privateBirth(key)
  const publicHalf = [
    ...publicHalfTemplate(key, halves(key).public),
    ...publicTemplate(key.type, key.spki ?? new Uint8Array()),
  ]
  const privateHalf = privateTemplate(key, birth)
  const privateKey = user.dialect.try('unwrap', (fit) =>
    lib.unwrap(session, mechanism, opens, key.blob, fit([...privateHalf, ...PRIVATE_EXTRAS])),
  )
  const publicKey = orDiscard(user, key, [privateKey], () =>
    user.dialect.try('create', (fit) => lib.create(session, fit([...publicHalf, ...PUBLIC_EXTRAS]))),
  )
  const objects = [privateKey, publicKey]
  const finish = () => finishPair(user, { privateKey, publicKey }, key, birth, 'brought')
  return { objects, facts: orDiscard(user, key, objects, finish) }
}

/** A key of another type can't even be read as what it should be, and another's private key does not answer. */
const ANOTHER_KEY = ['KEY-UNREADABLE', 'KEY-ANSWERS']

function restoreOne(user: User, opener: Opener, key: WrappedKey): KeyFacts {
  const restore = classOf(key.type) === 'secret' ? restoreSecret : restorePair
  try {
    return proved(user, restore(user, opener, key), key)
  } catch (error) {
    throw error instanceof KeyriteError && ANOTHER_KEY.includes(error.code) ? notEqual(key) : error
  }
}

export async function restoreKeys(
  user: User,
  value: Uint8Array,
  keys: readonly WrappedKey[],
  throttle: Throttle,
): Promise<KeyFacts[]> {
  const opener = openerOf(user, value)
  try {
    return await restoreAll(user, opener, keys, throttle)
  } finally {
    if (opener !== user.kek) quietly(() => destroyObject(user, opener.opens, KEK))
  }
}

/** The one that the session was logged in with, or one for now. */
function openerOf(user: User, value: Uint8Array): Opener {
  try {
    if (user.kek !== undefined) return user.kek
    const mechanism = wrapMechanism(user.lib, user.slot, user.session)
    return { opens: unwrappingKek(user, value, mechanism), mechanism }
  } finally {
    value.fill(0)
  }
}

async function restoreAll(
  user: User,
  opener: Opener,
  keys: readonly WrappedKey[],
  throttle: Throttle,
): Promise<KeyFacts[]> {
  const restored: KeyFacts[] = []
  for (const key of keys) {
    restored.push(restoreOne(user, opener, key))
    user.device.changed()
    await throttle.step(restored.length)
  }
  return restored
}
