// The PINs derived from shares, and whether a token accepts their length: checked before it is erased.

import { toBase32 } from './encoding.ts'
import { deviceFailed } from './errors.ts'
import { add, keyrite, to } from './hints.ts'

/** As a token tells it. */
export interface PinLength {
  min: number
  max: number
}

/** `prefix`: what goes before each PIN. `accepted`: weaknesses, of which short PINs are one. */
export interface PinRules {
  prefix?: string | undefined
  accepted?: readonly string[] | undefined
}

/** Base32 of 20 bytes, and what is enough of it. */
export const WHOLE_PIN = 32
const ENOUGH = 16
/** A character of base32. */
const BITS = 5

/** More than this is all ones, in one way or another: the token doesn't say. */
const MOST = 0x7fff_ffff

/** A maximum of zero, or below the minimum, says nothing either. */
export const longestPin = ({ min, max }: PinLength): number | undefined =>
  max > 0 && max >= min && max < MOST ? max : undefined

const shortestPin = ({ min, max }: PinLength): number => (min > MOST || (max > 0 && max < min) ? 0 : min)

/** Of an application's PIN: OpenSSL's provider and engine fail from 32 on. */
export const APPLICATION_PIN = 24

/** SHORT-PIN, LONG-PIN: the same of the user PIN of an application's token, which is no longer than 24 characters. */
export const applicationPinLength = (limit: PinLength, rules?: PinRules): number =>
  lengthFor(limit, rules, { whole: APPLICATION_PIN, enough: APPLICATION_PIN })

/** A PIN of all the characters that an application's has. */
export const isWholeOfApplication = (characters: number): boolean => characters === APPLICATION_PIN

export const isShortPin = (characters: number): boolean => characters < ENOUGH
export const pinBits = (characters: number): number => characters * BITS

/** SHORT-PIN, LONG-PIN: so many characters of a derived PIN go to this token, behind the prefix. */
export const derivedLength = (limit: PinLength, rules?: PinRules): number =>
  lengthFor(limit, rules, { whole: WHOLE_PIN, enough: ENOUGH })

function lengthFor(
  limit: PinLength,
  { prefix = '', accepted = [] }: PinRules = {},
  { whole, enough }: { whole: number; enough: number },
): number {
  const most = longestPin(limit) ?? MOST
  const length = Math.max(0, Math.min(whole, most - prefix.length))
  if (length < (accepted.includes('short-pin') ? 1 : enough)) throw shortPin(most, length, enough)
  checkLongEnough(limit, prefix.length + length)
  return length
}

function checkLongEnough(limit: PinLength, length: number): void {
  if (length >= shortestPin(limit)) return
  const message = `the token takes PINs of at least ${limit.min} characters; those of shares have ${length}`
  throw deviceFailed('LONG-PIN', message, LIST)
}

function shortPin(most: number, length: number, enough: number) {
  const left = `the token takes PINs of at most ${most} characters, which leaves ${length} to derive`
  if (length < 1) return deviceFailed('SHORT-PIN', left, LIST)
  const message = `${left}: ${pinBits(length)} bits, where ${pinBits(enough)} are needed`
  const hint = to('where the token locks them after a few wrong tries this may do', add('--accept', 'short-pin'))
  return deviceFailed('SHORT-PIN', message, hint)
}

/** As the token takes it. `characters`: how many of it are derived. */
export const derivedPin = (bytes: Uint8Array, characters: number, prefix = ''): string =>
  prefix + toBase32(bytes).slice(0, characters)

const LIST = keyrite('token', 'list', '--module', 'PATH')
