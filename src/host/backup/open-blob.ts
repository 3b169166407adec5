// A wrapped key is checked before it is trusted: it is unwrapped as a session object, which proves what it is.

import type { Flags, KeyType } from '../../domain/keys.ts'
import { classOf } from '../../domain/keys.ts'
import { pairFingerprint } from '../../domain/public-keys.ts'
import type { WrapKind } from '../../domain/wrap-kinds.ts'
import { answers } from '../keys/challenge.ts'
import { dropPassing } from '../keys/destroy.ts'
import type { Identity } from '../keys/identity.ts'
import { CKA, FLAG } from '../native/constants.ts'
import type { Kek, User } from '../user.ts'
import { unwrapKey } from './unwrap.ts'

/** It may prove itself and nothing else, and can't be taken out again. */
const PASSING: Flags = {
  TOKEN: false,
  PRIVATE: true,
  SENSITIVE: true,
  EXTRACTABLE: false,
  COPYABLE: false,
  DECRYPT: false,
  UNWRAP: false,
  DERIVE: false,
}

const LABEL = 'keyrite/proof'
const PROOF: Identity = [
  [CKA.LABEL, LABEL],
  [FLAG.TOKEN, false],
]

interface ToOpen {
  wrap: WrapKind
  blob: Uint8Array
  type: KeyType
  /** Of a pair. */
  spki?: Uint8Array
}

/** The fingerprint of the key in the blob; empty when it is not the private half of the pair. */
export function fingerprintIn(user: User, kek: Kek, what: ToOpen): string {
  const flags: Flags = { ...PASSING, [proof(user, what)]: true }
  const spec = { label: LABEL, id: new Uint8Array(1), type: what.type, attributes: flags }
  const object = unwrapKey(user, kek, what, spec, flags, PROOF)
  try {
    if (what.spki === undefined) return user.checkValues.take(user.session, object, what.type, flags)
    return answers(user, object, what.type, what.spki) ? pairFingerprint(what.spki) : ''
  } finally {
    dropPassing(user, object)
  }
}

const proof = ({ checkValues }: User, { type }: ToOpen): string =>
  classOf(type) === 'pair' ? 'SIGN' : (checkValues.needs(type) ?? 'SIGN')
