// The public half of a key that comes back, or that others keep where anyone can exchange it: made of its SPKI, and read back as that.

import type { PointForm } from '../../domain/profile.ts'
import type { PublicHalf } from '../../hsm/port.ts'
import { notAsAsked } from '../keys/as-asked.ts'
import { destroyObject } from '../keys/destroy.ts'
import { identityOf } from '../keys/identity.ts'
import { lookAt } from '../keys/objects.ts'
import { halves } from '../keys/pair-facts.ts'
import { PUBLIC_EXTRAS, publicHalfTemplate, sealedLast } from '../keys/templates.ts'
import { isRefused } from '../native/ckr.ts'
import { CKO } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import { publicTemplate } from '../native/spki.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'

/** The point of an Edwards key is a DER OCTET STRING in the standard, and its bare 32 bytes to some tokens, which may take the other for a point too. */
export function createPublicHalf(user: User, key: PublicHalf): ObjectHandle {
  const { dialect } = user
  const first = create(user, key, dialect.point)
  if (key.type !== 'ed25519') return given(first)
  if ('object' in first) return first.object
  const other = dialect.point === 'der' ? 'bare' : 'der'
  const second = create(user, key, other)
  if (!('object' in second)) return given(first)
  dialect.point = other
  return second.object
}

type Made = { object: ObjectHandle } | { failure: unknown }

function given(made: Made): ObjectHandle {
  if ('object' in made) return made.object
  throw made.failure
}

function create(user: User, key: PublicHalf, form: PointForm): Made {
  const { lib, session, dialect } = user
  const template = sealedLast([
    ...publicHalfTemplate(key, halves(key).public),
    ...publicTemplate(key.type, key.spki ?? new Uint8Array(), form),
    ...PUBLIC_EXTRAS,
  ])
  try {
    const object = dialect.try('create', (fit) => lib.create(session, fit(template)))
    const { spki } = lookAt(lib, session, object, CKO.PUBLIC_KEY, KINDS[key.type].keyType)
    if (spki !== undefined && key.spki !== undefined && Buffer.compare(spki, key.spki) === 0) return { object }
    destroyObject(user, object, identityOf(key))
    return { failure: notAsAsked(key.label, ['its public key is another']) }
  } catch (error) {
    if (isRefused(error)) return { failure: error }
    throw error
  }
}
