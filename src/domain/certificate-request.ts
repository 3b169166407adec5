// A certificate request (PKCS#10, RFC 2986), in DER: what is signed, and the whole of it, written and read.

import { verify } from 'node:crypto'
import {
  type BaseBlock,
  BitString,
  Constructed,
  fromBER,
  IA5String,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  Primitive,
  PrintableString,
  Sequence,
  Set as SetOf,
  Utf8String,
} from 'asn1js'
import type { KeyType } from './keys.ts'
import { derInPem, toPem } from './pem.ts'
import { publicKeyOf } from './public-keys.ts'
import { ATTRIBUTES, addressBytes, type NamePart } from './subject.ts'

export type Asn1 = Sequence | SetOf | Constructed | Primitive | ObjectIdentifier | OctetString | Null

/** What a request is to say, and the public key that it is for: SubjectPublicKeyInfo. */
export interface RequestedCertificate {
  subject: readonly NamePart[]
  names: readonly string[]
  spki: Uint8Array
}

export const oid = (value: string): ObjectIdentifier => new ObjectIdentifier({ value })
export const sequence = (...value: Asn1[]): Sequence => new Sequence({ value: value as never })
export const der = (block: { toBER(): ArrayBuffer }): Uint8Array => new Uint8Array(block.toBER())
/** However many parts it has: asn1js takes ten thousand unasked, and a revocation list may have more. `offset` is -1 where it is no DER. */
export function parsedDer(bytes: Uint8Array): ReturnType<typeof fromBER> {
  try {
    return fromBER(Buffer.from(bytes), { maxNodes: bytes.length, maxContentLength: bytes.length })
  } catch {
    // It throws where something in it that says it is a time is none.
    return { offset: -1, result: new Null() }
  }
}
export const partsOf = (block: unknown): BaseBlock[] =>
  block instanceof Constructed ? (block.valueBlock.value as BaseBlock[]) : []
export const oidOf = (block: unknown): string | undefined =>
  block instanceof ObjectIdentifier ? block.valueBlock.toString() : undefined
/** Of a SubjectPublicKeyInfo the public key, without the count of unused bits. */
export function publicBits(spki: Uint8Array): Uint8Array {
  const { result } = fromBER(Buffer.from(spki))
  return ((result as Sequence).valueBlock.value[1] as BitString).valueBlock.valueHexView
}
export const inContext = (tagNumber: number) => ({ tagClass: 3, tagNumber })

/** Named when one is made: asn1js is not read at every start. */
const STRINGS = {
  utf8: (value: string) => new Utf8String({ value }),
  printable: (value: string) => new PrintableString({ value }),
  ia5: (value: string) => new IA5String({ value }),
}

/** In ASN.1 the widest part comes first. */
export const nameOf = (subject: readonly NamePart[]): Sequence =>
  sequence(
    ...subject.toReversed().map(([type, value]) => {
      const kind = ATTRIBUTES[type]
      return new SetOf({ value: [new Sequence({ value: [oid(kind.oid), STRINGS[kind.as](value)] })] })
    }),
  )

/** Tags of GeneralName. */
const TAGS: { readonly [kind: string]: number } = { EMAIL: 1, DNS: 2, URI: 6, IP: 7 }

export function generalName(name: string): Primitive {
  const at = name.indexOf(':')
  const [kind, value] = [name.slice(0, at), name.slice(at + 1)]
  const bytes = kind === 'IP' ? addressBytes(value)! : Buffer.from(value, 'latin1')
  return new Primitive({ idBlock: inContext(TAGS[kind]!), valueHex: bytes })
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14'
const SUBJECT_ALT_NAME = '2.5.29.17'

function extensionsFor(names: readonly string[]): Sequence {
  const value = new OctetString({ valueHex: der(sequence(...names.map(generalName))) })
  const extensions = sequence(sequence(oid(SUBJECT_ALT_NAME), value))
  return sequence(oid(EXTENSION_REQUEST), new SetOf({ value: [extensions] }))
}

/** CertificationRequestInfo: the bytes that the key signs. */
export function requestInfo({ subject, names, spki }: RequestedCertificate): Uint8Array {
  const attributes = names.length === 0 ? [] : [extensionsFor(names)]
  const key = fromBER(spki).result
  const tagged = new Constructed({ idBlock: inContext(0), value: attributes })
  return der(new Sequence({ value: [new Integer({ value: 0 }), nameOf(subject), key, tagged] }))
}

/** How each type of key signs: the algorithm, of which RSA alone has a parameter, and the hash that node takes. */
const SIGNED: { readonly [type in KeyType]?: { oid: string; hash: string | null } } = {
  'rsa-2048': { oid: '1.2.840.113549.1.1.11', hash: 'sha256' },
  'rsa-3072': { oid: '1.2.840.113549.1.1.11', hash: 'sha256' },
  'rsa-4096': { oid: '1.2.840.113549.1.1.11', hash: 'sha256' },
  'ec-p256': { oid: '1.2.840.10045.4.3.2', hash: 'sha256' },
  'ec-p384': { oid: '1.2.840.10045.4.3.3', hash: 'sha384' },
  'ec-p521': { oid: '1.2.840.10045.4.3.4', hash: 'sha512' },
  ed25519: { oid: '1.3.101.112', hash: null },
  'ml-dsa-44': { oid: '2.16.840.1.101.3.4.3.17', hash: null },
  'ml-dsa-65': { oid: '2.16.840.1.101.3.4.3.18', hash: null },
  'ml-dsa-87': { oid: '2.16.840.1.101.3.4.3.19', hash: null },
}

const number = (bytes: Uint8Array): Integer => Integer.fromBigInt(BigInt(`0x${Buffer.from(bytes).toString('hex')}`))

/** r‖s, as tokens sign, as the sequence of two numbers that X.509 and openssl have. */
export function ecdsaInDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  return der(new Sequence({ value: [number(signature.subarray(0, half)), number(signature.subarray(half))] }))
}

/** The whole of it, as PEM. `signature`: over `info`, as a token gives it. */
export function requestPem(info: Uint8Array, type: KeyType, signature: Uint8Array): string {
  const algorithm = new Sequence({ value: [oid(SIGNED[type]!.oid), ...(type.startsWith('rsa') ? [new Null()] : [])] })
  const bits = new BitString({ valueHex: type.startsWith('ec-') ? ecdsaInDer(signature) : signature })
  return toPem('CERTIFICATE REQUEST', der(new Sequence({ value: [fromBER(info).result, algorithm, bits] })))
}

/** Whether this text is a request of just this, signed by the key that it is for. */
export function isRequestOf(text: string, type: KeyType, wanted: RequestedCertificate): boolean {
  const { offset, result } = parsedDer(derInPem('CERTIFICATE REQUEST', text) ?? new Uint8Array())
  if (offset === -1 || !(result instanceof Sequence)) return false
  const [info, , bits] = result.valueBlock.value
  if (!(info instanceof Sequence) || !(bits instanceof BitString)) return false
  const signed = requestInfo(wanted)
  const key = publicKeyOf(wanted.spki)
  return Buffer.from(der(info)).equals(signed) && verify(SIGNED[type]!.hash, signed, key, bits.valueBlock.valueHexView)
}
