// Finding a token among slots: by its address, whose serial a blank token beside it may carry too.
import { isAt, type TokenAddress } from '../domain/token-address.ts'
import type { SlotFacts } from '../hsm/port.ts'

/** A blank token is nobody's duplicate: one that is initialised goes first. */
export function slotWith(address: TokenAddress, slots: readonly SlotFacts[]): SlotFacts | undefined {
  const found = slots.filter(({ token }) => token && isAt(address, token))
  return found.find(({ token }) => token?.initialised) ?? found[0]
}

/** What could not be asked may be what is looked for: in words to go behind others. */
export const faultsIn = (slots: readonly SlotFacts[]): string =>
  slots.flatMap(({ slot, fault }) => (fault === undefined ? [] : [`; slot ${slot} can't be read: ${fault}`])).join('')
