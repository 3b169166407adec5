// A share as one line of 89 characters that a person may type from paper, and what is wrong with the line if it is wrong.
import { bech32m } from '@scure/base'
import { refused } from '../domain/errors.ts'

const PREFIX = 'krs'
export const START = `${PREFIX}1`
const TEXT_LENGTH = 89
const GROUPS = Math.ceil(TEXT_LENGTH / 4)
export const PAYLOAD_BYTES = 49
export const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'

export const payloadToText = (payload: Uint8Array): string => bech32m.encode(PREFIX, bech32m.toWords(payload))

/** SHARE-CHECKSUM: a mistyped share is refused at once, and where it can be known the wrong group is named. */
export function textToPayload(text: string): Uint8Array {
  const line = fold(text)
  const fault = faultOf(line)
  if (fault !== undefined) throw refused('SHARE-CHECKSUM', fault)
  return payloadOf(line)!
}

/** In groups of four with dashes between, for paper. */
export const shareGroups = (text: string): string =>
  fold(text)
    .match(/.{1,4}/g)!
    .join('-')

/** True for text that is meant to be a share, well or badly copied. */
export const looksLikeShare = (text: string): boolean => fold(text).startsWith(START)

/** `12 of 23`: how many whole groups of a line that is being typed can belong to a share. Undefined where it is none. */
export function groupsTyped(text: string): string | undefined {
  const line = fold(text)
  if (!line.startsWith(START)) return undefined
  const foreign = foreignCharacterIn(line)
  const good = foreign < 0 ? line.length : foreign
  const groups = good === TEXT_LENGTH ? GROUPS : Math.min(GROUPS - 1, Math.floor(good / 4))
  return line.length > TEXT_LENGTH ? undefined : `${groups} of ${GROUPS}`
}

// Word processors turn dashes into others. Only ASCII letters are folded: the Kelvin sign is not a k.
export const fold = (text: string): string =>
  text.replace(/[\s\u2010-\u2015-]/g, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())

// The text itself never goes into a message: somebody may have typed a passphrase here.
function faultOf(line: string): string | undefined {
  if (!line.startsWith(START)) return `this is not a keyrite share: those begin with ${START}`
  if (line.length < TEXT_LENGTH) return `this share is too short: ${line.length} of ${TEXT_LENGTH} characters`
  if (line.length > TEXT_LENGTH) return `this share is too long: ${line.length} characters, not ${TEXT_LENGTH}`
  const foreign = foreignCharacterIn(line)
  if (foreign >= 0) return `a character is wrong, in ${groupAt(foreign)}: no share contains it`
  if (payloadOf(line) !== undefined) return undefined
  const wrong = wrongCharacter(line)
  return wrong === undefined
    ? 'a character is wrong: the checksum does not fit'
    : `a character is wrong, in ${groupAt(wrong)}: the checksum does not fit`
}

const foreignCharacterIn = (line: string): number =>
  [...line].findIndex((letter, at) => at >= START.length && !ALPHABET.includes(letter))

const groupAt = (at: number): string => `group ${Math.floor(at / 4) + 1} of ${GROUPS}`

// Start and length are known to be right here, so that the payload has its 49 bytes.
function payloadOf(line: string): Uint8Array | undefined {
  const decoded = bech32m.decodeUnsafe(line)
  const payload = decoded ? bech32m.fromWordsUnsafe(decoded.words) : undefined
  return payload instanceof Uint8Array ? payload : undefined
}

// The checksum knows one wrong character by its place. We name the place and leave the correction to the holder.
function wrongCharacter(line: string): number | undefined {
  for (let at = START.length; at < line.length; at++) {
    for (const letter of ALPHABET) {
      if (payloadOf(line.slice(0, at) + letter + line.slice(at + 1)) !== undefined) return at
    }
  }
  return undefined
}
