// RESTORE-EQUAL: a restored key is the one that was backed up, or it is destroyed again.
import { notVerified } from '../../domain/errors.ts'
import { classOf } from '../../domain/keys.ts'
import type { KeyFacts, WrappedKey } from '../../hsm/port.ts'
import { orDiscard } from '../keys/discard.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'

export interface Restored {
  /** The secret key or the private half first. */
  objects: ObjectHandle[]
  /** Of a pair: the private half has answered a challenge. */
  facts: KeyFacts
}

/** AES-KWP is deterministic: the same key under the same KEK gives the same bytes. */
function wrapsEqual({ lib, session, kek }: User, object: ObjectHandle, blob: Uint8Array): boolean {
  return kek !== undefined && lib.wrap(session, kek.mechanism, kek.object, object).equals(blob)
}

/** RFC 5649 adds 8 bytes to a key of whole blocks. Few tokens tell the length of what they unwrapped. */
const hasItsLength = ({ type, blob }: WrappedKey): boolean => blob.length === KINDS[type].length! + 8

/** Another model may encode a private key differently: then its answer to a challenge decides. */
function isEqual(user: User, { objects, facts }: Restored, key: WrappedKey): boolean {
  if (facts.fingerprint !== key.fingerprint) return false
  if (classOf(key.type) === 'pair') return true
  return hasItsLength(key) && (user.kek === undefined || wrapsEqual(user, objects[0]!, key.blob))
}

export const notEqual = ({ label }: WrappedKey) =>
  notVerified('RESTORE-EQUAL', `${label} came back as another key than was backed up, and was destroyed again`)

export function proved(user: User, restored: Restored, key: WrappedKey): KeyFacts {
  return orDiscard(user, key, restored.objects, () => {
    if (isEqual(user, restored, key)) return restored.facts
    throw notEqual(key)
  })
}
