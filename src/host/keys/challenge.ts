// KEY-ANSWERS: a private key is proved to belong to its public key by its answer to a challenge.
import { randomBytes } from 'node:crypto'
import { notVerified } from '../../domain/errors.ts'
import type { KeyType } from '../../domain/keys.ts'
import { isValid, schemeOf, sign } from '../native/signatures.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { Place } from './key-index.ts'

/** Random bytes, signed by the token and verified here: only the other half of the public key can do that. The key must have SIGN. */
export function answers({ lib, session }: Place, privateKey: ObjectHandle, type: KeyType, spki: Uint8Array): boolean {
  const [scheme, challenge] = [schemeOf(type), randomBytes(32)]
  return isValid(spki, scheme, challenge, sign(lib, session, privateKey, scheme, challenge))
}

interface Named {
  label: string
  type: KeyType
}

export function checkAnswer(place: Place, privateKey: ObjectHandle, { label, type }: Named, spki: Uint8Array): void {
  if (answers(place, privateKey, type, spki)) return
  throw notVerified('KEY-ANSWERS', `the private key of ${label} does not belong to its public key`)
}
