// Names in certificates, read from DER: of whom it is, in the text that plans have, and the other names and addresses in it.

import { isAscii, isUtf8 } from 'node:buffer'
import { IA5String, type ObjectIdentifier, PrintableString, Sequence, Set as SetOf, Utf8String } from 'asn1js'
import type { GeneralName } from 'pkijs'
import { parsedDer } from '../domain/certificate-request.ts'
import { KeyriteError } from '../domain/errors.ts'
import { quoted } from '../domain/names.ts'
import { ATTRIBUTES, formatSubject, isCertName, type NamePart, parseSubject } from '../domain/subject.ts'
import { addressText, parseConstraint } from '../domain/x509/constraints.ts'
import { textOfExact } from '../domain/x509/exact-name.ts'
import { TYPE_NAMES } from '../domain/x509/name-words.ts'

/** What can't be read, or could be read in two ways: it is nothing that anybody could be shown. */
export class Unreadable extends Error {}

/** Of a Name, as RFC 4514 has it. */
export function textOfName(name: Uint8Array): string {
  const { offset, result } = parsedDer(name)
  if (offset === -1 || !(result instanceof Sequence)) throw new Unreadable('a name is no sequence')
  const parts = result.valueBlock.value.map(partOf).toReversed()
  if (parts.length === 0) throw new Unreadable('its name is empty')
  return checked(formatSubject(parts))
}

/** Within the bounds of X.520, and of signs that people can be shown. */
function checked(text: string): string {
  try {
    return formatSubject(parseSubject(text))
  } catch (error) {
    if (error instanceof KeyriteError) throw new Unreadable(`of its name, ${error.message}`)
    throw error
  }
}

function partOf(set: unknown): NamePart {
  const [pair, ...more] = set instanceof SetOf ? set.valueBlock.value : []
  if (more.length > 0) throw new Unreadable('a part of its name has several values')
  if (!(pair instanceof Sequence)) throw new Unreadable('a part of its name is empty')
  const [type, value] = pair.valueBlock.value
  const oid = (type as ObjectIdentifier).valueBlock.toString()
  const known = (Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[]).find((one) => ATTRIBUTES[one].oid === oid)
  if (!known)
    throw new Unreadable(
      `its name has an attribute of the type ${TYPE_NAMES[oid] ?? oid}, which no certificate here has`,
    )
  if (!(value instanceof Utf8String || value instanceof PrintableString || value instanceof IA5String))
    throw new Unreadable(`${known} in its name is a string of a kind that is not read here`)
  return [known, textOfString(known, value)]
}

/** The parser takes bytes that are no UTF-8 for letters of Latin-1. */
function textOfString(known: string, value: Utf8String | PrintableString | IA5String): string {
  const text = Buffer.from(value.valueBlock.valueHexView)
  const isSo = value instanceof Utf8String ? isUtf8(text) : isAscii(text)
  if (isSo) return text.toString('utf8')
  throw new Unreadable(`${known} in its name has bytes that are no letters`)
}

/** The same of whoever signs, byte by byte, whatever it is made of. */
export function textOfSigner(name: Uint8Array): string {
  const text = textOfExact(name)
  if (text === undefined || Buffer.byteLength(text) > LONGEST)
    throw new Unreadable('its name is none, or longer than a plan can say')
  return text
}
const LONGEST = 4096

const KINDS: { readonly [tag: number]: string } = { 1: 'EMAIL', 2: 'DNS', 6: 'URI', 7: 'IP' }

/** `DNS:pay.example`: of the letters that such names have, so that no two can be taken for one, or one for two. */
export function textOfGeneralName(name: GeneralName): string {
  const text = textOfAny(name)
  if (!isCertName(text)) throw new Unreadable(`it has a name that is none: ${quoted(text)}`)
  return text
}

/** In the one spelling that is understood here: what a CA may not sign is never passed over. */
export function textOfConstraint(name: GeneralName): string {
  const text = textOfAny(name)
  try {
    return parseConstraint(text)
  } catch (error) {
    if (error instanceof KeyriteError) throw new Unreadable(`its name constraint ${quoted(text)} can't be kept here`)
    throw error
  }
}

/** Of a constraint an address has its mask behind it. */
function textOfAny({ type, value }: GeneralName): string {
  const kind = KINDS[type]
  if (kind === undefined) throw new Unreadable(`it has a name of the kind ${type}, which is not known here`)
  if (kind !== 'IP') return `${kind}:${value}`
  const address = addressText(new Uint8Array(value.valueBlock.valueHexView))
  if (address === undefined) throw new Unreadable('it has an address that is none')
  return `IP:${address}`
}
