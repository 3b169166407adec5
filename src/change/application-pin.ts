// The PIN of an application, as the ledger has it: which one it is, and whose shares give it.
import type { AppPin } from '../domain/application-shapes.ts'
import type { KeyriteError } from '../domain/errors.ts'
import { keyrite, type Run } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KnownApplication } from '../domain/known-application.ts'
import { isWholeOfApplication } from '../domain/pins.ts'
import { holderOf } from '../domain/roster.ts'
import type { Group } from '../domain/shapes.ts'
import type { Role } from '../hsm/port.ts'
import { inForce, isLost } from './credentials.ts'

export type DerivedPin = Extract<AppPin, { kind: 'derived' }>

/** `characters`: of the user PIN. */
export function derivedAppPin(generation: number, characters: number, groups: readonly Group[]): DerivedPin {
  const holds = (role: Role) => inForce(holderOf(role, groups))
  const short = isWholeOfApplication(characters) ? {} : { characters }
  return { kind: 'derived', generation, user: holds('user'), so: holds('so'), ...short }
}

/** The SO of the custodians sets it anew, whatever it is now. */
export const newPin = (...names: readonly string[]): Run =>
  keyrite('app', 'pin', ...names, '--new', '--pin-out', names.length > 1 ? 'FOLDER/' : 'FILE')

/** SECRET-LOST. Why nobody can log in to the token of an application until it gets a new PIN; undefined where its shares are there. */
export function closedBy({ name, pin }: KnownApplication, { rosters }: History): KeyriteError | undefined {
  const lost = pin.kind === 'derived' ? rosters.lostBy(pin.user) : undefined
  if (pin.kind === 'given' || !lost) return undefined
  const failure = isLost(pin.user, lost)
  return failure.with({ message: `nobody can log in to the token of ${name}: ${failure.message}`, hint: newPin(name) })
}
