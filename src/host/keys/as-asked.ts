// KEY-AS-ASKED: a key that was read back is as requested, or the difference is named.
import { differences } from '../../domain/as-asked.ts'
import { deviceFailed } from '../../domain/errors.ts'
import { publicKeyOf } from '../../domain/public-keys.ts'
import type { KeyFacts, KeySpec } from '../../hsm/port.ts'
import { attributeName } from '../native/constants.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import type { Place } from './key-index.ts'

export const notAsAsked = (label: string, wrong: readonly string[]) =>
  deviceFailed('KEY-AS-ASKED', `${label} is not as it was asked for, though the token said OK: ${wrong.join(', ')}`)

/** 65537 is asked for, of every RSA key that is made. */
function exponentOf({ type, spki }: KeyFacts): string[] {
  if (spki === undefined || !type.startsWith('rsa')) return []
  const { publicExponent } = publicKeyOf(spki).asymmetricKeyDetails!
  return publicExponent === 65537n ? [] : [`its public exponent is ${publicExponent}`]
}

export function checkAsAsked(
  { lib }: Pick<Place, 'lib'>,
  spec: KeySpec,
  facts: KeyFacts,
  origin: 'generated' | 'brought',
): void {
  const accepted = [...(spec.accepted ?? []), ...(lib.has('origin-untold') ? ['origin-untold'] : [])]
  const wrong = [
    ...(Buffer.compare(spec.id, facts.id) === 0 ? [] : ['its id is another']),
    ...differences({ ...spec, accepted }, facts, origin),
    ...(origin === 'generated' ? exponentOf(facts) : []),
  ]
  if (wrong.length > 0) throw notAsAsked(spec.label, wrong)
}

/** Flags beside those that the ledger keeps. A token may not know them; one that does says what was asked. */
export function checkExtras({ lib, session }: Place, object: ObjectHandle, extras: Template, label: string): void {
  const seen = lib.read(
    session,
    object,
    extras.map(([type]) => type),
  )
  const wrong = extras.filter(([type, value]) => seen.has(type) && (seen.get(type)![0] !== 0) !== value)
  if (wrong.length > 0)
    throw notAsAsked(
      label,
      wrong.map(([type]) => `${attributeName(type).slice(4)} is another`),
    )
}
