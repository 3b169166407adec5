// Check values of a secret key that is in memory, by the methods by which tokens take them: whoever types or reads a key knows by them that it is right.
import { createCipheriv, createHmac } from 'node:crypto'
import { toHex } from './encoding.ts'
import { usage } from './errors.ts'
import { isTdes, KEY_TYPES, type KeyType, secretLength } from './keys.ts'
import { lazily } from './lazily.ts'

const loadAes = lazily(() => import('@noble/ciphers/aes.js'))

/** The fingerprint that a key of this value has on a token. `value`: stays the caller's. */
export async function checkValueOf(type: KeyType, value: Uint8Array): Promise<string> {
  if (isTdes(type)) return `ecb3:${ecb3(value.length === 16 ? 'des-ede-ecb' : 'des-ede3-ecb', value, 8)}`
  if (type.startsWith('hmac')) return hmac5(type, value)
  const { cmac } = await loadAes()
  return `cmac5:${toHex(cmac(ZEROS, value).subarray(0, 5))}`
}

/** Of a key of this value, whichever type it is called: one secret serves one purpose. */
export const checkValuesOf = (value: Uint8Array): Promise<string[]> =>
  Promise.all(KEY_TYPES.filter((type) => secretLength(type) === value.length).map((type) => checkValueOf(type, value)))

/** As people write it: the method and 6 digits or more, in any case. */
export function parseCheckValue(text: string): string {
  const value = text.toLowerCase()
  if (/^(cmac5|hmac5|ecb3):[0-9a-f]{6,10}$/.test(value)) return value
  throw usage(
    `${JSON.stringify(text)} is no check value`,
    'such as cmac5:08793e25ab of an AES key, hmac5:... of an HMAC key, ecb3:dda8ba of a DES key: 6 to 10 digits',
  )
}

/** The older one of an AES key, which many forms of others have. It tells something of a key that works in GCM, and is kept nowhere. */
export const olderCheckValue = (type: KeyType, value: Uint8Array): string | undefined =>
  type.startsWith('aes') ? `ecb3:${ecb3(`aes-${value.length * 8}-ecb`, value, 16)}` : undefined

const ZEROS = new Uint8Array(16)

/** Of an HMAC key, by its own hash. */
export const hmac5 = (type: KeyType, value: Uint8Array): string =>
  `hmac5:${createHmac(type.slice('hmac-'.length), value).update(ZEROS).digest('hex').slice(0, 10)}`

/** The first three bytes of what the cipher makes of a block of zeros. */
const ecb3 = (cipher: string, value: Uint8Array, block: number): string =>
  createCipheriv(cipher, value, null).update(ZEROS.subarray(0, block)).toString('hex').slice(0, 6)

/** Whether a key of this value has the check value that was announced: 6 digits of it or more, by either method. */
export async function hasCheckValue(announced: string, type: KeyType, value: Uint8Array): Promise<boolean> {
  return [await checkValueOf(type, value), olderCheckValue(type, value)].some((one) => one?.startsWith(announced))
}
