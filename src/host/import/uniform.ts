// Keys whose bytes are all the same, such as one of zeros: known by the fingerprint, where the value is never at hand.
import { createCipheriv } from 'node:crypto'
import { hmac5, olderCheckValue } from '../../domain/check-values.ts'
import { type KeyType, secretLength } from '../../domain/keys.ts'
import { cmac5 } from '../keys/fingerprint.ts'

const BYTES = 256

/** Whether a key of this type that has one byte all over has this fingerprint. */
export function isOfUniform(type: KeyType, fingerprint: string): boolean {
  const length = secretLength(type)!
  const all = Array.from({ length: BYTES }, (_, byte) => Buffer.alloc(length, byte))
  return all.some((value) => fingerprintsOf(type, value).includes(fingerprint))
}

function fingerprintsOf(type: KeyType, value: Buffer): readonly (string | undefined)[] {
  if (type.startsWith('hmac')) return [hmac5(type, value)]
  const cipher = createCipheriv(`aes-${value.length * 8}-ecb`, value, null).setAutoPadding(false)
  return [cmac5((block) => cipher.update(block)), olderCheckValue(type, value)]
}
