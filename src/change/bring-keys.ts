// What comes back out of a backup: which keys of the ledger it holds, what a token must be able to do for them, and how they are brought to it.

import { type BackupKey, byNameAndVersion } from '../domain/backup.ts'
import { fromBase64url } from '../domain/encoding.ts'
import { deviceFailed, KeyriteError, refused } from '../domain/errors.ts'
import { add, apart, type Hint, keyrite, type Run } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { asKept, type KeyType, statableOnly, usagesOf, withUsage } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import type { RestorePlan } from '../domain/plan.ts'
import { KEY_ACCEPTED } from '../domain/plan-shapes.ts'
import type { Foreseen } from '../domain/profile.ts'
import type { KeyReport, KeyTarget } from '../domain/shapes.ts'
import { counted, thereIs } from '../domain/words.ts'
import { commonWrap, takesType } from '../domain/wrap-kinds.ts'
import type { Hsm, UserSession, WrappedKey } from '../hsm/port.ts'
import type { BackupContent } from '../ledger/port.ts'
import { type Abilities, waysOf } from './abilities.ts'
import type { Credentials } from './credentials.ts'
import { isLost, liveKeys } from './inventory.ts'
import { knownKey, reportOf, specOf } from './key-targets.ts'
import { checkAbility } from './operations/generate-keys.ts'
import { checkRules } from './taken-token.ts'

/** Whoever left a key out named it. */
export const LEFT_OUT = 'it was left out'

/** Of the live keys what a backup holds, as each is to be now, and what it lacks. `opens`: the token leaves public halves open. */
export function broughtBy(
  { keys, header, artefact }: BackupContent,
  history: History,
  without: ReadonlySet<string> = new Set(),
  accepted: readonly string[] = [],
  opens = false,
): Pick<RestorePlan, 'backup' | 'keys' | 'missing'> {
  const isOut = (key: KeyVersionOf) => without.has(label(key.name, key.version))
  const there = new Map(keys.filter((key) => !isOut(key)).map((key) => [key.id, key]))
  const live = liveKeys(history).sort(byNameAndVersion)
  checkKnown(without, live)
  const omitted = new Map(header.omitted.map((key) => [label(key.name, key.version), key.reason]))
  const reason = (name: string) =>
    without.has(name) ? LEFT_OUT : (omitted.get(name) ?? 'it was made after the backup')
  return {
    backup: { name: artefact.name, sha256: artefact.sha256, seq: header.ledger.seq },
    keys: live
      .filter(({ id }) => there.has(id))
      .map(
        (key): KeyTarget => ({
          ...knownKey(key),
          ...asItWas(key, there.get(key.id)!, opens),
          ...weakened(key, accepted),
        }),
      ),
    missing: live
      .filter(({ id }) => !there.has(id))
      .map(({ name, version }) => ({ name, version, reason: reason(label(name, version)) })),
  }
}

