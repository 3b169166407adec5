// The PIN of an application, as the ledger has it: which one it is, and whose shares give it.
import type { AppPin } from '../domain/application-shapes.ts'
import { isWholeOfApplication } from '../domain/pins.ts'
import { holderOf } from '../domain/roster.ts'
import type { Group } from '../domain/shapes.ts'
import type { Role } from '../hsm/port.ts'
import { inForce } from './credentials.ts'

export type DerivedPin = Extract<AppPin, { kind: 'derived' }>

/** `characters`: of the user PIN. */
export function derivedAppPin(generation: number, characters: number, groups: readonly Group[]): DerivedPin {
  const holds = (role: Role) => inForce(holderOf(role, groups))
  const short = isWholeOfApplication(characters) ? {} : { characters }
  return { kind: 'derived', generation, user: holds('user'), so: holds('so'), ...short }
}
