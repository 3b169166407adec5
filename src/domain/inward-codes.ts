// The codes of what comes to a token from elsewhere.
import type { CodeTable } from './code-table.ts'

export const INWARD_CODES = {
  'IMPORT-CHECK': [[3, 5], 'what came is the key that was announced'],
  'IMPORT-GONE': [[5], 'a key that came as another than was announced is not on the token any more'],
  'KEY-FILE': [[3], 'a key file holds one key with its private half, whole, of a type that keys here have'],
  'KEY-NUMBERS': [
    [3, 5],
    'the numbers of a key belong together, and its public half does not give the private one away',
  ],
  'KEY-PASSPHRASE': [[3], 'the passphrase opens the key file'],
  'KEY-WEAK': [[3, 5], 'a key that comes in is none that somebody could guess, or that makes its cipher weaker'],
} as const satisfies CodeTable
