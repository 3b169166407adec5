// PINs become strings here, in the process that ends soon: pkcs11js takes nothing else, and a string can't be wiped.
import { derivedLength, derivedPin } from '../domain/pins.ts'
import type { Pin, TokenFacts } from '../hsm/port.ts'

/** A PIN in a message: the bytes themselves. */
export interface WirePin {
  bytes: Uint8Array
  form: Pin['form']
  characters?: number
}

/** Whether a short one is enough was asked when the token was taken. */
const RULES = { accepted: ['short-pin'] }

/** Of what C_GetTokenInfo says. */
export const derivedCharacters = (info: { minPinLen: number; maxPinLen: number }, prefix: string): number =>
  derivedLength({ min: info.minPinLen, max: info.maxPinLen }, { ...RULES, prefix })

/** The text of a PIN; its bytes are wiped. `characters`: of a derived one so many, whatever the limit is now. */
export function pinText(
  { bytes, form }: WirePin,
  limit: TokenFacts['pinLength'],
  prefix: string,
  characters?: number,
): string {
  try {
    if (form === 'text') return Buffer.from(bytes).toString('utf8')
    return derivedPin(bytes, characters ?? derivedLength(limit, { ...RULES, prefix }), prefix)
  } finally {
    bytes.fill(0)
  }
}
