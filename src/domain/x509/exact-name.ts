// The name of a CA as its certificate has it, whoever wrote that: a text of RFC 4514 that gives the very bytes, since whoever looks for a signer compares these.
import { type BaseBlock, ObjectIdentifier, Sequence, Set as SetOf } from 'asn1js'
import { der, nameOf, parsedDer, partsOf, sequence } from '../certificate-request.ts'
import { toHex } from '../encoding.ts'
import { ATTRIBUTES, foldedValue, formatSubject, type NamePart, parseSubject, signsOf } from '../subject.ts'
import { blockInWords, lettersOf, rawOf } from './name-words.ts'

/** What is written here as it stands there is in letters; of all else # and the hex of its DER, behind the number of a type that has no letters. Undefined of what is no name. */
export function textOfExact(name: Uint8Array): string | undefined {
  const { offset, result } = parsedDer(name)
  const sets = offset === name.length && result instanceof Sequence ? partsOf(result) : []
  if (sets.length === 0) return undefined
  const parts = sets.toReversed().map((set) => (set instanceof SetOf ? partsOf(set).map(textOfPair) : []))
  if (parts.some((pairs) => pairs.length === 0 || pairs.includes(undefined))) return undefined
  const text = parts.map((pairs) => pairs.join('+')).join(',')
  return Buffer.from(der(exactName(text))).equals(name) ? text : undefined
}

function textOfPair(pair: BaseBlock): string | undefined {
  const [type, value, ...more] = partsOf(pair)
  if (!(pair instanceof Sequence && type instanceof ObjectIdentifier) || !value || more.length > 0) return undefined
  const oid = type.valueBlock.toString()
  const known = (Object.keys(ATTRIBUTES) as NamePart[0][]).find((one) => ATTRIBUTES[one].oid === oid)
  const plain = known && plainly(known, pair, value)
  return plain ?? `${known ?? oid}=#${toHex(rawOf(value))}`
}

/** Undefined of what would be written otherwise here, or not at all. */
function plainly(type: NamePart[0], pair: BaseBlock, value: BaseBlock): string | undefined {
  const letters = lettersOf(value)
  if (letters === undefined) return undefined
  const text = formatSubject([[type, letters]])
  try {
    return Buffer.from(der(pairOf(text))).equals(rawOf(pair)) ? text : undefined
  } catch {
    return undefined
  }
}

/** What the text says, to be written. CERT-SUBJECT */
export const exactName = (text: string): Sequence =>
  sequence(
    ...parted(text, ',')
      .toReversed()
      .map((part) => new SetOf({ value: parted(part, '+').map(pairOf) as never })),
  )

function pairOf(text: string): BaseBlock {
  const [, type = '', hex = ''] = /^([A-Z]+|\d+(?:\.\d+)+)=#((?:[0-9a-f]{2})+)$/.exec(text) ?? []
  if (hex === '') return partsOf(partsOf(nameOf(parseSubject(text)))[0])[0]!
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'))
  const { offset, result } = parsedDer(bytes)
  const value = ATTRIBUTES[type as NamePart[0]]?.oid ?? type
  if (offset !== bytes.length) throw new Error('no DER')
  return sequence(new ObjectIdentifier({ value }), result as never)
}

/** In its one spelling. */
export function isExact(text: string): boolean {
  try {
    return textOfExact(der(exactName(text))) === text
  } catch {
    return false
  }
}

/** At signs that have no backslash before them. */
function parted(text: string, at: string): string[] {
  const parts = ['']
  for (const sign of signsOf(text)) {
    if (sign === at) parts.push('')
    else parts[parts.length - 1] += sign
  }
  return parts
}

/** For people: in letters, whatever strings they stand in. */
export const exactInWords = (text: string): string =>
  /=#/.test(text) ? blockInWords(parsedDer(der(exactName(text))).result) : text

/** As programs compare names: whatever the strings, the case and the blanks (RFC 5280, 7.1). */
export const isSameName = (one: string, other: string): boolean => folded(one) === folded(other)

const folded = (text: string): string =>
  JSON.stringify(partsOf(parsedDer(der(exactName(text))).result).map((set) => partsOf(set).map(foldedPair).toSorted()))

function foldedPair(pair: BaseBlock): string {
  const [type, value] = partsOf(pair)
  const letters = lettersOf(value!)
  return `${toHex(rawOf(type!))} ${letters === undefined ? toHex(rawOf(value!)) : foldedValue(letters)}`
}
