// How keys, times and codes look to a person.

import type { ToldBackup } from '../change/inventory.ts'
import { isNotOnToken } from '../change/inventory.ts'
import type { BackupTest } from '../domain/backup-history.ts'
import { recordCode } from '../domain/code.ts'
import { hintText } from '../domain/hint-text.ts'
import { type Address, addressed, type Hint, keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { standingOf } from '../domain/keys.ts'
import { labelOnToken } from '../domain/names.ts'
import type { BackupPlan } from '../domain/plan.ts'
import type { KeyTarget, Token, UninitialisedToken } from '../domain/shapes.ts'
import { counted, roughly } from '../domain/words.ts'
import { WRAP_KINDS, WRAP_NAMES, type WrapKind } from '../domain/wrap-kinds.ts'
import { marked, type Run } from '../terminal/text.ts'

/** `205 days`, `3 hours`, `just now`. */
export function age(since: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - Date.parse(since)) / 60_000)
  const [count, unit] = roughly(minutes)
  return count <= 0 ? 'just now' : counted(count, unit)
}

/** `2026-05-02 20:15 UTC`. */
export const toTheMinute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`
export const dayOf = (time: string): string => time.slice(0, 10)

/** What kind of token it is. */
export const modelOf = ({ model, manufacturer, firmware, hardware }: Token): string =>
  `${model}, ${manufacturer}, firmware ${firmware}, hardware ${hardware}`

/** The fingerprint in a table's width: a check value whole, the first bytes of a hash. */
export const shortFingerprint = (fingerprint: string): string =>
  fingerprint.startsWith('sha256:') ? `${fingerprint.slice(0, 23)}...` : fingerprint

/** Records are counted from 0: the last of 7 is record 6. */
export const recordsInWords = (records: number, { seq, leaf }: { seq: number; leaf: string }): string =>
  `${counted(records, 'record')}, 0 to ${seq}; the last is ${recordCode(leaf)}`

/** `its token is erased`, or of several members `the token of first is erased, that of site-b is NOT ERASED, since it was absent`. */
export const endedInWords = ({ token, members }: Pick<NonNullable<History['retired']>, 'token' | 'members'>): string =>
  members === undefined
    ? `its token is ${token}`
    : members.map((one, i) => `${i === 0 ? 'the token' : 'that'} of ${one.member} is ${ENDED[one.token]}`).join(', ')

const ENDED = { erased: 'erased', lost: 'lost', left: 'NOT ERASED, since it was absent' }

/** `2026-11-27 20:15 UTC, record 214: its token is erased, and the ledger is closed`. */
export const retiredInWords = (retired: NonNullable<History['retired']>): string =>
  `${toTheMinute(retired.time)}, record ${retired.seq}: ${endedInWords(retired)}, and the ledger is closed`

/** A change whose outcome is unknown, and how to go on. `goesOn`: it is carried out just now. */
export const withoutOutcome = ({ op, seq }: { op: string; seq: number }, address: Address, goesOn = false) =>
  goesOn
    ? { message: `${op} of record ${seq} is being carried out just now`, hint: 'look again when it is through' }
    : {
        message: `${op} of record ${seq} was interrupted, and nobody knows yet whether it was done`,
        hint: addressed(keyrite('partition', 'recover'), address),
      }

/** In one line, for a table. */
const hinted = ({ message, hint }: { message: string; hint: Hint }): string => `${message}: ${hintText(hint)}`

/** A copy says nothing of how it goes on where it is from. */
export function openInWords(
  open: { op: string; seq: number },
  address: Address,
  { partition, goesOn, restoring }: { partition?: unknown; goesOn?: boolean; restoring?: boolean },
): Run {
  const left = withoutOutcome(open, address, goesOn)
  return marked(partition && !restoring ? hinted(left) : left.message, goesOn ? 'warning' : 'bad')
}

/** Since when a key has been in its present state. */
export function stateSince(key: KeyEntry): string {
  const { history } = key
  const other = history.findLastIndex((step) => standingOf(step) !== standingOf(key))
  return history[other + 1]!.time
}

/** The weaknesses that are accepted knowingly, and for how many of several keys. */
export function acceptedFor(keys: readonly Pick<KeyTarget, 'accepted'>[]): string | undefined {
  const rules = [...new Set(keys.flatMap(({ accepted = [] }) => accepted))]
  const some = (rule: string) => keys.filter(({ accepted }) => accepted?.includes(rule)).length
  const told = rules.map((rule) => (some(rule) < keys.length ? `${rule} (${some(rule)} of ${keys.length} keys)` : rule))
  return told.length > 0 ? told.join(', ') : undefined
}

/** A backup that can bring a key back, or could if it was written. */
export const heldBackup = ({ name, time, record, sha256 }: ToldBackup): string =>
  sha256 === undefined
    ? `backup ${name} started ${time}, record ${record}: nobody knows whether it was written`
    : `backup ${name} of ${time}, record ${record}, sha256 ${sha256}`

/** Enough of a SHA-256 to be compared: 128 bits. */
export const shortDigest = (sha256: string): string => `sha256 ${sha256.slice(0, 32)}...`

/** RFC 7512: how other programs name the key. */
export function keyUri(key: KeyEntry, history: History): string | undefined {
  if (key.state === 'destroyed' || isNotOnToken(key, history)) return undefined
  return uriOf(history.token, labelOnToken(key), key.id, key.class === 'secret' ? 'secret-key' : 'private')
}

export function uriOf(
  { label: token, serial }: Pick<Token, 'label' | 'serial'>,
  object: string,
  hex: string,
  type: 'secret-key' | 'private' | 'public',
): string {
  const id = hex.replace(/../g, (byte) => `%${byte.toUpperCase()}`)
  const [name, number, what] = [token, serial, object].map(encodeURIComponent)
  return `pkcs11:token=${name};serial=${number};object=${what};id=${id};type=${type}`
}

/** One that is not initialised has no serial yet. */
export const tokenInWords = (token: string | UninitialisedToken): string =>
  typeof token === 'string' ? `serial ${token}` : `the uninitialised token in slot ${token.slot}`

/** `tested 2026-11-27, record 214: 12 of 12 keys proved`. `held`: keys of the backup. */
export const testInWords = ({ seq, time, proved, of, left }: BackupTest, held = of): string =>
  `tested ${dayOf(time)}, record ${seq}: ${left ? `its end is unknown, keys may lie on the token ${left}` : `${proved} of ${counted(of, 'key')} proved${leftOut(held - of)}`}`

/** Of a backup the keys that are not brought back any more. */
export const leftOut = (destroyed: number): string =>
  destroyed > 0 ? `; ${destroyed} more ${destroyed === 1 ? 'was' : 'were'} destroyed by then, and stayed so` : ''

/** Of a backup's types those that are not wrapped by RFC 5649, such as `aes-256, ec-p256 by AES-CBC with padding`. */
export function otherWraps(wraps: NonNullable<BackupPlan['wraps']>): string {
  const kinds = WRAP_KINDS.filter((kind) => Object.values(wraps).some((one) => one === kind))
  const types = (wanted: WrapKind) => Object.entries(wraps).flatMap(([type, kind]) => (kind === wanted ? [type] : []))
  return kinds.map((kind) => `${types(kind).join(', ')} by ${WRAP_NAMES[kind]}`).join('; ')
}

/** What a check of the token found, and none since has found right. */
export const differsInWords = ({ time, message }: { time: string; message: string }): string =>
  `the check of ${dayOf(time)} found ${message}`
