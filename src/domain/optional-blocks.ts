// The optional blocks of a key block (X9.143, 6.3.6): how each is written, which keys it is for, and what it makes of the key that comes.
import type { OptionalBlock } from './key-block.ts'
import { quoted } from './names.ts'

/** By the first two digits of a check value: legacy by encryption of zeros, or by CMAC (X9.24-1, Annex A). */
const METHODS: { readonly [code: string]: string } = { '00': 'ecb3', '01': 'cmac5' }

const CHECK_VALUE = /^(00([0-9A-Fa-f]{2}){1,3}|01([0-9A-Fa-f]{2}){1,5})$/
/** ISO 8601 in UTC, with delimiters or without, of whole seconds or hundredths. */
const TIME = /^(\d{14}(\d\d)?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d\d)?)Z$/

/** Of those that can stand beside a key that is taken here; of the others whatever they say is of other keys. */
const WRITTEN: { readonly [id: string]: RegExp } = {
  HM: /^(10|2[0-5]|3[0-3]|4[01])$/,
  KC: CHECK_VALUE,
  KP: CHECK_VALUE,
  PK: CHECK_VALUE,
  TC: TIME,
  TS: TIME,
  WP: /^00[0-3]$/,
}

/** What only pairs, and keys by which others are derived, can have. */
const OF_OTHERS: { readonly [id: string]: string } = {
  AL: 'pairs',
  CT: 'pairs',
  BI: 'keys that are derived',
  DA: 'keys that are derived from',
  IK: 'keys that are derived',
  KS: 'keys that are derived',
}

const HASHES: { readonly [code: string]: string } = { 21: 'sha256', 22: 'sha384', 23: 'sha512' }

const dataOf = (blocks: readonly OptionalBlock[], id: string): string | undefined =>
  blocks.find((one) => one.id === id)?.data

/** The hash of an HMAC key, as its type has it; undefined where none is said. */
export const hashOf = (blocks: readonly OptionalBlock[]): string | undefined => HASHES[dataOf(blocks, 'HM') ?? '']

/** Why no key of this algorithm is taken with these; undefined where nothing speaks against it. What no standard has is passed over. */
export function optionalOddity(blocks: readonly OptionalBlock[], algorithm: string): string | undefined {
  for (const { id, data } of blocks) {
    const others = OF_OTHERS[id]
    if (others !== undefined) return `has an optional block ${id}, which is for ${others}`
    if (WRITTEN[id] && !WRITTEN[id].test(data)) return `has ${quoted(data)} in its optional block ${id}`
  }
  return wrongHash(dataOf(blocks, 'HM'), algorithm)
}

/** H alone is HMAC with SHA-1 to ISO 20038, and incomplete to X9.143. */
function wrongHash(code: string | undefined, algorithm: string): string | undefined {
  const isHmac = algorithm === 'H' || algorithm === 'I'
  if (code === undefined) return algorithm === 'H' ? 'does not say the hash of its HMAC key (HM)' : undefined
  if (!isHmac) return 'names a hash (HM), and holds no HMAC key'
  return HASHES[code] ? undefined : `is of an HMAC key with the hash ${code}, which no key here has`
}

/** `cmac5:08793E25AB`, of the key in it (KC) or of the one that protects it (KP). */
export function checkValueIn(blocks: readonly OptionalBlock[], id: 'KC' | 'KP'): string | undefined {
  const data = dataOf(blocks, id)
  const told = data === undefined ? undefined : METHODS[data.slice(0, 2)]
  return told && `${told}:${data!.slice(2).toLowerCase()}`
}

/** Whether two check values can be of one key: the shorter one begins the longer. Undefined where their methods differ, so that nothing is told. */
export function canBeOfOneKey(one: string, other: string): boolean | undefined {
  if (one.split(':')[0] !== other.split(':')[0]) return undefined
  return one.startsWith(other) || other.startsWith(one)
}
