// What a key block's header makes of the key in it here: its types, what it may do, and whether it may leave the token. X9.143, 6.3.
import { optionalBlocksOf } from './key-block.ts'
import type { KeyType, Usage } from './keys.ts'
import { canBeOfOneKey, checkValueIn, hashOf, optionalOddity } from './optional-blocks.ts'

/** The letters that decide, as they stand in every header. */
interface BlockHeader {
  version: string
  usage: string
  algorithm: string
  mode: string
  exportability: string
  keyVersion: string
  context: string
}

export const blockHeaderIn = (header: string): BlockHeader => ({
  version: header.slice(0, 1),
  usage: header.slice(5, 7),
  algorithm: header.slice(7, 8),
  mode: header.slice(8, 9),
  exportability: header.slice(11, 12),
  keyVersion: header.slice(9, 11),
  context: header.slice(14, 16),
})

const TYPES: { readonly [algorithm: string]: readonly KeyType[] } = {
  A: ['aes-128', 'aes-192', 'aes-256'],
  T: ['tdes-112', 'tdes-168'],
  H: ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'],
  I: ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'],
}

/** The types that its key can have: the header does not say how long it is. */
export const blockTypes = ({ algorithm }: BlockHeader): readonly KeyType[] => TYPES[algorithm] ?? []

type Pair = readonly [first: Usage, second: Usage]
const DATA: Pair = ['encrypt', 'decrypt']
const KEYS: Pair = ['wrap', 'unwrap']
const MACS: Pair = ['sign', 'verify']
const USES: { readonly [usage: string]: { pair: Pair; algorithms: string } } = {
  D0: { pair: DATA, algorithms: 'AT' },
  D3: { pair: DATA, algorithms: 'AT' },
  K0: { pair: KEYS, algorithms: 'AT' },
  K1: { pair: KEYS, algorithms: 'AT' },
  K4: { pair: KEYS, algorithms: 'AT' },
  M6: { pair: MACS, algorithms: 'A' },
  M7: { pair: MACS, algorithms: 'HI' },
}

/** Of the two uses the first, the second, or both. */
const ONE_OR_BOTH: { readonly [mode: string]: readonly number[] } = {
  B: [0, 1],
  C: [0, 1],
  N: [0, 1],
  E: [0],
  G: [0],
  D: [1],
  V: [1],
}

/** Modes that are of MAC keys, and of others. */
const OF_MACS = 'CGVN'
const OF_OTHERS = 'BEDN'

/** What it may do here; undefined of a header whose use has no place here, such as that of PIN keys. */
export function blockUsage({ usage, algorithm, mode }: BlockHeader): Usage[] | undefined {
  const use = USES[usage]
  if (!use?.algorithms.includes(algorithm)) return undefined
  const isRight = (use.pair === MACS ? OF_MACS : OF_OTHERS).includes(mode)
  return isRight ? ONE_OR_BOTH[mode]!.map((i) => use.pair[i]!) : undefined
}

/** E, S: the key may leave the token that it comes to. N: it never does. */
export const mayLeave = ({ exportability }: BlockHeader): boolean => 'ES'.includes(exportability)

/** Why no key is taken from a block with this header; undefined where one is. */
export function blockOddity({ exportability, keyVersion, context }: BlockHeader): string | undefined {
  if (!'ENS'.includes(exportability))
    return `says ${exportability} of whether its key may go on, which is none of E, N and S`
  if (keyVersion.startsWith('c')) return `holds a component of a key (${keyVersion}), and no whole one`
  return /^[012]0$/.test(context) ? undefined : `has ${context} where X9.143 has 00, 10 or 20`
}

/** Whether a key that came in a block is what its header says. `check`: by which it is known. */
export function isAsBlockSays(
  header: string,
  key: { type: KeyType; usage: readonly Usage[]; extractable: boolean; check: string | undefined },
): boolean {
  const said = blockHeaderIn(header)
  const optional = optionalBlocksOf(header)
  const hash = hashOf(optional)
  const value = checkValueIn(optional, 'KC')
  const fits =
    said.version === 'D' &&
    blockTypes(said).includes(key.type) &&
    (hash === undefined || key.type.endsWith(hash)) &&
    optionalOddity(optional, said.algorithm) === undefined &&
    (value === undefined || key.check === undefined || canBeOfOneKey(value, key.check) !== false)
  return (
    fits &&
    blockOddity(said) === undefined &&
    blockUsage(said)?.join() === key.usage.join() &&
    (mayLeave(said) || !key.extractable)
  )
}
