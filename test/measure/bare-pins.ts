// The token of the bare calls: a name, PINs and a key that everybody knows.
export const LABEL = 'bare'
export const SO_PIN = '12345678'
export const PIN = '1234'
export const KEK_VALUE = Buffer.alloc(32, 7)

/** CKA_ID of its keys. */
export function bareId(i: number): Buffer {
  const id = Buffer.alloc(16)
  id.writeUInt32BE(i)
  return id
}
