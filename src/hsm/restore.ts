// Putting keys back from a backup, each proved equal to what was backed up before the next is begun.
import { randomBytes } from 'node:crypto'
import { KeyriteError, notVerified } from '../domain/errors.ts'
import { classOf } from '../domain/keys.ts'
import { birthFlags, finishSecret } from './generate.ts'
import { discard, halves, pairFacts } from './generate-pair.ts'
import { unwrappingKek, wrapMechanism } from './kek.ts'
import { look } from './objects.ts'
import type { Pace } from './pace.ts'
import type { KeyFacts, WrappedKey } from './port.ts'
import { quietly } from './sessions.ts'
import { isValid, schemeOf, sign } from './signatures.ts'
import { publicTemplate } from './spki.ts'
import {
  flagsTemplate,
  inDialect,
  NO_CHECK_VALUE,
  PRIVATE_EXTRAS,
  PUBLIC_EXTRAS,
  privateTemplate,
  publicHalfTemplate,
  secretTemplate,
} from './templates.ts'
import type { User } from './user.ts'
import type { ObjectHandle } from './values.ts'

/** The KEK that unwraps, and its mechanism. */
interface Unwrapping {
  object: ObjectHandle
  mechanism: number
}

interface Restored {
  /** The secret key or the private half first. */
  objects: ObjectHandle[]
  facts: KeyFacts
}

/** Takes what was made away again when something goes wrong with it. */
function orDiscard<T>(user: User, objects: readonly ObjectHandle[], work: () => T): T {
  try {
    return work()
  } catch (error) {
    discard(user, ...objects)
    throw error
  }
}

function restoreSecret(user: User, { object, mechanism }: Unwrapping, key: WrappedKey): Restored {
  const birth = birthFlags(user, key)
  const extras = user.checkValues.own ? [] : NO_CHECK_VALUE
  const made = user.secrets.try((dialect) => {
    const template = inDialect(dialect, secretTemplate(key, birth), extras)
    return user.lib.unwrap(user.session, mechanism, object, key.blob, template)
  })
  return { objects: [made], facts: orDiscard(user, [made], () => finishSecret(user, made, key, birth)) }
}

function restorePair(user: User, { object, mechanism }: Unwrapping, key: WrappedKey): Restored {
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

/** A private key that signs what its public key verifies is its other half. It may need SIGN for a moment. */
function answersChallenge(user: User, privateKey: ObjectHandle, key: WrappedKey): boolean {
  const { lib, session } = user
  const [scheme, challenge, signs] = [schemeOf(key.type), randomBytes(32), halves(key).private.SIGN === true]
  const allow = (value: boolean) => signs || lib.set(session, privateKey, flagsTemplate({ SIGN: value }))
  allow(true)
  try {
    return isValid(key.spki!, scheme, challenge, sign(lib, session, privateKey, scheme, challenge))
  } finally {
    allow(false)
  }
}

/** AES-KWP is deterministic: the same key under the same KEK gives the same bytes. */
function wrapsEqual({ lib, session, kek }: User, object: ObjectHandle, blob: Uint8Array): boolean {
  return kek !== undefined && lib.wrap(session, kek.mechanism, kek.object, object).equals(blob)
}

/** RESTORE-EQUAL: a restored key is the one that was backed up. Another model may encode a private key otherwise. */
function isEqual(user: User, { objects, facts }: Restored, key: WrappedKey): boolean {
  if (facts.fingerprint !== key.fingerprint) return false
  if (wrapsEqual(user, objects[0]!, key.blob)) return true
  return classOf(key.type) === 'pair' ? answersChallenge(user, objects[0]!, key) : user.kek === undefined
}

const notEqual = ({ label }: WrappedKey) =>
  notVerified('RESTORE-EQUAL', `${label} came back as another key than was backed up, and was destroyed again`)

function proved(user: User, restored: Restored, key: WrappedKey): KeyFacts {
  return orDiscard(user, restored.objects, () => {
    if (isEqual(user, restored, key)) return restored.facts
    throw notEqual(key)
  })
}

function restoreOne(user: User, kek: Unwrapping, key: WrappedKey): KeyFacts {
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

async function restoreAll(user: User, kek: Unwrapping, keys: readonly WrappedKey[], pace: Pace): Promise<KeyFacts[]> {
  const restored: KeyFacts[] = []
  for (const key of keys) {
    restored.push(restoreOne(user, kek, key))
    user.device.changed()
    await pace.step(restored.length)
  }
  return restored
}
