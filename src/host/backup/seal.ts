// SENSITIVE and EXTRACTABLE, and its usage where that is known to be otherwise, of an object that came by C_UnwrapKey: some tokens take no notice of them there, and take them by a call of their own.

import type { Flags } from '../../domain/keys.ts'
import { notAsAsked } from '../keys/as-asked.ts'
import { destroyObject } from '../keys/destroy.ts'
import { checkIs, checkSaid, type Identity } from '../keys/identity.ts'
import type { Place } from '../keys/key-index.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { FLAG, type FlagName } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'

const SEALS: readonly FlagName[] = ['SENSITIVE', 'EXTRACTABLE']
const USAGE: readonly FlagName[] = [
  ...(['ENCRYPT', 'DECRYPT', 'SIGN', 'SIGN_RECOVER', 'VERIFY', 'WRAP', 'UNWRAP', 'DERIVE'] as const),
]
const sealsOf = ({ lib }: Place) => (lib.known?.usageAfter ? [...SEALS, ...USAGE] : SEALS)

/** Those that are otherwise than was asked. What a token does not tell is for whoever reads the whole key. OBJECT-ANOTHER: it is not `is`. */
function open(place: Place, object: ObjectHandle, flags: Flags, is: Identity = []): Flags {
  const also = is.map(([type]) => type)
  const seals = sealsOf(place)
  const seen = place.lib.read(place.session, object, [...seals.map((name) => FLAG[name]), ...also])
  checkSaid(place, object, is, seen)
  const wrong = seals.filter((name) => {
    const said = seen.get(FLAG[name])
    return name in flags && said !== undefined && (said[0] !== 0) !== flags[name]
  })
  return Object.fromEntries(wrong.map((name) => [name, flags[name]!]))
}

/** KEY-AS-ASKED: an object that can't be sealed is destroyed. True where it had to be. `is`: what else it must say of itself, or it is left as it is. */
export function seal(
  place: Place,
  object: ObjectHandle,
  label: string,
  flags: Flags,
  identity: Identity,
  is?: Identity,
): boolean {
  const left = open(place, object, flags, is)
  if (Object.keys(left).length === 0) return false
  checkIs(place, object, identity)
  try {
    place.lib.set(place.session, object, flagsTemplate(left))
    const still = Object.keys(open(place, object, flags))
    if (still.length > 0)
      throw notAsAsked(
        label,
        still.map((name) => `${name} is ${!flags[name]}`),
      )
    return true
  } catch (error) {
    destroyObject(place, object, identity)
    throw error
  }
}
