// The last bit of each byte of a DES key is its parity, which takes no part in the cipher, and no check value tells.

const isEven = (byte: number): boolean => {
  let bits = byte
  for (const shift of [4, 2, 1]) bits ^= bits >> shift
  return (bits & 1) === 0
}

/** Each byte gets odd parity, in place. */
export function setOddParity(value: Uint8Array): void {
  for (const [i, byte] of value.entries()) if (isEven(byte)) value[i] = byte ^ 1
}
