// RESTORE-EQUAL: a restored key is the one that was backed up, or it is taken away again.
import { randomBytes } from 'node:crypto'
import { notVerified } from '../../domain/errors.ts'
import { classOf } from '../../domain/keys.ts'
import { halves, orDiscard } from '../keys/generate-pair.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { isValid, schemeOf, sign } from '../native/signatures.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { KeyFacts, WrappedKey } from '../port.ts'
import type { User } from '../user.ts'

export interface Restored {
  /** The secret key or the private half first. */
  objects: ObjectHandle[]
  facts: KeyFacts
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

/** Another model may encode a private key otherwise. */
function isEqual(user: User, { objects, facts }: Restored, key: WrappedKey): boolean {
  if (facts.fingerprint !== key.fingerprint) return false
  if (wrapsEqual(user, objects[0]!, key.blob)) return true
  return classOf(key.type) === 'pair' ? answersChallenge(user, objects[0]!, key) : user.kek === undefined
}

export const notEqual = ({ label }: WrappedKey) =>
  notVerified('RESTORE-EQUAL', `${label} came back as another key than was backed up, and was destroyed again`)

export function proved(user: User, restored: Restored, key: WrappedKey): KeyFacts {
  return orDiscard(user, restored.objects, () => {
    if (isEqual(user, restored, key)) return restored.facts
    throw notEqual(key)
  })
}
