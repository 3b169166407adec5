// The PINs derived from shares, and whether a token accepts their length: checked before it is erased.

import { deviceFailed } from './errors.ts'
import { keyrite } from './hints.ts'

/** As a token tells it. */
interface PinLength {
  min: number
  max: number
}

/** Base32 of 20 bytes, and what is enough of it. */
const WHOLE = 32
const ENOUGH = 16

/** More than this is all ones, in one way or another: the token doesn't say. */
const MOST = 0x7fff_ffff

/** A maximum of zero, or below the minimum, says nothing either. */
export const longestPin = ({ min, max }: PinLength): number | undefined =>
  max > 0 && max >= min && max < MOST ? max : undefined

const shortestPin = ({ min, max }: PinLength): number => (min > MOST || (max > 0 && max < min) ? 0 : min)

/** SHORT-PIN, LONG-PIN: so many characters of a derived PIN go to this token, behind a prefix. `least`: how few are enough. */
export function derivedLength(limit: PinLength, prefix = 0, least = ENOUGH): number {
  const most = longestPin(limit) ?? MOST
  const length = Math.max(0, Math.min(WHOLE, most - prefix))
  if (length < least) {
    const message = `the token takes PINs of at most ${most} characters, which leaves ${length} to derive; ${least} are needed`
    throw deviceFailed('SHORT-PIN', message, LIST)
  }
  if (prefix + length >= shortestPin(limit)) return length
  const message = `the token takes PINs of at least ${limit.min} characters; those of shares have ${prefix + length}`
  throw deviceFailed('LONG-PIN', message, LIST)
}

const LIST = keyrite('token', 'list', '--module', 'PATH')

/** PIN-PAD, SHORT-PIN, LONG-PIN. */
export function checkTakesPins({ pinPad, pinLength }: { pinPad: boolean; pinLength: PinLength }): void {
  if (pinPad)
    throw deviceFailed('PIN-PAD', 'the token has its PINs typed at the device, and takes none from here', LIST)
  derivedLength(pinLength)
}
