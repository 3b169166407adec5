// Codes that people compare by eye and voice, in Crockford's base32: of a plan 100 bits, of a record or a root 120 and a check character.
import { fromBase64url } from './encoding.ts'
import { usage } from './errors.ts'
import { quoted } from './names.ts'

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The first 100 bits of a plan's digest (32 bytes): `K7QD 9XMA 2FJT 6V1C H8RW`, five groups of four. */
export const shortCode = (digest: Uint8Array): string => grouped(letters(digest, 20), 4)

/**
 * The first 120 bits of a leaf or of a root (32 bytes, base64url) and a check character: five groups of five. The anchor is that of
 * record 0. Whoever makes a beginning could look for two of one code: 120 bits make that 2^60 hashes.
 */
export function recordCode(leaf: string): string {
  const code = letters(fromBase64url(leaf), 24)
  return grouped(code + checkOf(code), 5)
}

/**
 * CODE: a record's code as somebody typed it, in the form of `recordCode`. Blanks and dashes are dropped, o is read as 0, i and l as
 * 1. One wrong character, or two neighbours in the wrong order, is reported as a typing mistake.
 */
export function parseCode(text: string): string {
  const plain = folded(text)
  if (!/^[0-9A-HJKMNP-TV-Z]{25}$/.test(plain)) {
    throw usage(
      `${quoted(text)} is not a valid code: five groups of five, the last character a check`,
      undefined,
      'CODE',
    )
  }
  if (checkOf(plain.slice(0, 24)) !== plain[24]) {
    throw usage(
      `${quoted(text)} is mistyped: its check character is wrong`,
      'compare it with the note, letter by letter',
      'CODE',
    )
  }
  return grouped(plain, 5)
}

/** CODE: a plan's code as somebody heard and typed it, in the form of `shortCode`. */
export function parseShortCode(text: string): string {
  const plain = folded(text)
  if (/^[0-9A-HJKMNP-TV-Z]{20}$/.test(plain)) return grouped(plain, 4)
  throw usage(`${quoted(text)} is not the code of a plan: five groups of four`, undefined, 'CODE')
}

const folded = (text: string): string =>
  text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')

/** Five bits a character, from the first on. */
function letters(digest: Uint8Array, count: number): string {
  const bits = BigInt(`0x${Buffer.from(digest).toString('hex')}`)
  const top = digest.length * 8 - 5
  return Array.from({ length: count }, (_, i) => CROCKFORD[Number((bits >> BigInt(top - 5 * i)) & 31n)]).join('')
}

/** The sum of i times the i-th value, from 1 on, modulo 31. It misses a 0 for a Z, and nothing else that is one slip. */
const checkOf = (code: string): string =>
  CROCKFORD[[...code].reduce((sum, letter, i) => sum + (i + 1) * CROCKFORD.indexOf(letter), 0) % 31]!

const grouped = (code: string, size: number): string => code.match(new RegExp(`.{${size}}`, 'g'))!.join(' ')
