// The short code that people read aloud: 60 bits of a SHA-256 in Crockford's base32, `K7QD 9XMA 2FJT`.
import { usage } from './errors.ts'
import { quoted } from './names.ts'

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The first 60 bits of a digest (32 bytes), upper case, three groups of four. */
export function shortCode(digest: Uint8Array): string {
  const bits = Buffer.from(digest).readBigUInt64BE() >> 4n
  const letters = Array.from({ length: 12 }, (_, i) => CROCKFORD[Number((bits >> BigInt(55 - 5 * i)) & 31n)])
  return [0, 4, 8].map((start) => letters.slice(start, start + 4).join('')).join(' ')
}

/** A code as somebody typed it: blanks and dashes dropped, o read as 0, i and l as 1. Gives the form of `shortCode`. */
export function parseCode(text: string): string {
  const plain = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')
  if (/^[0-9A-HJKMNP-TV-Z]{12}$/.test(plain)) return plain.replace(/(.{4})(?=.)/g, '$1 ')
  throw usage(`${quoted(text)} is no code: three groups of four, like K7QD 9XMA 2FJT`, undefined, 'CODE')
}
