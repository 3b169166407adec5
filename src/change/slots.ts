// Finding a token among slots: by its address, whose serial a blank token beside it may carry too.
import { deviceFailed, type KeyriteError } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import { addressName, isAt, type TokenAddress } from '../domain/token-address.ts'
import type { Hsm, SlotFacts, TokenFacts } from '../hsm/port.ts'

/** A blank token is nobody's duplicate: one that is initialised goes first. */
export function slotWith(address: TokenAddress, slots: readonly SlotFacts[]): SlotFacts | undefined {
  const found = slots.filter(({ token }) => token && isAt(address, token))
  return found.find(({ token }) => token?.initialised) ?? found[0]
}

/** As it is now; undefined where it is away. TOKEN-PRESENT: a slot that can't be read may be its own. */
export async function seenNow(address: TokenAddress, hsm: Pick<Hsm, 'slots'>): Promise<TokenFacts | undefined> {
  const slots = await hsm.slots()
  const { token } = slotWith(address, slots) ?? {}
  const faults = faultsIn(slots)
  if (!token && faults !== '')
    throw deviceFailed('TOKEN-PRESENT', `the token ${escaped(addressName(address))} is not to be seen${faults}`)
  return token
}

/** What could not be asked may be what is looked for: in words to go behind others. */
export const faultsIn = (slots: readonly SlotFacts[]): string =>
  slots.flatMap(({ slot, fault }) => (fault === undefined ? [] : [`; slot ${slot} can't be read: ${fault}`])).join('')

/** TOKEN-PRESENT: `what` says so. */
export const notThere = (what: string, slots: readonly SlotFacts[]): KeyriteError =>
  deviceFailed('TOKEN-PRESENT', `${what}${faultsIn(slots)}`, keyrite('token', 'list', '--module', 'PATH'))
