// Secret keys that somebody else made: those that nobody makes by chance, and that others try first. Each check gives a sentence about what is wrong, or undefined.
import { toHex } from './encoding.ts'
import { isTdes, type KeyType, secretLength } from './keys.ts'

/** What is wrong with the value of a secret key of this type. */
export function wrongSecret(type: KeyType, value: Uint8Array): string | undefined {
  const length = secretLength(type)
  if (value.length !== length) return `it has ${value.length} bytes, and a key of type ${type} has ${length}`
  if (isUniform(value)) return 'all its bytes are the same'
  return isTdes(type) ? wrongTdes(value) : undefined
}

/** Parity aside. */
function wrongTdes(value: Uint8Array): string | undefined {
  const keys = Array.from({ length: value.length / 8 }, (_, i) =>
    value.subarray(8 * i, 8 * i + 8).map((byte) => byte & 0xfe),
  )
  const isDouble = new Set(keys.map(toHex)).size < keys.length
  if (isDouble) return 'two of its DES keys are the same, so that it is as weak as fewer'
  return keys.some(isWeakDes) ? 'one of its DES keys is weak (SP 800-67, 3.3.2)' : undefined
}

const isUniform = (value: Uint8Array): boolean => value.every((byte) => byte === value[0])

/** What the first and the last four bytes of a weak DES key are made of, without their parity bits. */
const FIRST_HALF = [0x00, 0x1e, 0xe0, 0xfe]
const LAST_HALF = [0x00, 0x0e, 0xf0, 0xfe]

/** SP 800-67, 3.3.2: the 64 keys of DES, 8 bytes, whose schedule repeats itself: weak, semi-weak and possibly weak. */
function isWeakDes(key: Uint8Array): boolean {
  const bytes = Array.from(key, (byte) => byte & 0xfe)
  const [first, last] = [bytes.slice(0, 4), bytes.slice(4)].map((half, i) =>
    half.map((byte) => (i === 0 ? FIRST_HALF : LAST_HALF).indexOf(byte)),
  ) as [number[], number[]]
  const isMade = first.every((one, i) => one >= 0 && one === last[i])
  return isMade && first.reduce((sum, one) => sum ^ one, 0) === 0
}
