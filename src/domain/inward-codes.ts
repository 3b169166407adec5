// The codes of what comes to a token from elsewhere.
import type { CodeTable } from './code-table.ts'

export const INWARD_CODES = {
  'BLOCK-KEY': [[3, 5], 'a key block is protected by an active AES key that may do so, as strong as what is in it'],
  'BLOCK-OPENS': [[5], 'a key block was made under the key that is named, and nobody changed it'],
  'BLOCK-TAKEN': [[3], 'a key block is of version D, and for a use that keys here have'],
  'IMPORT-BLOB': [[3], 'what came is as long as what is wrapped for the transport key of its request'],
  'IMPORT-CHECK': [[3, 5], 'what came is the key that was announced'],
  'IMPORT-EXPIRED': [[3], 'a key comes in before its request ends'],
  'IMPORT-GONE': [[5], 'a key that came as another than was announced is not on the token any more'],
  'IMPORT-LENGTH': [[5], 'a key that comes in is as long as its type says'],
  'IMPORT-OPENS': [[4, 5], 'what came was wrapped for the transport key of the request, and is whole'],
  'IMPORT-REQUEST': [[3, 5], 'a key comes in by a request that is open, and was made for it'],
  'KEY-FILE': [[3], 'a key file holds one key with its private half, whole, of a type that keys here have'],
  'KEY-NUMBERS': [
    [3, 5],
    'the numbers of a key belong together, and its public half does not give the private one away',
  ],
  'KEY-PASSPHRASE': [[3], 'the passphrase opens the key file'],
  'KEY-WEAK': [[3, 5], 'a key that comes in is none that somebody could guess, or that makes its cipher weaker'],
  'TRANSPORT-AS-ASKED': [[4], 'a transport key is what it was asked to be, and opens what is wrapped for it'],
  'TRANSPORT-GONE': [[5], 'a transport key that was used, or given up, is not on the token any more'],
  'TRANSPORT-THERE': [[5], 'the transport key of an open request is on the token'],
} as const satisfies CodeTable
