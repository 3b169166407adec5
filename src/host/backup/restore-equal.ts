// RESTORE-EQUAL: a restored key is the one that was backed up, or it is destroyed again.
import { notVerified } from '../../domain/errors.ts'
import { classOf } from '../../domain/keys.ts'
import type { KeyFacts, WrappedKey } from '../../hsm/port.ts'
import { orDiscard } from '../keys/discard.ts'
import { KINDS as KEY_KINDS } from '../native/mechanisms.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'
import { ivOf, kindNamed, wrapBy, wrapNamed } from './wraps.ts'

export interface Restored {
  /** The secret key or the private half first. */
  objects: ObjectHandle[]
  /** Of a pair: the private half has answered a challenge. */
  facts: KeyFacts
}

/** The same key under the same KEK, and with the blob's own IV where its kind has one, gives the same bytes. */
function wrapsEqual(user: User, object: ObjectHandle, { wrap: name, blob }: WrappedKey): boolean {
  if (user.kek === undefined) return false
  const wrap = wrapNamed(user.kek.wraps, name)
  return Buffer.compare(wrapBy(user, wrap, user.kek.object, object, ivOf(wrap, blob)), blob) === 0
}

/** Few tokens tell the length of what they unwrapped. */
const hasItsLength = ({ type, wrap, blob }: WrappedKey): boolean =>
  blob.length === kindNamed(wrap).blobLength(KEY_KINDS[type].length!)

/** Another model may encode a private key differently: then its answer to a challenge decides. */
function isEqual(user: User, { objects, facts }: Restored, key: WrappedKey): boolean {
  if (facts.fingerprint !== key.fingerprint) return false
  if (classOf(key.type) === 'pair') return true
  return hasItsLength(key) && (user.kek === undefined || wrapsEqual(user, objects[0]!, key))
}

export const notEqual = ({ label }: WrappedKey) =>
  notVerified('RESTORE-EQUAL', `${label} came back as another key than was backed up, and was destroyed again`)

export function proved(user: User, restored: Restored, key: WrappedKey): KeyFacts {
  return orDiscard(user, key, restored.objects, () => {
    if (isEqual(user, restored, key)) return restored.facts
    throw notEqual(key)
  })
}
