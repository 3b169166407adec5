// Generates keys and reads each back: a few one by one, many in several parallel sessions.
import type { Flags } from '../../domain/keys.ts'
import { classOf } from '../../domain/keys.ts'
import type { KeyFacts, KeySpec } from '../../hsm/port.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { Template } from '../native/values.ts'
import type { User } from '../user.ts'
import { finishSecret, secretBirth } from './birth.ts'
import { orDiscard } from './discard.ts'
import { makePair, makePairBeside } from './generate-pair.ts'
import { inParallelSessions, type ParallelSession } from './lanes.ts'
import type { Throttle } from './pace.ts'
import { NO_CHECK_VALUE, newSecretTemplate } from './templates.ts'

const templateOf = ({ checkValues }: ParallelSession, spec: KeySpec, birth: Flags): Template => [
  ...newSecretTemplate(spec, birth),
  ...(checkValues.own(spec.type) ? [] : NO_CHECK_VALUE),
]

function makeSecret(user: User, spec: KeySpec): KeyFacts {
  const { lib, session } = user
  const birth = secretBirth(user, spec)
  const object = user.dialect.try('generate', (fit) =>
    lib.generateKey(session, KINDS[spec.type].generate, fit(templateOf(user, spec, birth))),
  )
  return orDiscard(user, spec, [object], () => finishSecret(user, object, spec, birth, 'generated'))
}

async function makeSecretBeside(worker: ParallelSession, spec: KeySpec): Promise<KeyFacts> {
  const { lib, session, dialect } = worker
  const birth = secretBirth(worker, spec)
  const template = dialect.fit('generate')(templateOf(worker, spec, birth))
  const object = await lib.generateKeyBeside(session, KINDS[spec.type].generate, template)
  return orDiscard(worker, spec, [object], () => finishSecret(worker, object, spec, birth, 'generated'))
}

const isSecret = ({ type }: KeySpec): boolean => classOf(type) === 'secret'
const makeKey = (user: User, spec: KeySpec): KeyFacts =>
  isSecret(spec) ? makeSecret(user, spec) : makePair(user, spec).facts
const makeKeyBeside = (worker: ParallelSession, spec: KeySpec): Promise<KeyFacts> =>
  isSecret(spec) ? makeSecretBeside(worker, spec) : makePairBeside(worker, spec)

/** From this many keys on, several are made at a time. */
const MANY = 8

export async function generateKeys(user: User, specs: readonly KeySpec[], throttle: Throttle): Promise<KeyFacts[]> {
  const [first, ...others] = specs
  if (specs.length < MANY || others.some(({ type }) => type !== first!.type)) return makeInTurn(user, specs, throttle)
  // The first key shows which dialect the token speaks.
  return [...(await makeInTurn(user, [first!], throttle)), ...(await makeBeside(user, others, throttle))]
}

async function makeInTurn(user: User, specs: readonly KeySpec[], throttle: Throttle): Promise<KeyFacts[]> {
  const made: KeyFacts[] = []
  for (const spec of specs) {
    made.push(makeKey(user, spec))
    user.device.changed()
    await throttle.step(user.device.changes)
  }
  return made
}

const makeBeside = (user: User, specs: readonly KeySpec[], throttle: Throttle): Promise<KeyFacts[]> =>
  inParallelSessions(
    user,
    specs,
    async (worker, spec) => {
      const facts = await makeKeyBeside(worker, spec)
      user.device.changed()
      throttle.tell(user.device.changes)
      return facts
    },
    throttle,
  )
