// PINs become strings here, in the process that ends soon: pkcs11js takes nothing else, and a string can't be wiped.
import { toBase32 } from '../domain/encoding.ts'
import { deviceFailed } from '../domain/errors.ts'
import type { Pin, TokenFacts } from './port.ts'

/** A PIN in a message: the bytes themselves. */
export interface WirePin {
  bytes: Uint8Array
  form: Pin['form']
}

export interface PinRules {
  prefix: string
  acceptShort: boolean
}

const ENOUGH = 16

/** A maximum of zero, below the minimum, or of all ones means that the token doesn't say. */
const room = ({ min, max }: TokenFacts['pinLength'], prefix: number): number =>
  max === 0 || max < min || max > 0x7fff_ffff ? Number.POSITIVE_INFINITY : max - prefix

function derived(bytes: Uint8Array, limit: TokenFacts['pinLength'], rules: PinRules): string {
  const pin = toBase32(bytes).slice(0, Math.max(0, room(limit, rules.prefix.length)))
  if (pin.length >= ENOUGH || (rules.acceptShort && pin.length > 0)) return rules.prefix + pin
  throw deviceFailed(
    'SHORT-PIN',
    `the token takes PINs of at most ${limit.max} characters, which leaves ${pin.length} to derive; ${ENOUGH} are needed`,
  )
}

/** The text of a PIN; its bytes are wiped. */
export function pinText(pin: WirePin, limit: TokenFacts['pinLength'], rules: PinRules): string {
  try {
    return pin.form === 'text' ? Buffer.from(pin.bytes).toString('utf8') : derived(pin.bytes, limit, rules)
  } finally {
    pin.bytes.fill(0)
  }
}
