// The key of the partition that protects key blocks: it derives the keys of each on the token, and never leaves it.

import { fromHex } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { type KeyType, secretLength } from '../domain/keys.ts'
import { label, parseKeyVersion } from '../domain/names.ts'
import { derivationInputs } from '../domain/open-block.ts'
import { type Protects, wrongProtector } from '../domain/protectors.ts'
import type { UserSession } from '../hsm/port.ts'
import { checkRestored } from './key-targets.ts'

/** BLOCK-KEY, KEY-ABSENT. */
export function checkProtects(key: KeyEntry, use: Protects, types: readonly KeyType[], history: History): void {
  const name = label(key.name, key.version)
  const wrong = wrongProtector(key, use, types)
  if (wrong !== undefined) throw refused('BLOCK-KEY', `${name} ${wrong}`, keyrite('key', 'show', name))
  checkRestored([key], history)
}

/** As a plan names it; the ledger knows it. */
export function protectorNamed(under: string, history: History): KeyEntry {
  const { name, version } = parseKeyVersion(under)
  return history.key(name, version!)!
}

/** What it makes of the inputs by which the keys of one block are derived, and its bytes. */
export async function derivedBy(
  protector: KeyEntry,
  session: UserSession,
): Promise<{ macs: Uint8Array[]; bytes: number }> {
  const bytes = secretLength(protector.type)!
  return { macs: await session.cmacs(fromHex(protector.id), derivationInputs(bytes)), bytes }
}
