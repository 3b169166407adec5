// The SO PIN of an application's token follows the custodians when the token is seen: who has left could set the user PIN by it.
import { sameJson } from '../domain/canonical.ts'
import { KeyriteError } from '../domain/errors.ts'
import type { KnownApplication } from '../domain/known-application.ts'
import { holderOf } from '../domain/roster.ts'
import type { Group } from '../domain/shapes.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { Hsm, Pin, TokenFacts } from '../hsm/port.ts'
import type { DerivedPin } from './application-pin.ts'
import { type Credentials, inForce, type SetName } from './credentials.ts'

interface Seen {
  hsm: Pick<Hsm, 'changePin' | 'pinOpens'>
  address: TokenAddress
  token: Pick<TokenFacts, 'tries'>
}

/** Sets whose SO PIN the token may have: the one of the ledger, and that of today, where a crash came between. */
export function soHolders({ pin }: Pick<KnownApplication, 'pin'>, groups: readonly Group[]): SetName[] {
  const today = inForce(holderOf('so', groups))
  return pin.kind === 'given' || sameJson(pin.so, today) ? [today] : [pin.so, today]
}

/**
 * What its PINs are after it has followed; undefined where it had, or can't now. What an application needs is not held up by it: the ledger
 * says of which shares it is, and the next look tries again.
 */
export async function followedBySo(
  app: Pick<KnownApplication, 'id' | 'pin'>,
  { hsm, address, token: { tries } }: Seen,
  credentials: Credentials,
  groups: readonly Group[],
): Promise<DerivedPin | undefined> {
  const [before, today] = soHolders(app, groups)
  if (app.pin.kind === 'given' || !before || !today) return undefined
  if (tries.so === 'final' || tries.so === 'locked') return undefined
  const pinAt = (set: SetName): Promise<Pin> => credentials.applicationPin('so', { id: app.id, generation: 1 }, set)
  const [from, to] = [await pinAt(before), await pinAt(today)]
  using _from = from.bytes
  using _to = to.bytes
  try {
    await hsm.changePin(address, 'so', from, to)
  } catch (error) {
    if (!(error instanceof KeyriteError) || error.code !== 'CKR_PIN_INCORRECT') return onlyRefused(error)
    if (!(await hsm.pinOpens(address, 'so', to))) return undefined
  }
  return { ...app.pin, so: today }
}

/** A token that takes no such PIN keeps its own. */
function onlyRefused(error: unknown): undefined {
  if (error instanceof KeyriteError && error.code.startsWith('CKR_') && !error.changed) return undefined
  throw error
}
