// What others wrote into a request, in words for people: whatever there is of names and attributes, in letters where it has some, else in hex.
import { isAscii, isUtf8 } from 'node:buffer'
import {
  type BaseBlock,
  BmpString,
  Constructed,
  fromBER,
  IA5String,
  NumericString,
  ObjectIdentifier,
  PrintableString,
  Sequence,
  Set as SetOf,
  Utf8String,
  VisibleString,
} from 'asn1js'
import { toHex } from '../domain/encoding.ts'
import { unsteered } from '../domain/names.ts'
import { escapedValue, isCertName } from '../domain/subject.ts'
import { addressText } from '../domain/x509/constraints.ts'
import { TYPE_NAMES, Unreadable } from './names.ts'

/** In bytes: nobody reads more. */
const MOST = 256

const rawOf = (block: BaseBlock): Uint8Array => new Uint8Array(block.valueBeforeDecodeView)
const contentOf = (block: BaseBlock): Buffer =>
  Buffer.from((block.valueBlock as unknown as { valueHexView?: Uint8Array }).valueHexView ?? [])
const partsOf = (block: unknown): BaseBlock[] =>
  block instanceof Constructed ? (block.valueBlock.value as BaseBlock[]) : []

/** All of it, as RFC 4514 has what it knows no letters for, or how much it is: no text begins with a bare #. */
const hexOf = (bytes: Uint8Array): string => `#${bytes.length > MOST ? `(${bytes.length} bytes)` : toHex(bytes)}`

/** Undefined of what is no string, and of one with signs that can't be seen. */
function lettersOf(block: BaseBlock): string | undefined {
  const bytes = contentOf(block)
  const text = decoded(block, bytes)
  return text === undefined || bytes.length > MOST || unsteered(text) !== text ? undefined : text
}

function decoded(block: BaseBlock, bytes: Buffer): string | undefined {
  if (block instanceof BmpString) return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : undefined
  if (block instanceof Utf8String) return isUtf8(bytes) ? bytes.toString('utf8') : undefined
  const isPlain = [PrintableString, IA5String, NumericString, VisibleString].some((kind) => block instanceof kind)
  return isPlain && isAscii(bytes) ? bytes.toString('latin1') : undefined
}

/** In quotes, in which a quote or a backslash of its own has a backslash before it. */
export const inLetters = (block: BaseBlock): string => {
  const text = lettersOf(block)
  return text === undefined ? hexOf(rawOf(block)) : inQuotes(text)
}
const inQuotes = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** A Name, with every value of every part, as RFC 4514 has it; its types by name, or by number. */
export function nameInWords(name: Uint8Array): string {
  return named(fromBER(name).result)
}

const named = (name: BaseBlock): string =>
  partsOf(name)
    .toReversed()
    .map((set) => (set instanceof SetOf ? partsOf(set).map(pairInWords).join('+') : hexOf(rawOf(set))))
    .join(',')

function pairInWords(pair: BaseBlock): string {
  const [type, value] = partsOf(pair)
  if (!(type instanceof ObjectIdentifier) || !value) return hexOf(rawOf(pair))
  const text = lettersOf(value)
  return `${typeOf(type)}=${text === undefined ? hexOf(rawOf(value)) : escapedValue(text)}`
}

function typeOf(type: ObjectIdentifier): string {
  const oid = type.valueBlock.toString()
  return TYPE_NAMES[oid] ?? oid
}

/** RFC 5280, 4.2.1.6, by their tags. */
const KINDS = [
  'otherName',
  'EMAIL',
  'DNS',
  'x400Address',
  'directoryName',
  'ediPartyName',
  'URI',
  'IP',
  'registeredID',
] as const

/** GeneralNames: as profiles have those that they can have, else the kind and what it is. */
export function namesInWords(names: Uint8Array): string[] {
  const { offset, result } = fromBER(Buffer.from(names))
  const all = offset === names.length && result instanceof Sequence ? partsOf(result) : []
  if (all.length === 0) throw new Unreadable('the names that it asks for are none')
  return all.map(generalNameInWords)
}

function generalNameInWords(name: BaseBlock): string {
  const { tagClass, tagNumber } = name.idBlock
  const kind = tagClass === 3 ? KINDS[tagNumber] : undefined
  const told = kind && WORDS[kind](name, kind)
  return told ?? `${kind ?? 'a name'} ${hexOf(rawOf(name))}`
}

type Words = (name: BaseBlock, kind: string) => string | undefined

const asText: Words = (name, kind) => {
  const bytes = contentOf(name)
  const text = bytes.toString('latin1')
  if (isCertName(`${kind}:${text}`)) return `${kind}:${text}`
  return bytes.length <= MOST && /^[ -~]*$/.test(text) ? `${kind} ${inQuotes(text)}` : undefined
}

const WORDS: { readonly [kind in (typeof KINDS)[number]]: Words } = {
  otherName: (name) => {
    const [type, tagged] = partsOf(name)
    const [value] = partsOf(tagged)
    return type instanceof ObjectIdentifier && value
      ? `otherName ${type.valueBlock.toString()} ${inLetters(value)}`
      : undefined
  },
  EMAIL: asText,
  DNS: asText,
  x400Address: () => undefined,
  directoryName: (name) => {
    const [inner] = partsOf(name)
    return inner instanceof Sequence ? `directoryName "${named(inner)}"` : undefined
  },
  ediPartyName: () => undefined,
  URI: asText,
  IP: (name) => {
    const bytes = contentOf(name)
    const address = [4, 16].includes(bytes.length) ? addressText(bytes) : undefined
    return address && `IP:${address}`
  },
  registeredID: (name) => {
    const bytes = contentOf(name)
    const { result } = fromBER(Buffer.of(6, bytes.length, ...bytes))
    return bytes.length < 128 && result instanceof ObjectIdentifier
      ? `registeredID ${result.valueBlock.toString()}`
      : undefined
  },
}
