// SENSITIVE and EXTRACTABLE of an object that came by C_UnwrapKey: some tokens take no notice of them there, and take them by a call of their own.

import type { Flags } from '../../domain/keys.ts'
import { notAsAsked } from '../keys/as-asked.ts'
import { destroyObject } from '../keys/destroy.ts'
import { checkIs, type Identity } from '../keys/identity.ts'
import type { Place } from '../keys/key-index.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { FLAG } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'

const SEALS = ['SENSITIVE', 'EXTRACTABLE'] as const

/** Those that are otherwise than was asked. What a token does not tell is for whoever reads the whole key. */
function open({ lib, session }: Place, object: ObjectHandle, flags: Flags): Flags {
  const seen = lib.read(session, object, [FLAG.SENSITIVE, FLAG.EXTRACTABLE])
  const wrong = SEALS.filter((name) => {
    const said = seen.get(FLAG[name])
    return name in flags && said !== undefined && (said[0] !== 0) !== flags[name]
  })
  return Object.fromEntries(wrong.map((name) => [name, flags[name]!]))
}

/** KEY-AS-ASKED: an object that can't be sealed is destroyed. True where it had to be. */
export function seal(place: Place, object: ObjectHandle, label: string, flags: Flags, identity: Identity): boolean {
  const left = open(place, object, flags)
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
