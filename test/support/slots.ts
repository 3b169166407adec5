// Slots as a module shows them, where nothing matters but what a test says of their tokens.
import type { SlotFacts, TokenFacts } from '../../src/hsm/port.ts'

type Named = Pick<TokenFacts, 'serial' | 'label'>

/** An initialised token that asks for nothing unusual. */
export const tokenFacts = (named: Named): TokenFacts => ({
  ...named,
  manufacturer: '',
  model: '',
  firmware: '1.0',
  hardware: '1.0',
  initialised: true,
  userPinSet: true,
  pinLength: { min: 4, max: 255 },
  tries: { so: 'ok', user: 'ok' },
  pinPad: false,
  writeProtected: false,
  loginRequired: true,
  soPinPreset: false,
})

export const slotOf = (slot: number, token: Named): SlotFacts => ({
  slot,
  description: '',
  manufacturer: '',
  token: tokenFacts(token),
})
