// The codes of what goes out of a token, or is held against what went out.
import type { CodeTable } from './code-table.ts'

export const OUTWARD_CODES = {
  'EXPORT-AS-ASKED': [[4], 'what a key goes out under is what it was asked to be, and of this session alone'],
  'EXPORT-FITS': [[3], 'a key goes out in a way in which the other side takes it'],
  'KEY-STAYS': [[3], 'what was made never to leave its token does not leave it'],
  'PUBLIC-EQUAL': [[5], 'the public key in a file is the one of the ledger'],
  'WRAPPING-EXPIRED': [[3], 'a key goes out under a wrapping key that is still taken'],
  'WRAPPING-KEY': [[3], 'a key goes out under one RSA key that is whole, strong, and made for that'],
} as const satisfies CodeTable
