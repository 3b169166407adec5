// PKCS#8 of version 2 (RFC 5958): the private key that is in it, as version 1 has it, and the public one that stands beside it.
import { Integer, OctetString, Primitive, Sequence } from 'asn1js'
import { der, parsedDer, publicBits } from './certificate-request.ts'

interface OneAsymmetricKey {
  /** PrivateKeyInfo with nothing that is optional, DER. */
  bare: Uint8Array
  /** As a SubjectPublicKeyInfo has it, without the count of unused bits. */
  publicKey?: Uint8Array
}

/** Undefined where it is none of that version, or has no public key. */
export function readPkcs8(bytes: Uint8Array): OneAsymmetricKey | undefined {
  const { offset, result } = parsedDer(bytes)
  const [version, algorithm, key, ...more] = result instanceof Sequence ? result.valueBlock.value : []
  if (offset !== bytes.length || !(version instanceof Integer) || ![0n, 1n].includes(version.toBigInt()))
    return undefined
  if (!(algorithm instanceof Sequence && key instanceof OctetString)) return undefined
  const optional = more.map(({ idBlock: { tagClass, tagNumber } }) => (tagClass === 3 ? tagNumber : -1))
  if (!['', '0', '1', '0,1'].includes(`${optional}`)) return undefined
  const bits = more.find((one): one is Primitive => one instanceof Primitive && one.idBlock.tagNumber === 1)
  if (!bits && version.toBigInt() === 0n) return undefined
  const bare = der(new Sequence({ value: [new Integer({ value: 0 }), algorithm, key] }))
  return { bare, ...(bits ? { publicKey: Uint8Array.from(bits.valueBlock.valueHexView.subarray(1)) } : {}) }
}

/** Whether these bits are the public key of a SubjectPublicKeyInfo; a point may be written short. */
export function isPublicKeyOf(bits: Uint8Array, spki: Uint8Array): boolean {
  const key = publicBits(spki)
  const short = [2 + (key.at(-1)! & 1), ...key.subarray(1, 1 + (key.length >> 1))]
  return [key, key[0] === 4 ? short : key].some((one) => Buffer.compare(Uint8Array.from(one), bits) === 0)
}
