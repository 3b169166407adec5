// PINs become strings here, in the process that ends soon: pkcs11js takes nothing else, and a string can't be wiped.
import { toBase32 } from '../domain/encoding.ts'
import { derivedLength } from '../domain/pins.ts'
import type { Pin, TokenFacts } from '../hsm/port.ts'

/** A PIN in a message: the bytes themselves. */
export interface WirePin {
  bytes: Uint8Array
  form: Pin['form']
}

export interface PinRules {
  prefix: string
  acceptShort: boolean
}

function derived(bytes: Uint8Array, limit: TokenFacts['pinLength'], { prefix, acceptShort }: PinRules): string {
  const length = derivedLength(limit, prefix.length, acceptShort ? 1 : undefined)
  return prefix + toBase32(bytes).slice(0, length)
}

/** The text of a PIN; its bytes are wiped. */
export function pinText(pin: WirePin, limit: TokenFacts['pinLength'], rules: PinRules): string {
  try {
    return pin.form === 'text' ? Buffer.from(pin.bytes).toString('utf8') : derived(pin.bytes, limit, rules)
  } finally {
    pin.bytes.fill(0)
  }
}
