// Bytes as text and text as bytes: base64url, hex, and the concatenations that signatures and hashes are made over.
import { createHmac, hash, hkdfSync } from 'node:crypto'

/** base64url without padding. */
export const toBase64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
export const fromBase64url = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'))

/** Lower-case hex. */
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** RFC 4648, lower case, without padding; 20 bytes need none. */
export function toBase32(bytes: Uint8Array): string {
  let [text, buffer, bits] = ['', 0, 0]
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(buffer >> (bits - 5)) & 31]
  }
  return bits === 0 ? text : text + ALPHABET[(buffer << (5 - bits)) & 31]
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const utf8 = (text: string): Uint8Array => encoder.encode(text)
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes)

/** Of a file that another program wrote: UTF-8, or UTF-16 with a mark in front, as a shell of Windows writes it. Undefined where it is no text. */
export function textIn(bytes: Uint8Array): string | undefined {
  try {
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
    return (isUtf16 ? new TextDecoder('utf-16le', { fatal: true }).decode(bytes) : fromUtf8(bytes)).replace(
      /^\ufeff/,
      '',
    )
  } catch {
    return undefined
  }
}

export const sha256 = (...parts: Uint8Array[]): Uint8Array =>
  new Uint8Array(hash('sha256', parts.length === 1 ? parts[0]! : Buffer.concat(parts), 'buffer'))

/** In memory of its own: what Buffer.concat leaves in node's pool can't be wiped. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** HKDF-SHA256 (RFC 5869). `length` in bytes. */
export const hkdf = (ikm: Uint8Array, salt: Uint8Array, info: string, length: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', ikm, salt, utf8(info), length))

/** The same, where much follows from one input: what is the same for all of it (RFC 5869, 2.2) is reckoned once. At most 32 bytes of each. */
export class Hkdf {
  readonly #extracted: Uint8Array

  constructor(ikm: Uint8Array, salt: Uint8Array) {
    this.#extracted = createHmac('sha256', salt).update(ikm).digest()
  }

  expand(info: string, length: number): Uint8Array {
    return createHmac('sha256', this.#extracted).update(info).update(Uint8Array.of(1)).digest().subarray(0, length)
  }
}

/** The DSSE pre-authentication encoding: `"DSSEv1" SP len(type) SP type SP len(body) SP body`, lengths in bytes, decimal. */
export const pae = (type: string, body: Uint8Array): Uint8Array =>
  concat(utf8(`DSSEv1 ${utf8(type).length} ${type} ${body.length} `), body)

/** The 16 bytes of a UUID, in the order in which they are written. */
export const uuidBytes = (uuid: string): Uint8Array => fromHex(uuid.replaceAll('-', ''))
