// Where a token may have one of several PINs: each is tried once, the likeliest first.
import type { Pin } from '../hsm/port.ts'

/** The first that opens it. Those that don't are wiped. */
export async function openingPin<T>(
  candidates: readonly T[],
  pinOf: (candidate: T) => Promise<Pin>,
  opens: (pin: Pin) => Promise<boolean>,
): Promise<Pin | undefined> {
  for (const candidate of candidates) {
    const pin = await pinOf(candidate)
    if (await opens(pin)) return pin
    pin.bytes[Symbol.dispose]()
  }
  return undefined
}
