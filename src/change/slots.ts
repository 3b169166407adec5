// Finding a token among slots: by its serial, which a blank token beside it may carry too.
import type { SlotFacts } from '../hsm/port.ts'

/** A blank token is nobody's duplicate: one that is initialised goes first. */
export function slotWith(serial: string, slots: readonly SlotFacts[]): SlotFacts | undefined {
  const found = slots.filter(({ token }) => token?.serial === serial)
  return found.find(({ token }) => token?.initialised) ?? found[0]
}

/** What could not be asked may be what is looked for: in words to go behind others. */
export const faultsIn = (slots: readonly SlotFacts[]): string =>
  slots.flatMap(({ slot, fault }) => (fault === undefined ? [] : [`; slot ${slot} can't be read: ${fault}`])).join('')