/** On a token that is known not to keep the rule a key has that weakness from now on. */
const weakened = ({ accepted = [] }: KeyEntry, taken: readonly string[]): Pick<KeyTarget, 'accepted'> => {
  const words = [...new Set([...accepted, ...KEY_ACCEPTED.filter((word) => taken.includes(word))])].sort()
  return words.length === 0 ? {} : { accepted: words }
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
function asItWas(key: KeyEntry, backedUp: BackupKey, opens: boolean): Pick<KeyTarget, 'usage' | 'attributes'> {
  if (!isLost(key)) return { usage: key.usage, attributes: asKept(statableOnly(key.attributes), opens) }
  const { usage } = key
  return { usage, attributes: asKept(withUsage(backedUp.attributes, key.type, usagesOf(key)), opens) }
}

/** Commands that begin a restore again: with a weakness accepted, or without some keys. */
interface RestoreAgain {
  accepting(word: 'clear-on-host' | 'wrap-with-trusted'): Run
  without(labels: readonly string[]): Run
}

/**
 * MECHANISM, BACKUP-POSSIBLE, WRAP-WITH-TRUSTED, CLEAR-ON-HOST: what the new token can't do for these keys, and nobody accepted, is said before
 * anyone is asked.
 */
export function checkRestoreAbility(plan: Brought, backup: BackupContent, can: Abilities, again?: RestoreAgain): void {
  const failed = plan.keys.flatMap((key) => {
    const why = whyNotThere(key, can)
    return why ? [{ why, name: label(key.name, key.version) }] : []
  })
  const [first] = failed
  if (first) throw first.why.with({ hint: notThereHint(first.why, failed, again) })
  checkOpens(plan, backup, can, again?.accepting('clear-on-host'))
}

function whyNotThere({ type, accepted = [] }: KeyTarget, can: Abilities): KeyriteError | undefined {
  try {
    checkAbility({ type: type as KeyType, backup: true, accepted }, can)
    return undefined
  } catch (error) {
    if (error instanceof KeyriteError) return error
    throw error
  }
}

/** A weakness can be accepted; a key that the token can't hold is left out, all of them at once. */
function notThereHint(
  { code }: KeyriteError,
  failed: readonly { why: KeyriteError; name: string }[],
  again: RestoreAgain | undefined,
): Hint {
  if (!again) return ANOTHER
  if (code === 'WRAP-WITH-TRUSTED') return apart(again.accepting('wrap-with-trusted'), 'or take a token that does')
  const names = failed.flatMap(({ why, name }) => (why.code === 'WRAP-WITH-TRUSTED' ? [] : [name]))
  return withoutHint(names, again)
}

const ANOTHER = 'take a blank token that can, of another library: --module PATH'

const withoutHint = (names: readonly string[], again: RestoreAgain): Hint =>
  apart(again.without(names), 'that leaves out what this token can not hold; or take one that can')

/** MECHANISM: what is known by its list of mechanisms alone, and so before it is touched. */
export function checkForeseen({ keys }: Brought, { makes }: Foreseen, again?: RestoreAgain): void {
  const failed = keys.filter(({ type }) => !makes.includes(type as KeyType))
  if (failed.length === 0) return
  const types = [...new Set(failed.map(({ type }) => type))].join(', ')
  const names = failed.map(({ name, version }) => label(name, version))
  const message = `the token has nothing to make keys of ${types} with, and the backup has ${counted(failed.length, 'key')} of that`
  throw deviceFailed('MECHANISM', message, again ? withoutHint(names, again) : ANOTHER)
}

/** MECHANISM: the same of a spare token, which is touched when everyone has approved: by what it lists, and says of that, keys can't come to it. */
export function checkForeseenOpens({ keys }: Brought, { wraps }: Pick<Foreseen, 'wraps'>): void {
  const failed = keys.filter(({ type }) => !wraps.some((kind) => takesType(kind, type as KeyType)))
  if (failed.length === 0) return
  const types = [...new Set(failed.map(({ type }) => type))].join(', ')
  throw deviceFailed('MECHANISM', `the token has nothing to open wrapped keys of ${types} with`, ANOTHER)
}

type Brought = Pick<RestorePlan, 'keys' | 'accepted'>

/** CLEAR-ON-HOST: what the backup is wrapped by opens on the new token as well, or that it is opened on this host is accepted. */
function checkOpens({ keys, accepted }: Brought, backup: BackupContent, can: Abilities, clearing?: Run): void {
  if (accepted?.includes('clear-on-host')) return
  const wraps = new Map(backup.keys.map(({ id, wrap }) => [id, wrap]))
  const ways = keys.map(({ id, type }) => commonWrap(type as KeyType, () => [wraps.get(id)!], waysOf(can)))
  const reasons = ways.flatMap((way) => (typeof way === 'string' ? [] : [`the token has ${way.lacks}`]))
  if (reasons.length > 0) throw notOpened(reasons, clearing)
}

/** `clearing`: the command that starts it again where the host may open them; without it a word added is enough. */
export function notOpened(reasons: readonly string[], clearing?: Run): KeyriteError {
  const keys = `${counted(reasons.length, 'key')} of the backup`
  const message = `${[...new Set(reasons)].join(', ')}: ${keys} would have to be opened on this host for a moment`
  return refused(
    'CLEAR-ON-HOST',
    message,
    apart(clearing ?? add('--accept', 'clear-on-host'), 'or take a token that has it'),
  )
}

/** MECHANISM, WRAP-WITH-TRUSTED, CLEAR-ON-HOST, TOKEN-WEAK: as far as a token tells without a login, it can hold these keys, and the audit key of a partition. */
export async function checkFits(
  plan: Brought,
  slot: number,
  hsm: Pick<Hsm, 'probe'>,
  { backup, again }: { backup: BackupContent; again: RestoreAgain },
): Promise<void> {
  const can = await hsm.probe(slot, [...new Set(plan.keys.map(({ type }) => type as KeyType))])
  checkRestoreAbility(plan, backup, can, again)
  // Of the other rule each key says whether it may go without.
  checkRules({ notExtractable: can.enforces.notExtractable }, plan.accepted)
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
  plan: Brought,
  session: UserSession,
): Promise<BroughtKeys> {
  using kek = await credentials.backupKek(backup.header.kek.epoch)
  const facts = await session.restoreKeys(kek, wrappedKeys(plan, backup), progress)
  const cleared = plan.keys.filter((_, i) => facts[i]!.clear).map(({ name, version }) => label(name, version))
  return { keys: plan.keys.map((target, i) => reportOf(target, facts[i]!)), notes: notesOf(cleared) }
}

export interface BroughtKeys {
  keys: KeyReport[]
  /** What the ledger is told besides. */
  notes: string[]
}

/** Above these many they are counted: which of them the plan names were wrapped in a way that the token lacks, the backup says. */
const MOST_NAMED = 8

function notesOf(cleared: readonly string[]): string[] {
  if (cleared.length === 0) return []
  const names = cleared.length > MOST_NAMED ? '' : `: ${cleared.join(', ')}`
  return [`${counted(cleared.length, 'key')} came by way of the host, in the clear there for a moment${names}`]
}

export function wrappedKeys({ keys, accepted }: Brought, backup: BackupContent): WrappedKey[] {
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
