// A key block of version D (ANSI X9.143) is made: its header of what a key is, and the block of the key, under what the key that protects it has signed.
import { createCipheriv } from 'node:crypto'
import { blockHeaderIn, blockUsage } from './block-meaning.ts'
import { concat, utf8 } from './encoding.ts'
import { isTdes, type KeyType, secretLength, type Usage } from './keys.ts'
import { lazily } from './lazily.ts'
import { BLOCK, derivedKeys } from './open-block.ts'
import type { Secret } from './secret.ts'

const loadAes = lazily(() => import('@noble/ciphers/aes.js'))

/** N: it never leaves the HSM that it comes to. E: in key blocks. S: in other ways too. */
export const EXPORTABILITIES = ['N', 'E', 'S'] as const
export type Exportability = (typeof EXPORTABILITIES)[number]

const algorithmOf = (type: KeyType): string => (isTdes(type) ? 'T' : type.startsWith('aes') ? 'A' : 'H')
const USES = ['D0', 'K0', 'M6', 'M7']
const MODES = ['B', 'E', 'D', 'C', 'G', 'V']
/** The hash of an HMAC key, and what fills the header up to whole blocks. */
const HASHES: { readonly [type in KeyType]?: string } = {
  'hmac-sha256': 'HM0621',
  'hmac-sha384': 'HM0622',
  'hmac-sha512': 'HM0623',
}
const FILL = 'PB0A000000'

/** A key is as long in its block as the longest of its kind (X9.143, 5.4): nobody can tell by the length which one it is. */
const LONGEST: { readonly [algorithm: string]: number } = { A: 32, T: 24 }

const clearLength = (type: KeyType): number =>
  Math.ceil((2 + (LONGEST[algorithmOf(type)] ?? secretLength(type)!)) / BLOCK) * BLOCK

/** The use and mode that say all that the key may, and no more. */
function lettersFor(type: KeyType, usage: readonly Usage[]): string | undefined {
  const algorithm = algorithmOf(type)
  const all = USES.flatMap((use) => MODES.map((mode) => `${use}${algorithm}${mode}`))
  return all.find((letters) => blockUsage(blockHeaderIn(`D0000${letters}`))?.join() === usage.join())
}

/** Undefined where X9.143 has no letters for what the key may. */
export function blockHeaderFor(
  type: KeyType,
  usage: readonly Usage[],
  exportability: Exportability,
): string | undefined {
  const letters = secretLength(type) === undefined ? undefined : lettersFor(type, usage)
  if (letters === undefined) return undefined
  const hash = HASHES[type]
  const optional = hash === undefined ? '' : `${hash}${FILL}`
  const rest = `${letters}00${exportability}${hash === undefined ? '00' : '02'}00${optional}`
  const length = 'D0000'.length + rest.length + 2 * (clearLength(type) + BLOCK)
  return `D${`${length}`.padStart(4, '0')}${rest}`
}

/** `macs`: as `openBlock` has them; they are wiped. `random`: so many bytes, which fill the key up. */
export async function makeBlock(
  { header, type }: { header: string; type: KeyType },
  key: Secret,
  macs: readonly Uint8Array[],
  bytes: number,
  random: (length: number) => Uint8Array,
): Promise<string> {
  using derived = derivedKeys(macs, bytes)
  const value = key.reveal()
  const bits = value.length * 8
  const clear = concat(Uint8Array.of(bits >> 8, bits & 255), value, random(clearLength(type) - 2 - value.length))
  const message = concat(utf8(header), clear)
  try {
    const { cmac } = await loadAes()
    const mac = cmac(message, derived.authentication.reveal())
    const cipher = createCipheriv(`aes-${bytes * 8}-cbc`, derived.encryption.reveal(), mac).setAutoPadding(false)
    const hidden = Buffer.concat([cipher.update(clear), cipher.final(), mac])
    return `${header}${hidden.toString('hex').toUpperCase()}`
  } finally {
    clear.fill(0)
    message.fill(0)
  }
}
