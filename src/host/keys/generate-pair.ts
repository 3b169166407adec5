// Generates a key pair and reads back both halves.
import type { Flags } from '../../domain/keys.ts'
import type { KeyFacts, KeySpec } from '../../hsm/port.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { Template } from '../native/values.ts'
import type { User } from '../user.ts'
import { finishPair, type Halves, privateBirth } from './birth.ts'
import { type Dialect, inDialect } from './dialects.ts'
import { orDiscard } from './discard.ts'
import type { ParallelSession } from './lanes.ts'
import { halves } from './pair-facts.ts'
import { PRIVATE_EXTRAS, PUBLIC_EXTRAS, pairParameters, privateTemplate, publicHalfTemplate } from './templates.ts'

/** The templates of both halves, as this token wants them: the public one first. */
function templatesOf(spec: KeySpec, birth: Flags, dialect: Dialect): [publicHalf: Template, privateHalf: Template] {
  const publicHalf = [...publicHalfTemplate(spec, halves(spec).public), ...pairParameters(spec)]
  const privateHalf = privateTemplate(spec, birth)
  return [inDialect(dialect, publicHalf, PUBLIC_EXTRAS), inDialect(dialect, privateHalf, PRIVATE_EXTRAS)]
}

export function makePair(user: User, spec: KeySpec): Halves & { facts: KeyFacts } {
  const { lib, session, pairs } = user
  const { generate } = KINDS[spec.type]
  const birth = privateBirth(spec)
  const made = pairs.try((dialect) => lib.generateKeyPair(session, generate, ...templatesOf(spec, birth, dialect)))
  return { ...made, facts: orDiscardPair(user, made, spec, birth) }
}

export async function makePairBeside(worker: ParallelSession, spec: KeySpec): Promise<KeyFacts> {
  const { lib, session, pairs } = worker
  const { generate } = KINDS[spec.type]
  const birth = privateBirth(spec)
  const made = await lib.generateKeyPairBeside(session, generate, ...templatesOf(spec, birth, pairs.known!))
  return orDiscardPair(worker, made, spec, birth)
}

const orDiscardPair = (worker: ParallelSession, made: Halves, spec: KeySpec, birth: Flags): KeyFacts =>
  orDiscard(worker, spec, [made.privateKey, made.publicKey], () => finishPair(worker, made, spec, birth, 'generated'))
