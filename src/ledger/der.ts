// ECDSA signatures over P-256 in their two forms: r‖s, 64 bytes, and the ASN.1 DER sequence of two integers.

/** r‖s as DER. */
export function toDer(raw: Uint8Array): Buffer {
  const body = Buffer.concat([derInteger(raw.subarray(0, 32)), derInteger(raw.subarray(32))])
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

function derInteger(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  const digits = Buffer.from(first === -1 ? [0] : bytes.subarray(first))
  // A first bit of 1 would make the integer negative.
  const value = digits[0]! & 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits
  return Buffer.concat([Buffer.of(2, value.length), value])
}

/** The reverse of `toDer`; undefined for anything that is not its exact output. */
export function fromDer(der: Uint8Array): Uint8Array | undefined {
  const raw = new Uint8Array(64)
  for (let half = 0, at = 2; half < 2; half++) {
    const length = der[at + 1] ?? 0
    const digits = der.subarray(at + 2, at + 2 + length).subarray(-32)
    raw.set(digits, (half + 1) * 32 - digits.length)
    at += 2 + length
  }
  return toDer(raw).equals(der) ? raw : undefined
}
