// Check values of a secret key that is in memory, by the methods by which tokens take them: whoever types or reads a key knows by them that it is right.
import { createCipheriv, createHmac } from 'node:crypto'
import { toHex } from './encoding.ts'
import { usage } from './errors.ts'
import { isTdes, KEY_TYPES, type KeyType, secretLength } from './keys.ts'
import { lazily } from './lazily.ts'

const loadAes = lazily(() => import('@noble/ciphers/aes.js'))

/** The fingerprint that a key of this value has on a token. `value`: stays the caller's. */
export async function checkValueOf(type: KeyType, value: Uint8Array): Promise<string> {
  if (isTdes(type)) return byEcb(type, value).slice(0, SHORT)
  if (type.startsWith('hmac')) return hmac5(type, value)
  const { cmac } = await loadAes()
  return `cmac5:${toHex(cmac(ZEROS, value).subarray(0, 5))}`
}

/** Of a key of this value, whichever type it is called: one secret serves one purpose. */
export const checkValuesOf = (value: Uint8Array): Promise<string[]> =>
  Promise.all(KEY_TYPES.filter((type) => secretLength(type) === value.length).map((type) => checkValueOf(type, value)))

/** Whether it tells one key from all others: 24 bits may be those of two, and in a partition of some thousand keys they are. */
export const isDecisive = (check: string): boolean => !check.startsWith('ecb3:')

const CHECK_VALUE = /^(cmac5|hmac5|ecb3):[0-9a-f]{6,10}$/

/** As people write it: the method and 6 digits or more, in any case. */
export function parseCheckValue(text: string): string {
  const value = text.toLowerCase()
  if (CHECK_VALUE.test(value)) return value
  throw usage(
    `${JSON.stringify(text)} is no check value`,
    'such as cmac5:08793e25ab of an AES key, hmac5:... of an HMAC key, ecb3:dda8ba of a DES key: 6 to 10 digits',
  )
}

/** The older one of an AES key, which many forms of others have. It tells something of a key that works in GCM, and is kept where it was announced alone. */
export const olderCheckValue = (type: KeyType, value: Uint8Array): string | undefined =>
  type.startsWith('aes') ? byEcb(type, value).slice(0, SHORT) : undefined

const ZEROS = new Uint8Array(16)
/** Of a text with its method: the three bytes by which the ledger knows a key, and the most that people write. */
const [SHORT, LONG] = ['ecb3:'.length + 6, 'ecb3:'.length + 10]

/** Of an HMAC key, by its own hash. */
export const hmac5 = (type: KeyType, value: Uint8Array): string =>
  `hmac5:${createHmac(type.slice('hmac-'.length), value).update(ZEROS).digest('hex').slice(0, 10)}`

/** What the cipher makes of a block of zeros, to as many digits as anybody writes. */
function byEcb(type: KeyType, value: Uint8Array): string {
  const cipher = isTdes(type)
    ? createCipheriv(value.length === 16 ? 'des-ede-ecb' : 'des-ede3-ecb', value, null)
    : createCipheriv(`aes-${value.length * 8}-ecb`, value, null)
  return `ecb3:${cipher.update(ZEROS.subarray(0, isTdes(type) ? 8 : 16)).toString('hex')}`.slice(0, LONG)
}

/** What a key of this value has by the method of another check value, to as many digits; undefined where its type has none by that method. */
export async function checkValueLike(other: string, type: KeyType, value: Uint8Array): Promise<string | undefined> {
  const isEcb = other.startsWith('ecb3:') && !type.startsWith('hmac')
  const whole = isEcb ? byEcb(type, value) : await checkValueOf(type, value)
  return whole.split(':')[0] === other.split(':')[0] ? whole.slice(0, other.length) : undefined
}

/** What a plan shows of a key that has both: the value that was announced, or where that is the beginning of the one by which the ledger knows the key, this one. */
export const toCompare = (fingerprint: string, announced = fingerprint): string =>
  fingerprint.startsWith(announced) ? fingerprint : announced

/** Whether a key of this value has the check value that was announced: every digit of it, which are 6 to 10, by whichever method. */
export const hasCheckValue = async (announced: string, type: KeyType, value: Uint8Array): Promise<boolean> =>
  CHECK_VALUE.test(announced) && (await checkValueLike(announced, type, value)) === announced
