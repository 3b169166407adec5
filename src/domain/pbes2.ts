// What lies under a passphrase by PBES2 (RFC 8018), opened with node's primitives: node reads no PKCS#8 of version 2 in it.

import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto'
import { type BaseBlock, Constructed, Integer, OctetString } from 'asn1js'
import { oidOf, parsedDer, partsOf } from './certificate-request.ts'

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
const SCRYPT = '1.3.6.1.4.1.11591.4.11'
/** Without one it is that of SHA-1. */
const HMACS: { readonly [oid: string]: string } = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}
const CIPHERS: { readonly [oid: string]: readonly [name: string, bytes: number] } = {
  '2.16.840.1.101.3.4.1.2': ['aes-128-cbc', 16],
  '2.16.840.1.101.3.4.1.22': ['aes-192-cbc', 24],
  '2.16.840.1.101.3.4.1.42': ['aes-256-cbc', 32],
  '1.2.840.113549.3.7': ['des-ede3-cbc', 24],
}

const bytesOf = (block: unknown): Uint8Array | undefined =>
  block instanceof OctetString ? block.valueBlock.valueHexView : undefined

/** `file`: EncryptedPrivateKeyInfo, DER, of which it is known that opening it takes no long time. Undefined where this passphrase does not open it, or it is encrypted otherwise. */
export function openedByPassphrase(file: Uint8Array, passphrase: Uint8Array): Uint8Array | undefined {
  const [algorithm, text] = partsOf(parsedDer(file).result)
  const [scheme, parameters] = partsOf(algorithm)
  const [derivation, encryption] = partsOf(parameters).map(partsOf)
  const [cipher, size] = CIPHERS[oidOf(encryption?.[0]) ?? ''] ?? []
  const [iv, data] = [bytesOf(encryption?.[1]), bytesOf(text)]
  if (oidOf(scheme) !== PBES2 || cipher === undefined || !iv || !data) return undefined
  const key = derived(derivation ?? [], passphrase, size!)
  try {
    const decipher = key && createDecipheriv(cipher, key, iv)
    return decipher && Uint8Array.from(Buffer.concat([decipher.update(data), decipher.final()]))
  } catch {
    return undefined
  } finally {
    key?.fill(0)
  }
}

function derived([kdf, given]: readonly BaseBlock[], passphrase: Uint8Array, size: number): Buffer | undefined {
  const [salt, ...more] = partsOf(given)
  const bytes = bytesOf(salt)
  const numbers = more.flatMap((one) => (one instanceof Integer ? [Number(one.toBigInt())] : []))
  const [first = 0, r = 0, p = 0] = numbers
  if (!bytes || numbers.some((one) => !Number.isSafeInteger(one) || one < 1)) return undefined
  if (oidOf(kdf) === SCRYPT)
    return scryptSync(passphrase, bytes, size, { N: first, r, p, maxmem: 256 * first * r * p + 2 ** 20 })
  const [prf] = partsOf(more.find((one) => one instanceof Constructed))
  const hash = prf === undefined ? 'sha1' : HMACS[oidOf(prf) ?? '']
  return oidOf(kdf) === PBKDF2 && hash ? pbkdf2Sync(passphrase, bytes, first, size, hash) : undefined
}
