// Which keys may protect a key block: what planning asks, and what a ledger has to show.
import { notVerified } from './errors.ts'
import type { KeyEntry } from './key-life.ts'
import { type KeyType, secretLength, type Usage } from './keys.ts'
import type { IntentPlan } from './plan.ts'

/** A key that goes out in a block is wrapped, and one that comes in one is unwrapped. */
export type Protects = Usage & ('wrap' | 'unwrap')

/** An active AES key that is for such use, and is as strong as what it protects (X9.143, 5.1); else what is wrong with it. */
export function wrongProtector(
  key: Pick<KeyEntry, 'type' | 'state' | 'usage'>,
  use: Protects,
  types: readonly KeyType[],
): string | undefined {
  if (!key.type.startsWith('aes')) return `is of type ${key.type}, and a block of version D is protected by an AES key`
  if (key.state !== 'active') return `is ${key.state}`
  if (!key.usage.includes(use)) return `was not made to ${use} keys`
  const stronger = types.find((type) => type.startsWith('aes') && secretLength(key.type)! < secretLength(type)!)
  return stronger && `is weaker than a key of type ${stronger}`
}

/** BLOCK-KEY: the key that protects the blocks of this plan, as the ledger knows it now. */
export function checkProtector(plan: IntentPlan, keyCalled: (name: string) => KeyEntry | undefined): void {
  const found = protectionOf(plan)
  if (found === undefined) return
  const { under, use, types } = found
  const key = keyCalled(under)
  const wrong = key ? wrongProtector(key, use, types) : 'is no key of this partition'
  if (wrong !== undefined) throw notVerified('BLOCK-KEY', `${under} protects a key block, and ${wrong}`)
}

function protectionOf(plan: IntentPlan): { under: string; use: Protects; types: readonly KeyType[] } | undefined {
  if (plan.op !== 'key.export' && plan.op !== 'key.import') return undefined
  const types = plan.keys.map(({ type }) => type)
  if (plan.op === 'key.export') return plan.blocks && { under: plan.blocks.under, use: 'wrap', types }
  const { origin } = plan.keys[0]
  const block = origin.kind === 'file' ? origin.block : undefined
  return block && { under: block.under, use: 'unwrap', types }
}
