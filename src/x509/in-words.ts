// What others wrote into a request, in words for people: whatever there is of names and attributes, in letters where it has some, else in hex.

import { type BaseBlock, ObjectIdentifier, Sequence } from 'asn1js'
import { parsedDer, partsOf } from '../domain/certificate-request.ts'
import { isCertName } from '../domain/subject.ts'
import { addressText } from '../domain/x509/constraints.ts'
import { blockInWords, contentOf, lettersOf, MOST, rawOf, shortHex } from '../domain/x509/name-words.ts'
import { Unreadable } from './names.ts'

/** In quotes, in which a quote or a backslash of its own has a backslash before it. */
export const inLetters = (block: BaseBlock): string => {
  const text = lettersOf(block)
  return text === undefined ? shortHex(rawOf(block)) : inQuotes(text)
}
const inQuotes = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

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
  const { offset, result } = parsedDer(names)
  const all = offset === names.length && result instanceof Sequence ? partsOf(result) : []
  if (all.length === 0) throw new Unreadable('the names that it asks for are none')
  return all.map(generalNameInWords)
}

function generalNameInWords(name: BaseBlock): string {
  const { tagClass, tagNumber } = name.idBlock
  const kind = tagClass === 3 ? KINDS[tagNumber] : undefined
  const told = kind && WORDS[kind](name, kind)
  return told ?? `${kind ?? 'a name'} ${shortHex(rawOf(name))}`
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
    return inner instanceof Sequence ? `directoryName "${blockInWords(inner)}"` : undefined
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
    const { result } = parsedDer(Buffer.of(6, bytes.length, ...bytes))
    return bytes.length < 128 && result instanceof ObjectIdentifier
      ? `registeredID ${result.valueBlock.toString()}`
      : undefined
  },
}
