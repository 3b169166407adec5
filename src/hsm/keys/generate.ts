// Making keys and reading each back: a few one by one, many in several sessions at a time.

import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import { classOf, isPair } from '../../domain/keys.ts'
import { CKO } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import type { KeyFacts, KeySpec } from '../port.ts'
import type { User } from '../user.ts'
import { type Dialect, inDialect } from './dialects.ts'
import { makePair, makePairBeside, orDiscard } from './generate-pair.ts'
import { inLanes, type Lane } from './lanes.ts'
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
export function birthFlags(user: Lane, spec: KeySpec): Flags {
  const final = secretFlags(spec)
  if (user.checkValues.ready(spec.type, final)) return final
  const none = Object.fromEntries(USAGE_FLAGS.filter((name) => name in final).map((name) => [name, false]))
  return { ...final, ...none, [user.checkValues.needs(spec.type)!]: true }
}

const differing = (from: Flags, to: Flags): Flags =>
  Object.fromEntries(Object.entries(to).filter(([name, value]) => from[name] !== value))

/** Takes the check value, sets the final usage in one call, and reads everything back in another. */
export function finishSecret(user: Lane, object: ObjectHandle, spec: KeySpec, birth: Flags): KeyFacts {
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

const templateOf = ({ checkValues }: Lane, spec: KeySpec, birth: Flags, dialect: Dialect): Template =>
  inDialect(dialect, newSecretTemplate(spec, birth), checkValues.own ? [] : NO_CHECK_VALUE)

function makeSecret(user: User, spec: KeySpec): KeyFacts {
  const { lib, session } = user
  const birth = birthFlags(user, spec)
  const object = user.secrets.try((dialect) =>
    lib.generateKey(session, KINDS[spec.type].generate, templateOf(user, spec, birth, dialect)),
  )
  return orDiscard(user, [object], () => finishSecret(user, object, spec, birth))
}

async function makeSecretBeside(lane: Lane, spec: KeySpec): Promise<KeyFacts> {
  const { lib, session, secrets } = lane
  const birth = birthFlags(lane, spec)
  const template = templateOf(lane, spec, birth, secrets.known!)
  const object = await lib.generateKeyBeside(session, KINDS[spec.type].generate, template)
  return orDiscard(lane, [object], () => finishSecret(lane, object, spec, birth))
}

const isSecret = ({ type }: KeySpec): boolean => classOf(type) === 'secret'
const makeKey = (user: User, spec: KeySpec): KeyFacts =>
  isSecret(spec) ? makeSecret(user, spec) : makePair(user, spec).facts
const makeKeyBeside = (lane: Lane, spec: KeySpec): Promise<KeyFacts> =>
  isSecret(spec) ? makeSecretBeside(lane, spec) : makePairBeside(lane, spec)

/** From so many keys on, several are made at a time. */
const MANY = 8

export async function generateKeys(user: User, specs: readonly KeySpec[], pace: Pace): Promise<KeyFacts[]> {
  const [first, ...others] = specs
  if (specs.length < MANY || others.some(({ type }) => type !== first!.type)) return makeInTurn(user, specs, pace)
  // From the first is learned how the token wants to be asked.
  return [...(await makeInTurn(user, [first!], pace)), ...(await makeBeside(user, others, pace))]
}

async function makeInTurn(user: User, specs: readonly KeySpec[], pace: Pace): Promise<KeyFacts[]> {
  const made: KeyFacts[] = []
  for (const spec of specs) {
    made.push(makeKey(user, spec))
    user.device.changed()
    await pace.step(user.device.changes)
  }
  return made
}

const makeBeside = (user: User, specs: readonly KeySpec[], pace: Pace): Promise<KeyFacts[]> =>
  inLanes(
    user,
    specs,
    async (lane, spec) => {
      const facts = await makeKeyBeside(lane, spec)
      user.device.changed()
      pace.tell(user.device.changes)
      return facts
    },
    pace,
  )
