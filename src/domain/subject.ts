// A certificate's subject as people type it (RFC 4514), and the other names that it is for, each refused where a CA would.
import { usage } from './errors.ts'
import { add, better } from './hints.ts'
import { quoted } from './names.ts'
import { once } from './once.ts'

/** An attribute of a name: `CN`, and its value. The first is the last of the sequence in ASN.1. */
export type NamePart = readonly [type: AttributeName, value: string]

interface AttributeKind {
  oid: string
  as: 'utf8' | 'printable' | 'ia5'
  /** The upper bound of X.520, in characters. */
  most: number
}

const utf8 = (oid: string, most: number): AttributeKind => ({ oid, as: 'utf8', most })

/** The types that RFC 4514 names, and SERIALNUMBER, which certificates of companies have. */
export const ATTRIBUTES = {
  CN: utf8('2.5.4.3', 64),
  SERIALNUMBER: { oid: '2.5.4.5', as: 'printable', most: 64 },
  C: { oid: '2.5.4.6', as: 'printable', most: 2 },
  L: utf8('2.5.4.7', 128),
  ST: utf8('2.5.4.8', 128),
  STREET: utf8('2.5.4.9', 128),
  O: utf8('2.5.4.10', 64),
  OU: utf8('2.5.4.11', 64),
  UID: utf8('0.9.2342.19200300.100.1.1', 256),
  DC: { oid: '0.9.2342.19200300.100.1.25', as: 'ia5', most: 63 },
} as const satisfies { readonly [type: string]: AttributeKind }
type AttributeName = keyof typeof ATTRIBUTES

const isAttribute = (word: string): word is AttributeName => Object.hasOwn(ATTRIBUTES, word)

/** What each form of a value may be made of: PrintableString and IA5String of X.680. */
const madeOf = once(() => ({ utf8: /^[^\p{C}]+$/u, printable: /^[A-Za-z0-9 '()+,./:=?-]+$/, ia5: /^[\x20-\x7e]+$/ }))

const HINT = add('--subject', 'CN=pay.example.com,O=Example Bank,C=DE')
const wrong = (text: string, why: string) => usage(`${quoted(text)} is no subject: ${why}`, HINT, 'CERT-SUBJECT')

/** A sign, or one behind a backslash. */
export const signsOf = (text: string): string[] => text.match(/\\.|./gsu) ?? []

/** CERT-SUBJECT: `CN=pay.example.com,O=Example Bank,C=DE`; a comma in a value is `\,`. */
export function parseSubject(text: string): NamePart[] {
  const parts: string[][] = [[]]
  for (const sign of signsOf(text)) {
    if (sign === ',') parts.push([])
    else parts.at(-1)!.push(sign)
  }
  return parts.map((signs) => parsePart(signs.join(''), text))
}

function parsePart(part: string, text: string): NamePart {
  const [, word = '', value = ''] = /^\s*([A-Za-z]+)\s*=\s*(.*)$/s.exec(part) ?? []
  const type = word.toUpperCase()
  if (!isAttribute(type)) throw wrong(text, `each part is one of ${Object.keys(ATTRIBUTES).join(', ')}, =, and a value`)
  const signs = signsOf(value)
  while (signs.at(-1) === ' ') signs.pop()
  const bare = signs.find((sign) => /^([+"<>;]|\\[^,+"\\<>;=# ]?)$/.test(sign))
  if (bare !== undefined) throw wrong(text, 'a \\ stands before each of , + " \\ < > ; in a value, and before no other')
  return [type, checkValue(type, signs.map((sign) => sign.replace(/^\\/, '')).join(''), text)]
}

function checkValue(type: AttributeName, value: string, text: string): string {
  const { as, most } = ATTRIBUTES[type]
  if (!madeOf()[as].test(value) || [...value].length > most || (type === 'C' && !/^[A-Z]{2}$/.test(value)))
    throw wrong(text, `${type} can't be ${quoted(value)}`)
  return value
}

/** In one spelling, as the plan has it. */
export const formatSubject = (parts: readonly NamePart[]): string =>
  parts.map(([type, value]) => `${type}=${escapedValue(value)}`).join(',')

const unseen = once(() => /\p{Default_Ignorable_Code_Point}/gu)
/** As programs compare names: whatever the case and the blanks (RFC 5280, 7.1). */
export const foldedValue = (value: string): string =>
  value
    .normalize('NFKD')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(unseen(), '')
    .replace(/\s+/g, ' ')
    .trim()

export const escapedValue = (value: string): string =>
  value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[# ]/, '\\$&')
    .replace(/(?<!\\) $/, '\\ ')

/** Other names of RFC 5280, 4.2.1.6, by the words that OpenSSL has for them. */
const NAMES: { readonly [kind: string]: RegExp } = {
  DNS: /^(\*\.)?([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i,
  IP: /^[0-9a-f.:]+$/i,
  EMAIL: /^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+$/,
  URI: /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i,
}

const NAMED = /^([A-Za-z]+):(.*)$/s

/** Of a kind that is written large. */
export function isCertName(text: string): boolean {
  const [, kind = '', value = ''] = NAMED.exec(text) ?? []
  return value.length <= 253 && NAMES[kind]?.test(value) === true && isAddress(text)
}

/** CERT-NAME: `DNS:pay.example.com`. */
export function parseCertName(text: string): string {
  const [, kind = '', value = ''] = NAMED.exec(text) ?? []
  const name = `${kind.toUpperCase()}:${value}`
  if (isCertName(name)) return name
  const what = `one of ${Object.keys(NAMES).join(', ')}, a colon, and the name`
  const meant = [`DNS:${text}`, `DNS:${value}`].find(isCertName) ?? 'DNS:pay.example.com'
  throw usage(`${quoted(text)} is no name for a certificate: ${what}`, better('--san', text, meant), 'CERT-NAME')
}

const isAddress = (name: string): boolean => !name.startsWith('IP:') || addressBytes(name.slice(3)) !== undefined

/** 4 or 16 bytes; undefined for what is no address. */
export function addressBytes(text: string): Uint8Array | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return ofFour(text.split('.').map(Number))
  if (!text.includes(':')) return undefined
  const [head = '', tail, more] = text.split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':'))
  const [before, after] = [words(head), words(tail ?? '')]
  const gap = 8 - before.length - after.length
  const fits = tail === undefined ? gap === 0 : gap > 0
  const all = [...before, ...Array<string>(Math.max(0, gap)).fill('0'), ...after]
  if (more !== undefined || !fits || all.some((word) => !/^[0-9a-f]{1,4}$/i.test(word))) return undefined
  return Uint8Array.from(all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]))
}

const ofFour = (numbers: readonly number[]): Uint8Array | undefined =>
  numbers.every((one) => one <= 255) ? Uint8Array.from(numbers) : undefined
