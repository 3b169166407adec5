// Making a key pair and reading it back, both halves: one call to make it, one per half to read.

import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import { isPair } from '../../domain/keys.ts'
import { CKO } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import type { KeyFacts, KeySpec } from '../port.ts'
import type { User } from '../user.ts'
import { type Dialect, inDialect } from './dialects.ts'
import { spkiFingerprint } from './fingerprint.ts'
import type { Lane } from './lanes.ts'
import type { Seen } from './objects.ts'
import { lookAt } from './objects.ts'
import { PRIVATE_EXTRAS, PUBLIC_EXTRAS, pairParameters, privateTemplate, publicHalfTemplate } from './templates.ts'

export interface Pair {
  privateKey: ObjectHandle
  publicKey: ObjectHandle
  facts: KeyFacts
}

export function halves(spec: KeySpec): { private: Flags; public: Flags } {
  if (isPair(spec.attributes)) return spec.attributes
  throw new TypeError(`${spec.label}: a pair has attributes for both halves`)
}

/** A pair's facts from its two halves. The public half names the key. */
export function pairFacts(closed: Seen, open: Seen): KeyFacts {
  const { type, spki } = open
  if (type === undefined || spki === undefined || closed.type !== type) {
    throw deviceFailed('KEY-UNREADABLE', `the halves of ${closed.label} read back as different or unknown keys`)
  }
  const attributes = { private: closed.attributes, public: open.attributes }
  return {
    label: closed.label,
    id: closed.id,
    class: 'pair',
    type,
    attributes,
    fingerprint: spkiFingerprint(spki),
    spki,
  }
}

/** The templates of both halves, as this token wants them: the public one first. */
function templatesOf(spec: KeySpec, dialect: Dialect): [open: Template, closed: Template] {
  const flags = halves(spec)
  const open = [...publicHalfTemplate(spec, flags.public), ...pairParameters(spec)]
  const closed = privateTemplate(spec, flags.private)
  return [inDialect(dialect, open, PUBLIC_EXTRAS), inDialect(dialect, closed, PRIVATE_EXTRAS)]
}

export function makePair(user: User, spec: KeySpec): Pair {
  const { lib, session, pairs } = user
  const { generate, keyType } = KINDS[spec.type]
  const made = pairs.try((dialect) => lib.generateKeyPair(session, generate, ...templatesOf(spec, dialect)))
  return { ...made, facts: readPair(user, made, keyType) }
}

export async function makePairBeside(lane: Lane, spec: KeySpec): Promise<KeyFacts> {
  const { lib, session, pairs } = lane
  const { generate, keyType } = KINDS[spec.type]
  const made = await lib.generateKeyPairBeside(session, generate, ...templatesOf(spec, pairs.known!))
  return readPair(lane, made, keyType)
}

const readPair = (lane: Lane, made: Omit<Pair, 'facts'>, keyType: number): KeyFacts =>
  orDiscard(lane, [made.privateKey, made.publicKey], () => {
    const { lib, session } = lane
    const closed = lookAt(lib, session, made.privateKey, CKO.PRIVATE_KEY, keyType)
    return pairFacts(closed, lookAt(lib, session, made.publicKey, CKO.PUBLIC_KEY, keyType))
  })

/** Takes what was made away again when something goes wrong with it. */
export function orDiscard<T>(lane: Lane, objects: readonly ObjectHandle[], work: () => T): T {
  try {
    return work()
  } catch (error) {
    discard(lane, ...objects)
    throw error
  }
}

/** A key that could not be finished is taken away again. What stays all the same has changed the token. */
export function discard(user: Lane, ...objects: ObjectHandle[]): void {
  for (const object of objects) {
    try {
      user.lib.destroy(user.session, object)
    } catch {
      user.device.changed()
    }
  }
}
