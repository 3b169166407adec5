// Components of a secret key: each is as long as the key and has a check value of its own, and all of them together, XORed, are the key.
import { concat } from './encoding.ts'
import { refused } from './errors.ts'
import { isTdes, type KeyType } from './keys.ts'
import { isSameKey, setOddParity } from './odd-parity.ts'
import { Secret } from './secret.ts'
import { wrongSecret } from './weak-secrets.ts'
import { counted } from './words.ts'

/** Digits of a row on paper and at the screen: those of 8 bytes. */
export const ROW = 16

/** What people put between groups of digits. */
const BETWEEN = new Set([...' \t\r\n-:.,'].map((one) => one.charCodeAt(0)))

/** COMPONENT-FORM: hex digits in whatever groups, as their values. The text is bytes, which can be wiped, and nothing of it is repeated. */
export function digitsOf(text: Uint8Array, what: string): Uint8Array {
  const digits = new Uint8Array(text.length)
  let count = 0
  for (const byte of text) {
    if (BETWEEN.has(byte)) continue
    const digit = digitValue(byte)
    if (digit === undefined) {
      digits.fill(0)
      throw refused('COMPONENT-FORM', `${what} has something that is no hex digit after ${counted(count, 'digit')}`)
    }
    digits[count++] = digit
  }
  return digits.subarray(0, count)
}

const digitValue = (byte: number): number | undefined => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined
}

/** COMPONENT-FORM: the component that the digits of these rows are, of a key of so many bytes. */
export function componentOf(rows: readonly Uint8Array[], bytes: number, what: string): Secret {
  const digits = concat(...rows)
  try {
    if (digits.length !== bytes * 2)
      throw refused(
        'COMPONENT-FORM',
        `${what} has ${counted(digits.length, 'hex digit')}, and should have ${bytes * 2}`,
      )
    return new Secret(Uint8Array.from({ length: bytes }, (_, i) => (digits[2 * i]! << 4) | digits[2 * i + 1]!))
  } finally {
    digits.fill(0)
  }
}

/** As it is shown to one person, and stands in a file: groups of four, in rows of 16 digits. */
export function rowsOf(component: Secret): string[] {
  const digits = Buffer.from(component.reveal()).toString('hex').toUpperCase()
  return digits.match(/.{16}/g)!.map((row) => row.match(/.{4}/g)!.join(' '))
}

/** COMPONENT-SOUND: what is wrong with one that comes after these. Of a DES key the parity bits hide nothing, and zeros have them set. */
export function checkSound(component: Secret, before: readonly Secret[], type: KeyType, what: string): void {
  const value = component.reveal()
  if (isSameKey(type, value, new Uint8Array(value.length)))
    throw refused('COMPONENT-SOUND', `${what} is all zeros${isTdes(type) ? ', parity aside' : ''}: it hides nothing`)
  const same = before.findIndex((one) => isSameKey(type, one.reveal(), value))
  if (same >= 0)
    throw refused('COMPONENT-SOUND', `${what} is component ${same + 1} once more: the two would cancel each other out`)
  const weakness = wrongSecret(type, value)
  if (weakness !== undefined)
    throw refused('COMPONENT-SOUND', `${what} could be guessed: ${weakness}`, 'ask whoever made it for a random one')
}

/** KEY-WEAK, COMPONENT-SOUND: the key of these components; of a DES key each byte gets its parity, which no check value tells. */
export function joined(components: readonly Secret[], type: KeyType): Secret {
  const value = new Uint8Array(components[0]!.reveal().length)
  for (const component of components) for (const [i, byte] of component.reveal().entries()) value[i]! ^= byte
  if (isTdes(type)) setOddParity(value)
  try {
    const weakness = wrongSecret(type, value)
    if (weakness !== undefined) throw refused('KEY-WEAK', `the components make a ${type} key that is weak: ${weakness}`)
    const same = components.findIndex((one) => isSameKey(type, one.reveal(), value))
    if (same >= 0)
      throw refused('COMPONENT-SOUND', `component ${same + 1} is the key itself: all others cancel each other out`)
  } catch (error) {
    value.fill(0)
    throw error
  }
  return new Secret(value)
}

/** New ones, each as random as the key. `random`: gives so many bytes. */
export const newComponents = (count: number, bytes: number, type: KeyType, random: (bytes: number) => Uint8Array) =>
  Array.from({ length: count }, () => {
    const value = random(bytes)
    if (isTdes(type)) setOddParity(value)
    return new Secret(value)
  })
