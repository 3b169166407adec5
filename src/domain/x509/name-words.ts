// A Name as others write it, in words for people: whatever strings it has in letters, where these can be seen, and all else in hex.

import { isAscii, isUtf8 } from 'node:buffer'
import {
  type BaseBlock,
  BmpString,
  IA5String,
  NumericString,
  ObjectIdentifier,
  PrintableString,
  Set as SetOf,
  TeletexString,
  UniversalString,
  Utf8String,
  VisibleString,
} from 'asn1js'
import { parsedDer, partsOf } from '../certificate-request.ts'
import { toHex } from '../encoding.ts'
import { unsteered } from '../names.ts'
import { ATTRIBUTES, escapedValue } from '../subject.ts'

/** Types of attributes, as openssl calls them. */
export const TYPE_NAMES: { readonly [oid: string]: string } = {
  ...Object.fromEntries(Object.entries(ATTRIBUTES).map(([name, { oid }]) => [oid, name])),
  '1.2.840.113549.1.9.1': 'emailAddress',
  '2.5.4.97': 'organizationIdentifier',
  '2.5.4.4': 'SN',
  '2.5.4.42': 'GN',
  '2.5.4.12': 'title',
}

/** In bytes: nobody reads more. */
export const MOST = 256

export const rawOf = (block: BaseBlock): Uint8Array => new Uint8Array(block.valueBeforeDecodeView)
export const contentOf = (block: BaseBlock): Buffer =>
  Buffer.from((block.valueBlock as unknown as { valueHexView?: Uint8Array }).valueHexView ?? [])

/** All of it, as RFC 4514 has what it knows no letters for, or how much it is: no text begins with a bare #. */
export const shortHex = (bytes: Uint8Array): string =>
  `#${bytes.length > MOST ? `(${bytes.length} bytes)` : toHex(bytes)}`

/** Undefined of what is no string, and of one with signs that can't be seen. */
export function lettersOf(block: BaseBlock): string | undefined {
  const bytes = contentOf(block)
  const text = decoded(block, bytes)
  return text === undefined || bytes.length > MOST || unsteered(text) !== text ? undefined : text
}

const PLAIN = [PrintableString, IA5String, NumericString, VisibleString]

function decoded(block: BaseBlock, bytes: Buffer): string | undefined {
  if (block instanceof BmpString) return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : undefined
  if (block instanceof UniversalString) return ofFourEach(bytes)
  if (block instanceof Utf8String) return isUtf8(bytes) ? bytes.toString('utf8') : undefined
  // Some write Latin-1 into it, and some T.61: letters that both have.
  if (block instanceof TeletexString)
    return /^[\w !"%&'()*+,./:;<=>?@-]*$/.test(bytes.toString('latin1')) ? bytes.toString('latin1') : undefined
  return PLAIN.some((kind) => block instanceof kind) && isAscii(bytes) ? bytes.toString('latin1') : undefined
}

function ofFourEach(bytes: Buffer): string | undefined {
  if (bytes.length % 4 !== 0) return undefined
  const points = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(i * 4))
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined
}

/** With every value of every part, as RFC 4514 has it; its types by name, or by number. */
export const nameInWords = (name: Uint8Array): string => blockInWords(parsedDer(name).result)

export const blockInWords = (name: BaseBlock): string =>
  partsOf(name)
    .toReversed()
    .map((set) => (set instanceof SetOf ? partsOf(set).map(pairInWords).join('+') : shortHex(rawOf(set))))
    .join(',')

function pairInWords(pair: BaseBlock): string {
  const [type, value] = partsOf(pair)
  if (!(type instanceof ObjectIdentifier) || !value) return shortHex(rawOf(pair))
  const text = lettersOf(value)
  return `${typeOf(type)}=${text === undefined ? shortHex(rawOf(value)) : escapedValue(text)}`
}

function typeOf(type: ObjectIdentifier): string {
  const oid = type.valueBlock.toString()
  return TYPE_NAMES[oid] ?? oid
}
