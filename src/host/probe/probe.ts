// What a token can do, found by doing it: on public session objects, without a login, and nothing stays behind.
import type { KeyType } from '../../domain/keys.ts'
import { KEY_TYPES } from '../../domain/keys.ts'
import type { Ability, Capabilities } from '../../hsm/port.ts'
import { type Wrap, wrapsOf } from '../backup/wraps.ts'
import type { Throttle } from '../keys/pace.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKA, CKO, ckmName } from '../native/constants.ts'
import type { Native } from '../native/native.ts'
import { withSessionAsync } from '../native/sessions.ts'
import { ALGORITHMS, SIGNING_KEY } from '../native/signatures.ts'
import { slotAt } from '../tokens.ts'
import { enforcements } from './probe-rules.ts'
import { Specimens } from './probe-specimens.ts'
import { ability } from './probe-try.ts'
import { PASSING, Scratch } from './scratch.ts'

export async function probe(
  lib: Native,
  id: number,
  types: readonly KeyType[] | undefined,
  throttle: Throttle,
): Promise<Capabilities> {
  const slot = slotAt(lib, id)
  return withSessionAsync(lib, slot, async (session) => {
    using scratch = new Scratch(lib, session)
    const mechanisms = new Set(lib.mechanisms(slot))
    const wraps = waysToWrap(scratch, mechanisms)
    const wrapping = wraps[0]?.mechanism
    const specimens = new Specimens(scratch, slot, mechanisms, wraps)
    const { generate, wrap } = await tryTypes(specimens, types ?? KEY_TYPES, throttle)
    return {
      generate,
      wrap,
      mechanisms: Object.fromEntries(wraps.map(({ kind, mechanism }) => [kind.name, ckmName(mechanism)])),
      kcv: specimens.checkValue(),
      audit: auditOf(specimens),
      enforces: enforcements(scratch, mechanisms, wrapping),
      random: randomness(scratch),
      dataObjects: dataObjects(scratch),
    }
  })
}

function waysToWrap(scratch: Scratch, mechanisms: ReadonlySet<number>): Wrap[] {
  let found: Wrap[] = []
  ability(() => {
    found = wrapsOf(scratch, mechanisms)
  })
  return found
}

async function tryTypes(specimens: Specimens, types: readonly KeyType[], throttle: Throttle) {
  const generate: Partial<Record<KeyType, Ability>> = {}
  const wrap: Partial<Record<KeyType, Ability>> = {}
  for (const [i, type] of types.entries()) {
    generate[type] = specimens.generates(type)
    wrap[type] = specimens.wraps(type)
    await throttle.step(i + 1)
  }
  return { generate, wrap }
}

/** RSA takes the longest to make, so it is tried only where the others fail. */
const auditOf = (specimens: Specimens): Capabilities['audit'] =>
  ALGORITHMS.find((alg) => specimens.signs(SIGNING_KEY[alg], alg) === true) ?? 'none'

const randomness = ({ lib, session }: Scratch): Ability =>
  ability(() => (lib.random(session, 32).every((byte) => byte === 0) ? 'C_GenerateRandom gave zeros' : undefined))

const dataObjects = (scratch: Scratch): Ability =>
  ability(() => {
    const { lib, session } = scratch
    const value = Buffer.from('keyrite')
    const template = [
      [CKA.CLASS, CKO.DATA],
      [CKA.LABEL, 'keyrite/probe'],
      [CKA.VALUE, value],
    ] as const
    const object = scratch.keep(lib.create(session, [...template, ...flagsTemplate(PASSING)]))
    return lib.read(session, object, [CKA.VALUE]).get(CKA.VALUE)?.equals(value)
      ? undefined
      : 'a data object lost its value'
  })
