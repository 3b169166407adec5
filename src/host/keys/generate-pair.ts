// Generates a key pair and reads back both halves.
import type { Flags } from '../../domain/keys.ts'
import type { KeyFacts, KeySpec } from '../../hsm/port.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { Template } from '../native/values.ts'
import type { User } from '../user.ts'
import { finishPair, type Halves, privateBirth, publicBirth } from './birth.ts'
import type { Fit } from './dialects.ts'
import { orDiscard } from './discard.ts'
import type { ParallelSession } from './lanes.ts'
import { PRIVATE_EXTRAS, PUBLIC_EXTRAS, pairParameters, privateTemplate, publicHalfTemplate } from './templates.ts'

/** The templates of both halves, as this token wants them: the public one first. */
function templatesOf(
  worker: Pick<ParallelSession, 'lib'>,
  spec: KeySpec,
  birth: Flags,
  fit: Fit,
): [publicHalf: Template, privateHalf: Template] {
  const publicHalf = [...publicHalfTemplate(spec, publicBirth(worker, spec)), ...pairParameters(spec)]
  const privateHalf = privateTemplate(spec, birth)
  return [fit([...publicHalf, ...PUBLIC_EXTRAS]), fit([...privateHalf, ...PRIVATE_EXTRAS])]
}

export function makePair(user: User, spec: KeySpec): Halves & { facts: KeyFacts } {
  const { lib, session, dialect } = user
  const { generate } = KINDS[spec.type]
  const birth = privateBirth(spec)
  const made = dialect.try('generate', (fit) =>
    lib.generateKeyPair(session, generate, ...templatesOf(user, spec, birth, fit)),
  )
  return { ...made, facts: orDiscardPair(user, made, spec, birth) }
}

export async function makePairBeside(worker: ParallelSession, spec: KeySpec): Promise<KeyFacts> {
  const { lib, session, dialect } = worker
  const { generate } = KINDS[spec.type]
  const birth = privateBirth(spec)
  const made = await lib.generateKeyPairBeside(
    session,
    generate,
    ...templatesOf(worker, spec, birth, dialect.fit('generate')),
  )
  return orDiscardPair(worker, made, spec, birth)
}

const orDiscardPair = (worker: ParallelSession, made: Halves, spec: KeySpec, birth: Flags): KeyFacts =>
  orDiscard(worker, spec, [made.privateKey, made.publicKey], () => finishPair(worker, made, spec, birth, 'generated'))
