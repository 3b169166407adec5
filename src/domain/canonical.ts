// JSON as Keyrite writes it: RFC 8785, and stricter, so that a value has one spelling and one only.
import canonicalize from 'canonicalize'
import { sha256, toBase64url, utf8 } from './encoding.ts'
import { notVerified } from './errors.ts'
import { inOrder, NOT_PLAIN } from './order.ts'
import { wrongInText } from './texts.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** The canonical text (RFC 8785, JCS). Members whose value is undefined are left out. */
export function canonical(value: unknown): string {
  const text = writtenInOrder(value) ?? canonicalize(value)
  if (text === undefined) throw new TypeError('not a JSON value')
  return text
}

/**
 * What stands in order, or is brought into it, node writes several times as fast. Undefined where node might write it otherwise: half of a
 * surrogate pair, which is no text, it escapes.
 */
function writtenInOrder(value: unknown): string | undefined {
  const ordered = inOrder(value)
  const text = ordered === NOT_PLAIN ? undefined : JSON.stringify(ordered)
  return text?.includes('\\ud') ? undefined : text
}

/** The SHA-256 of the canonical text, base64url. */
export const canonicalDigest = (value: unknown): string => toBase64url(sha256(utf8(canonical(value))))

/** The very same object need not be written. */
export const sameJson = (a: unknown, b: unknown): boolean =>
  (typeof a === 'object' && a === b) || canonical(a) === canonical(b)

/**
 * LINE-CANONICAL: the text is the one canonical spelling of its value. A duplicate member, a blank, another order of members or
 * another spelling of a number all differ from it.
 */
export function parseCanonical(text: string): Json {
  const value = parseJson(text)
  if (PLAIN.test(text) && isPlainStrict(value, 1) && JSON.stringify(value) === text) return value
  assertStrict(value)
  if (canonical(value) !== text) throw notCanonical('it is not in canonical form (RFC 8785)')
  return value
}

/** It may stand in a record: its text, names, numbers and depth are as there. */
export function isStrict(value: unknown): boolean {
  try {
    assertStrict(value as Json)
    return true
  } catch {
    return false
  }
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    throw notCanonical('it is not JSON')
  }
}

const notCanonical = (why: string) => notVerified('LINE-CANONICAL', why)

/** ASCII, and nothing escaped: of its strings nothing is to be asked. */
const PLAIN = /^[ -[\]-~]*$/

/** In one walk: members in order, integers from 0 to 2^53-1, not too deep. Most lines are like that; of any other it is asked what is wrong. */
function isPlainStrict(value: Json, level: number): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0
  if (typeof value !== 'object' || value === null) return true
  if (level > MOST_LEVELS) return false
  if (Array.isArray(value)) return value.every((item) => isPlainStrict(item, level + 1))
  let before = ''
  for (const name in value) {
    if (name < before || name === '' || !isPlainStrict(value[name]!, level + 1)) return false
    before = name
  }
  return true
}

const ASCII_NAME = /^[\x20-\x7e]+$/
/** Arrays and objects within one another, the outermost counted. Without a bound a line of brackets exhausts the stack. */
const MOST_LEVELS = 64

/** ASCII member names, NFC strings without control characters, integers from 0 to 2^53-1. Where null may stand, the schema says. */
function assertStrict(value: Json, level = 1): void {
  if (typeof value === 'string') return assertText(value)
  if (typeof value === 'number') return assertNumber(value)
  if (typeof value === 'object' && level > MOST_LEVELS) throw notCanonical('it is nested too deeply')
  if (Array.isArray(value)) for (const item of value) assertStrict(item, level + 1)
  else if (typeof value === 'object' && value !== null) assertMembers(value, level)
}

function assertMembers(members: { [name: string]: Json }, level: number): void {
  for (const name in members) {
    if (!ASCII_NAME.test(name)) throw notCanonical('a member name is not ASCII')
    assertStrict(members[name]!, level + 1)
  }
}

function assertNumber(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw notCanonical(`${value} is not an integer from 0 to 2^53-1`)
}

function assertText(text: string): void {
  const wrong = wrongInText(text)
  if (wrong !== undefined) throw notCanonical(`a string ${wrong}`)
}
