// A key block of version D (ANSI X9.143: AES-CBC, keys by derivation) is opened: what the key that protects it has to sign, and what comes of that. The primitives are AES-CMAC and AES-CBC.
import { createDecipheriv, timingSafeEqual } from 'node:crypto'
import { concat, utf8 } from './encoding.ts'
import { notVerified } from './errors.ts'
import type { KeyBlock } from './key-block.ts'
import { lazily } from './lazily.ts'
import { Secret } from './secret.ts'

const loadAes = lazily(() => import('@noble/ciphers/aes.js'))

/** X9.143, 7.3: algorithm and length of what is derived, by the bytes of the key that it is derived from. */
const ALGORITHMS: { readonly [bytes: number]: number } = { 16: 2, 24: 3, 32: 4 }
const USAGES = { encryption: 0, authentication: 1 }
export const BLOCK = 16

/** What a key of so many bytes signs by AES-CMAC for each of the two keys that are derived from it: counter, use, separator, algorithm, bits. */
export function derivationInputs(bytes: number): Uint8Array[] {
  const counters = Array.from({ length: Math.ceil(bytes / BLOCK) }, (_, i) => i + 1)
  const bits = bytes * 8
  return Object.values(USAGES).flatMap((use) =>
    counters.map((counter) => Uint8Array.of(counter, 0, use, 0, 0, ALGORITHMS[bytes]!, bits >> 8, bits & 255)),
  )
}

/** The keys of one block. What they are made of is wiped. */
export function derivedKeys(macs: readonly Uint8Array[], bytes: number) {
  const half = macs.length / 2
  const joined = (some: readonly Uint8Array[]) => new Secret(concat(...some).subarray(0, bytes))
  const [encryption, authentication] = [joined(macs.slice(0, half)), joined(macs.slice(half))]
  for (const mac of macs) mac.fill(0)
  return {
    encryption,
    authentication,
    [Symbol.dispose]() {
      encryption[Symbol.dispose]()
      authentication[Symbol.dispose]()
    },
  }
}

/**
 * BLOCK-OPENS: the key in it. `macs`: of the inputs, in their order; they are wiped. `bytes`: of the key that made them.
 */
export async function openBlock(block: KeyBlock, macs: readonly Uint8Array[], bytes: number): Promise<Secret> {
  using derived = derivedKeys(macs, bytes)
  const mac = Buffer.from(block.mac, 'hex')
  const cipher = createDecipheriv(`aes-${bytes * 8}-cbc`, derived.encryption.reveal(), mac).setAutoPadding(false)
  const first = cipher.update(Buffer.from(block.encrypted, 'hex'))
  using clear = new Secret(Uint8Array.from(Buffer.concat([first, cipher.final()])))
  first.fill(0)
  const { cmac } = await loadAes()
  const message = concat(utf8(block.header), clear.reveal())
  const made = cmac(message, derived.authentication.reveal())
  message.fill(0)
  if (!timingSafeEqual(made, mac))
    throw notVerified('BLOCK-OPENS', 'the key block was made under another key, or was changed', ASK)
  return keyIn(clear.reveal())
}

const ASK = 'ask its sender for it once more, and for the check value of the key that protects it'

/** The length in bits, the key, and what fills it up. */
function keyIn(clear: Uint8Array): Secret {
  const bits = (clear[0]! << 8) | clear[1]!
  if (bits % 8 !== 0 || bits === 0 || 2 + bits / 8 > clear.length)
    throw notVerified('BLOCK-OPENS', `the key block holds a key of ${bits} bits in ${clear.length} bytes`, ASK)
  return new Secret(Uint8Array.from(clear.subarray(2, 2 + bits / 8)))
}
