// The last bit of each byte of a DES key makes its parity odd (SP 800-67). It takes no part in the cipher, so that no check value tells of a slip in it.
import { refused } from './errors.ts'
import { add, to } from './hints.ts'
import { isTdes, type KeyType } from './keys.ts'
import { counted } from './words.ts'

const isEven = (byte: number): boolean => {
  let bits = byte
  for (const shift of [4, 2, 1]) bits ^= bits >> shift
  return (bits & 1) === 0
}

/** Each byte gets odd parity, in place. */
export function setOddParity(value: Uint8Array): void {
  for (const [i, byte] of value.entries()) if (isEven(byte)) value[i] = byte ^ 1
}

/** Whether two keys of this type are one for the cipher. */
export function isSameKey(type: KeyType, one: Uint8Array, other: Uint8Array): boolean {
  const counts = isTdes(type) ? 0xfe : 0xff
  return one.length === other.length && one.every((byte, i) => ((byte ^ other[i]!) & counts) === 0)
}

/** What accepts that a key, or a component of one, has other bits there. */
export const ACCEPTS_PARITY = 'even-parity'

/** Where a DES key, or a component of one, lacks odd parity, in words; undefined where it is as it should be. */
export function wrongParity(type: KeyType, value: Uint8Array): string | undefined {
  if (!isTdes(type)) return undefined
  const even = [...value.keys()].filter((i) => isEven(value[i]!))
  const [first] = even
  if (first === undefined) return undefined
  const rest = even.length === 1 ? '' : `, and of ${counted(value.length, 'byte')} ${even.length} have`
  const digits = `digits ${2 * first + 1} and ${2 * first + 2} of ${2 * value.length}`
  return `${digits} have even parity${rest}`
}

/** DES-PARITY: a slip, or a key that was made without parity, which somebody has to say. */
export function checkParity(type: KeyType, value: Uint8Array, what: string): void {
  const wrong = wrongParity(type, value)
  if (wrong === undefined) return
  throw refused('DES-PARITY', `in ${what} ${wrong}: each byte of a DES key has odd parity`, [
    'look for a slip there',
    to('where it was made without parity', add('--accept', ACCEPTS_PARITY)),
  ])
}
