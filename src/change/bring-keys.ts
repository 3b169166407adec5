// What comes back out of a backup: which keys of the ledger it holds, what a token must be able to do for them, and how they are brought to it.

import { type BackupKey, byNameAndVersion } from '../domain/backup.ts'
import { fromBase64url } from '../domain/encoding.ts'
import { deviceFailed, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { type KeyType, statableOnly, usagesIn, withUsage } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import type { RestorePlan } from '../domain/plan.ts'
import type { KeyReport, KeyTarget } from '../domain/shapes.ts'
import { thereIs } from '../domain/words.ts'
import type { Hsm, UserSession, WrappedKey } from '../hsm/port.ts'
import type { BackupContent } from '../ledger/port.ts'
import type { Abilities } from './abilities.ts'
import type { Credentials } from './credentials.ts'
import { isLost, liveKeys } from './inventory.ts'
import { knownKey, reportOf, specOf } from './key-targets.ts'
import { checkAbility } from './operations/generate-keys.ts'

/** Of the live keys what a backup holds, as each is to be now, and what it lacks. */
export function broughtBy(
  { keys, header, artefact }: BackupContent,
  history: History,
  without: ReadonlySet<string> = new Set(),
): Pick<RestorePlan, 'backup' | 'keys' | 'missing'> {
  const isOut = (key: KeyVersionOf) => without.has(label(key.name, key.version))
  const there = new Map(keys.filter((key) => !isOut(key)).map((key) => [key.id, key]))
  const live = liveKeys(history).sort(byNameAndVersion)
  checkKnown(without, live)
  const omitted = new Map(header.omitted.map((key) => [label(key.name, key.version), key.reason]))
  const reason = (name: string) =>
    without.has(name) ? 'it was left out' : (omitted.get(name) ?? 'it was made after the backup')
  return {
    backup: { name: artefact.name, sha256: artefact.sha256, seq: header.ledger.seq },
    keys: live
      .filter(({ id }) => there.has(id))
      .map((key): KeyTarget => ({ ...knownKey(key), ...asItWas(key, there.get(key.id)!) })),
    missing: live
      .filter(({ id }) => !there.has(id))
      .map(({ name, version }) => ({ name, version, reason: reason(label(name, version)) })),
  }
}

type KeyVersionOf = Pick<KeyEntry, 'name' | 'version'>

/** KEY-EXISTS: a key that is left out would have been restored. */
function checkKnown(without: ReadonlySet<string>, live: readonly KeyEntry[]): void {
  const names = new Set(live.map(({ name, version }) => label(name, version)))
  const unknown = [...without].find((name) => !names.has(name))
  if (unknown === undefined) return
  const hint = names.size === 0 ? keyrite('key', 'list') : thereIs([...names].slice(0, 8))
  throw refused('KEY-EXISTS', `no live key of the ledger is ${unknown}, to be left out`, hint)
}

/** What the ledger says of it; of one that a token lost and this backup has, what the backup says, in the state that it has now. */
function asItWas(key: KeyEntry, backedUp: BackupKey): Pick<KeyTarget, 'usage' | 'attributes'> {
  if (!isLost(key)) return { usage: key.usage, attributes: statableOnly(key.attributes) }
  const { usage } = key
  return { usage, attributes: withUsage(backedUp.attributes, key.type, usagesIn(key.state, usage)) }
}

/** MECHANISM, WRAP-WITH-TRUSTED: what the new token can't do for these keys, and nobody accepted, is said before anyone is asked. */
export function checkRestoreAbility({ keys }: Pick<RestorePlan, 'keys'>, can: Abilities): void {
  for (const { type, accepted = [] } of keys)
    checkAbility({ type: type as KeyType, backup: true, accepted }, can, 'restore onto a token that does')
}

/** MECHANISM, WRAP-WITH-TRUSTED: as far as a token tells without a login, it can hold these keys, and the audit key of a partition. */
export async function checkFits(
  { keys }: Pick<RestorePlan, 'keys'>,
  slot: number,
  hsm: Pick<Hsm, 'probe'>,
): Promise<void> {
  const can = await hsm.probe(slot, [...new Set(keys.map(({ type }) => type as KeyType))])
  checkRestoreAbility({ keys }, can)
  if (can.audit !== 'none') return
  throw deviceFailed('MECHANISM', 'the token can sign with none of ES256, EdDSA and PS256: it can hold no audit key')
}

/** What brings keys out of a backup. */
export interface Bringing {
  backup: BackupContent
  credentials: Credentials
  progress?: (done: number) => void
}

/** RESTORE-EQUAL: the session wraps each key again and compares, before the next is begun. */
export async function bringKeys(
  { backup, credentials, progress }: Bringing,
  plan: Pick<RestorePlan, 'keys' | 'accepted'>,
  session: UserSession,
): Promise<KeyReport[]> {
  using kek = await credentials.backupKek()
  const facts = await session.restoreKeys(kek, wrappedKeys(plan, backup), progress)
  return plan.keys.map((target, i) => reportOf(target, facts[i]!))
}

export function wrappedKeys(
  { keys, accepted }: Pick<RestorePlan, 'keys' | 'accepted'>,
  backup: BackupContent,
): WrappedKey[] {
  const clear = accepted?.includes('clear-on-host') ? { clear: true as const } : {}
  const blobs = new Map(backup.keys.map((key) => [key.id, key]))
  return keys.map((target) => ({ ...wrappedKey(target, blobs.get(target.id)!), ...clear }))
}

const wrappedKey = (target: KeyTarget, { wrap, blob, spki }: BackupKey): WrappedKey => ({
  ...specOf(target),
  fingerprint: target.fingerprint!,
  wrap,
  blob: fromBase64url(blob),
  ...(spki ? { spki: fromBase64url(spki) } : {}),
})
