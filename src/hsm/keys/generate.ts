// Making keys, in order and one by one, each read back before the next is begun.

import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import { classOf, isPair } from '../../domain/keys.ts'
import { CKO } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { KeyFacts, KeySpec } from '../port.ts'
import type { User } from '../user.ts'
import { inDialect } from './dialects.ts'
import { discard, makePair } from './generate-pair.ts'
import { lookAt } from './objects.ts'
import type { Pace } from './pace.ts'
import { flagsTemplate, NO_CHECK_VALUE, newSecretTemplate } from './templates.ts'

const USAGE_FLAGS = ['ENCRYPT', 'DECRYPT', 'SIGN', 'VERIFY', 'WRAP', 'UNWRAP', 'DERIVE']

export function secretFlags(spec: KeySpec): Flags {
  if (!isPair(spec.attributes)) return spec.attributes
  throw new TypeError(`${spec.label}: a secret key has one set of attributes`)
}

/**
 * The flags to be born with. A key whose usage can't give its check value has no usage but the one that can, until it was
 * taken: if we die in between, the key can do nothing.
 */
export function birthFlags(user: User, spec: KeySpec): Flags {
  const final = secretFlags(spec)
  if (user.checkValues.ready(spec.type, final)) return final
  const none = Object.fromEntries(USAGE_FLAGS.filter((name) => name in final).map((name) => [name, false]))
  return { ...final, ...none, [user.checkValues.needs(spec.type)!]: true }
}

const differing = (from: Flags, to: Flags): Flags =>
  Object.fromEntries(Object.entries(to).filter(([name, value]) => from[name] !== value))

/** Takes the check value, sets the final usage in one call, and reads everything back in another. */
export function finishSecret(user: User, object: ObjectHandle, spec: KeySpec, birth: Flags): KeyFacts {
  const { lib, session } = user
  const fingerprint = user.checkValues.take(session, object, spec.type, birth)
  const final = secretFlags(spec)
  if (birth !== final) lib.set(session, object, flagsTemplate(differing(birth, final)))
  const seen = lookAt(lib, session, object, CKO.SECRET_KEY, KINDS[spec.type].keyType)
  if (seen.type !== spec.type && !seen.typeGuessed)
    throw deviceFailed('KEY-UNREADABLE', `${spec.label} reads back as ${seen.type ?? 'no key'}`)
  const { label, id, attributes } = seen
  return { label, id, class: 'secret', type: spec.type, fingerprint, attributes }
}

function makeSecret(user: User, spec: KeySpec): KeyFacts {
  const birth = birthFlags(user, spec)
  const template = newSecretTemplate(spec, birth)
  const extras = user.checkValues.own ? [] : NO_CHECK_VALUE
  const object = user.secrets.try((dialect) =>
    user.lib.generateKey(user.session, KINDS[spec.type].generate, inDialect(dialect, template, extras)),
  )
  try {
    return finishSecret(user, object, spec, birth)
  } catch (error) {
    discard(user, object)
    throw error
  }
}

const makeKey = (user: User, spec: KeySpec): KeyFacts =>
  classOf(spec.type) === 'secret' ? makeSecret(user, spec) : makePair(user, spec).facts

export async function generateKeys(user: User, specs: readonly KeySpec[], pace: Pace): Promise<KeyFacts[]> {
  const made: KeyFacts[] = []
  for (const spec of specs) {
    made.push(makeKey(user, spec))
    user.device.changed()
    await pace.step(made.length)
  }
  return made
}
