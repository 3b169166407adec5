// A new key first has only the usage that proves it, and gets its final usage once it is proved: after a crash in between it can do nothing else.
import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import { isPair } from '../../domain/keys.ts'
import type { KeyFacts, KeySpec } from '../../hsm/port.ts'
import { CKO } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { ObjectHandle } from '../native/values.ts'
import { checkAsAsked, checkExtras } from './as-asked.ts'
import { checkAnswer } from './challenge.ts'
import { checkIs, identityOf } from './identity.ts'
import type { ParallelSession } from './lanes.ts'
import { lookAt, type Seen } from './objects.ts'
import { halves, pairFacts } from './pair-facts.ts'
import { flagsTemplate, PRIVATE_EXTRAS, PUBLIC_EXTRAS } from './templates.ts'

const USAGE_FLAGS = ['ENCRYPT', 'DECRYPT', 'SIGN', 'VERIFY', 'WRAP', 'UNWRAP', 'DERIVE']

function secretFlags(spec: KeySpec): Flags {
  if (!isPair(spec.attributes)) return spec.attributes
  throw new TypeError(`${spec.label}: a secret key has one set of attributes`)
}

/** Only the usage that proves the key; none where none is needed for that. */
export function usedFor(flag: string | undefined, final: Flags): Flags {
  const none = Object.fromEntries(USAGE_FLAGS.filter((name) => name in final).map((name) => [name, false]))
  return { ...final, ...none, ...(flag === undefined ? {} : { [flag]: true }) }
}

/** The flags that a secret key is born with: its final ones, where these give its check value. */
export function secretBirth({ checkValues }: ParallelSession, spec: KeySpec): Flags {
  const final = secretFlags(spec)
  return checkValues.ready(spec.type, final) ? final : usedFor(checkValues.needs(spec.type)!, final)
}

/** The flags that a private half is born with. It has to sign once. */
export function privateBirth(spec: KeySpec): Flags {
  const final = halves(spec).private
  return final.SIGN === true ? final : usedFor('SIGN', final)
}

/** And the public half. */
export const publicBirth = ({ lib }: Pick<ParallelSession, 'lib'>, spec: KeySpec): Flags =>
  lib.known?.pairwise ? { ...halves(spec).public, VERIFY: true } : halves(spec).public

const differing = (from: Flags, to: Flags): Flags =>
  Object.fromEntries(Object.entries(to).filter(([name, value]) => from[name] !== value))

/** Where a template can't state it, all of it is set. */
const usageIn = (final: Flags): Flags =>
  Object.fromEntries(Object.entries(final).filter(([name]) => USAGE_FLAGS.includes(name)))

function becomeFinal(worker: ParallelSession, object: ObjectHandle, spec: KeySpec, birth: Flags, final: Flags): void {
  const left = worker.lib.known?.unknown?.includes('SIGN') ? usageIn(final) : differing(birth, final)
  if (Object.keys(left).length === 0) return
  checkIs(worker, object, identityOf(spec))
  worker.lib.set(worker.session, object, flagsTemplate(left))
}

type Origin = 'generated' | 'brought'

/** Takes the check value, sets the final usage in one call, reads everything back in another, and compares. */
export function finishSecret(
  worker: ParallelSession,
  object: ObjectHandle,
  spec: KeySpec,
  birth: Flags,
  origin: Origin,
): KeyFacts {
  const { lib, session } = worker
  const fingerprint = worker.checkValues.take(session, object, spec.type, birth)
  becomeFinal(worker, object, spec, birth, secretFlags(spec))
  const { type, typeGuessed, label, id, attributes } = lookAt(
    lib,
    session,
    object,
    CKO.SECRET_KEY,
    KINDS[spec.type].keyType,
  )
  if (type === undefined) throw deviceFailed('KEY-UNREADABLE', `${spec.label} reads back as no key`)
  const facts = { label, id, class: 'secret' as const, fingerprint, attributes }
  checkAsAsked(worker, spec, { ...facts, type, ...(typeGuessed && { typeGuessed }) }, origin)
  return { ...facts, type: spec.type }
}

export interface Halves {
  privateKey: ObjectHandle
  publicKey: ObjectHandle
}

/** Asks the private half for an answer, sets the final usage, reads both halves back, and compares. */
export function finishPair(
  worker: ParallelSession,
  made: Halves,
  spec: KeySpec,
  birth: Flags,
  origin: Origin,
): KeyFacts {
  const { lib, session } = worker
  const { keyType } = KINDS[spec.type]
  const publicHalf = lookAt(lib, session, made.publicKey, CKO.PUBLIC_KEY, keyType)
  const half = () => lookAt(lib, session, made.privateKey, CKO.PRIVATE_KEY, keyType)
  checkAnswer(worker, made.privateKey, spec, pairFacts(half(), publicHalf).spki!)
  becomeFinal(worker, made.privateKey, spec, birth, halves(spec).private)
  const open = origin === 'generated' ? publicBirth(worker, spec) : halves(spec).public
  becomeFinal(worker, made.publicKey, spec, open, halves(spec).public)
  const seen = lib.known ? lookAt(lib, session, made.publicKey, CKO.PUBLIC_KEY, keyType) : publicHalf
  const privateHalf = half()
  const facts = pairFacts(privateHalf, seen)
  checkTold(worker, privateHalf, spec)
  checkAsAsked(worker, spec, facts, origin)
  checkExtras(worker, made.privateKey, PRIVATE_EXTRAS, spec.label)
  checkExtras(worker, made.publicKey, PUBLIC_EXTRAS, spec.label)
  return facts
}

/** KEY-UNREADABLE: where anybody can exchange public halves it is the private one that tells whose they are. */
function checkTold({ lib }: ParallelSession, { spki }: Seen, { label }: KeySpec): void {
  if (!lib.known?.beside || spki !== undefined) return
  throw deviceFailed(
    'KEY-UNREADABLE',
    `the private half of ${label} does not tell its public key, and the public half can be exchanged there`,
  )
}
