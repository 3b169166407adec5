// Which text plans and records may hold, in one place: checked before anybody approves, and in every ledger that is read.
import { utf8 } from './encoding.ts'
import { usage } from './errors.ts'
import { quoted, spelled } from './names.ts'
import { holdsSecret, withoutSecrets } from './secret-text.ts'
import { isTextCharacter } from './unicode.ts'

/** In UTF-8. */
const LONGEST_TEXT = 4096

const PLAIN = /^[ -~]*$/

/** What keeps a text out of a record, in words; undefined where nothing does. Its length is another question: see `isShort`. */
export function wrongInText(text: string): string | undefined {
  if (PLAIN.test(text)) return undefined
  for (const char of text) {
    const point = char.codePointAt(0)!
    if (!isTextCharacter(point)) return `holds U+${point.toString(16).toUpperCase().padStart(4, '0')}, ${kindOf(char)}`
  }
  return text.normalize('NFC') === text ? undefined : 'is not in NFC, the composed form of Unicode'
}

const kindOf = (char: string): string => {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(char)) return 'a control character'
  return /\p{Surrogate}/u.test(char) ? 'half of a surrogate pair' : 'which is no printable character of Unicode 14.0'
}

/** Not more than 4096 bytes in UTF-8. */
export const isShort = (text: string): boolean =>
  text.length * 3 <= LONGEST_TEXT || Buffer.byteLength(text) <= LONGEST_TEXT

/**
 * TEXT: every string in a plan, or in whatever else is to be recorded, is one that the ledger can hold. Asked at the edge, before the
 * first approval: what a person gave is refused, and what a token, a library or a path says comes here by `recordable`.
 */
export function checkTexts(value: unknown, seen = new Set<unknown>()): void {
  if (seen.has(value)) return
  seen.add(value)
  if (typeof value === 'string') checkText(value)
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) checkTexts(one, seen)
}

function checkText(text: string): void {
  const wrong =
    (holdsSecret(text) ? 'holds what looks like a share or an age identity, and the ledger is no secret' : undefined) ??
    (text.includes('\ufffd') ? 'holds U+FFFD, which stands for bytes that are no text' : undefined) ??
    wrongInText(text) ??
    (isShort(text) ? undefined : `is longer than ${LONGEST_TEXT} bytes`)
  if (wrong !== undefined) throw usage(`${quoted(text)} ${wrong}`, undefined, 'TEXT')
}

/**
 * Text that nobody here chose (of a token, a library, a path, a device's error) as a record can hold it: NFC, what may not stand in it
 * spelled like \u{1b}, without what looks like a secret, and cut where it is too long.
 */
export function recordable(text: string): string {
  const held = [...withoutSecrets(text)].map((char) =>
    isTextCharacter(char.codePointAt(0)!) && char !== '\ufffd' ? char : spelled(char),
  )
  return shortened(withoutSecrets(held.join('').normalize('NFC')))
}

function shortened(text: string): string {
  if (isShort(text)) return text
  // Half a character at the cut is left out by the decoder.
  const start = new TextDecoder().decode(utf8(text).subarray(0, LONGEST_TEXT - 6)).replace(/\ufffd+$/, '')
  return `${start.normalize('NFC')}...`
}
