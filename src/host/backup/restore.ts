// Restores keys from a backup, each proved equal to what was backed up before the next is started.
import { KeyriteError } from '../../domain/errors.ts'
import { classOf } from '../../domain/keys.ts'
import type { KeyFacts, WrappedKey } from '../../hsm/port.ts'
import { finishPair, finishSecret, privateBirth, secretBirth } from '../keys/birth.ts'
import { destroyObject } from '../keys/destroy.ts'
import { orDiscard } from '../keys/discard.ts'
import type { Throttle } from '../keys/pace.ts'
import { Pkcs11Error } from '../native/ckr.ts'
import { quietly } from '../native/quietly.ts'
import type { User } from '../user.ts'
import { HostKek } from './clear-on-host.ts'
import { KEK, unwrappingKek } from './kek.ts'
import { createPublicHalf } from './public-half.ts'
import type { Restored } from './restore-equal.ts'
import { notEqual, proved } from './restore-equal.ts'
import { type Opener, unwrapKey } from './unwrap.ts'
import { someWraps } from './wraps.ts'

function restoreSecret(user: User, opener: Opener, key: WrappedKey): Restored {
  const birth = secretBirth(user, key)
  const made = unwrapKey(user, opener, key, key, birth)
  return { objects: [made], facts: orDiscard(user, key, [made], () => finishSecret(user, made, key, birth, 'brought')) }
}

function restorePair(user: User, opener: Opener, key: WrappedKey): Restored {
  const birth = privateBirth(key)
  const privateKey = unwrapKey(user, opener, key, key, birth)
  const publicKey = orDiscard(user, key, [privateKey], () => createPublicHalf(user, key))
  const objects = [privateKey, publicKey]
  const finish = () => finishPair(user, { privateKey, publicKey }, key, birth, 'brought')
  return { objects, facts: orDiscard(user, key, objects, finish) }
}

/** A key of another type can't even be read as what it should be, and another's private key does not answer. */
const ANOTHER_KEY = ['KEY-UNREADABLE', 'KEY-ANSWERS']

function restoreAsWrapped(user: User, opener: Opener, key: WrappedKey): KeyFacts {
  const restore = classOf(key.type) === 'secret' ? restoreSecret : restorePair
  try {
    return proved(user, restore(user, opener, key), key)
  } catch (error) {
    throw error instanceof KeyriteError && ANOTHER_KEY.includes(error.code) ? notEqual(key) : error
  }
}

function restoreOne(user: User, opener: Opener, host: HostKek, key: WrappedKey): KeyFacts {
  try {
    return restoreAsWrapped(user, opener, key)
  } catch (error) {
    if (!key.clear || !isUnopened(error)) throw error
    return rewrappedTo(user, opener, host, key, error)
  }
}

/** The token can't open it so: it has no such mechanism, or refuses what is there. */
const isUnopened = (error: unknown): boolean =>
  error instanceof Pkcs11Error
    ? error.fn === 'C_UnwrapKey'
    : error instanceof KeyriteError && error.code === 'CLEAR-ON-HOST'

/** What the token says of the way that we would rather have is told where it takes none. */
function rewrappedTo(user: User, opener: Opener, host: HostKek, key: WrappedKey, asWrapped: unknown): KeyFacts {
  let first: unknown
  for (const again of host.rewrapped(key, opener.wraps)) {
    try {
      return { ...restoreAsWrapped(user, opener, again), clear: true }
    } catch (error) {
      if (!isUnopened(error)) throw error
      first ??= error
    }
  }
  throw first ?? asWrapped
}

export async function restoreKeys(
  user: User,
  value: Uint8Array,
  keys: readonly WrappedKey[],
  throttle: Throttle,
): Promise<KeyFacts[]> {
  using host = new HostKek(value)
  const opener = openerOf(user, value)
  try {
    return await restoreAll(user, opener, host, keys, throttle)
  } finally {
    if (opener !== user.kek) quietly(() => destroyObject(user, opener.opens, KEK))
  }
}

/** The one that the session was logged in with, or one for now. */
export function openerOf(user: User, value: Uint8Array): Opener {
  try {
    if (user.kek !== undefined) return user.kek
    const wraps = someWraps(user, new Set(user.lib.mechanisms(user.slot)))
    return { opens: unwrappingKek(user, value, wraps).object, wraps }
  } finally {
    value.fill(0)
  }
}

async function restoreAll(
  user: User,
  opener: Opener,
  host: HostKek,
  keys: readonly WrappedKey[],
  throttle: Throttle,
): Promise<KeyFacts[]> {
  const restored: KeyFacts[] = []
  for (const key of keys) {
    restored.push(restoreOne(user, opener, host, key))
    user.device.changed()
    await throttle.step(restored.length)
  }
  return restored
}
