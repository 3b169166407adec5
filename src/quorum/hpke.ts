// HPKE (RFC 9180) as far as a recipient with a P-256 key needs it: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, base mode, the first message.
import { createDecipheriv, createHmac } from 'node:crypto'
import { concat, utf8 } from '../domain/encoding.ts'

/** The numbers of KEM, KDF and AEAD in RFC 9180, part 7. */
const KEM = concat(utf8('KEM'), Uint8Array.of(0, 0x10))
const SUITE = concat(utf8('HPKE'), Uint8Array.of(0, 0x10, 0, 0x01, 0, 0x03))
const VERSION = utf8('HPKE-v1')
const BASE_MODE = Uint8Array.of(0)
const NOTHING = new Uint8Array()
const [SECRET_BYTES, KEY_BYTES, NONCE_BYTES, TAG_BYTES] = [32, 32, 12, 16]

/** What both sides know. The points are 65 bytes each, uncompressed. */
interface Exchange {
  /** The x coordinate that the two keys agree on, 32 bytes. */
  dh: Uint8Array
  /** `enc`: the sender's, made for this message. */
  sender: Uint8Array
  recipient: Uint8Array
}

/** OpenBase. Undefined where the message is not for this exchange. */
export function openBase(exchange: Exchange, info: Uint8Array, sealed: Uint8Array, aad: Uint8Array = NOTHING) {
  const { key, nonce } = keySchedule(decapsulated(exchange), info)
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES })
  key.fill(0)
  decipher.setAAD(aad, { plaintextLength: sealed.length - TAG_BYTES })
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  const plain = decipher.update(sealed.subarray(0, -TAG_BYTES))
  try {
    decipher.final()
    return Uint8Array.from(plain)
  } catch {
    return undefined
  } finally {
    plain.fill(0)
  }
}

/** ExtractAndExpand of the KEM, part 4.1. */
function decapsulated({ dh, sender, recipient }: Exchange): Uint8Array {
  const prk = labeledExtract(KEM, NOTHING, 'eae_prk', dh)
  return labeledExpand(KEM, prk, 'shared_secret', concat(sender, recipient), SECRET_BYTES)
}

/** KeySchedule, part 5.1, without a pre-shared key. */
function keySchedule(shared: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const pskId = labeledExtract(SUITE, NOTHING, 'psk_id_hash', NOTHING)
  const context = concat(BASE_MODE, pskId, labeledExtract(SUITE, NOTHING, 'info_hash', info))
  const secret = labeledExtract(SUITE, shared, 'secret', NOTHING)
  shared.fill(0)
  const key = labeledExpand(SUITE, secret, 'key', context, KEY_BYTES)
  return { key, nonce: labeledExpand(SUITE, secret, 'base_nonce', context, NONCE_BYTES) }
}

const labeledExtract = (suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array =>
  extract(salt, concat(VERSION, suite, utf8(label), ikm))

/** `length`: of at most one block of the hash. */
function labeledExpand(suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number) {
  const block = concat(Uint8Array.of(0, length), VERSION, suite, utf8(label), info, Uint8Array.of(1))
  return hmac(prk, block).subarray(0, length)
}

/** HKDF-Extract of RFC 5869: node has the two halves of HKDF in one alone. */
export const extract = (salt: Uint8Array, ikm: Uint8Array): Uint8Array => hmac(salt, ikm)

const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array =>
  Uint8Array.from(createHmac('sha256', key).update(data).digest())
