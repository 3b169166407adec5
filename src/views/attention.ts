// Which keys need action, and why: the order in which people read a list of keys.
import { backupsByKey, isNotOnToken } from '../change/inventory.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { isExtractable, type KeyType } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import { unwrapped } from '../domain/profile.ts'
import type { Mark } from '../terminal/look.ts'
import { keyUri, stateSince } from './words.ts'

/** The verb that a key waits for, the worst first. */
export const NEEDS = ['recover', 'restore', 'compromise', 'destroy', 'activate', 'promote', 'backup'] as const
type Need = (typeof NEEDS)[number]

/** Where they need the same, or nothing. */
const STATES = ['suspended', 'active', 'pre-active', 'deactivated', 'compromised', 'destroyed']

export interface KeyAction {
  key: KeyEntry
  need: Need | undefined
}

/** What a key waits for. Asked for once, for many keys. */
function needsIn(history: History, now: Date): (key: KeyEntry) => Need | undefined {
  const open = new Set([...(history.open?.awaited.keys() ?? []), ...(history.recovering?.awaited.keys() ?? [])])
  const backupsOf = backupsByKey(history)
  return (key) => {
    if (open.has(label(key.name, key.version))) return 'recover'
    if (key.state === 'compromised') return 'destroy'
    // What is in no backup can only be given up.
    if (isNotOnToken(key, history)) return backupsOf(key).length > 0 ? 'restore' : 'compromise'
    if (key.state === 'pre-active')
      return key.activateAt && Date.parse(key.activateAt) <= now.getTime() ? 'activate' : undefined
    if (key.published && key.state === 'active' && backupsOf(key).length > 0) return 'promote'
    return key.state !== 'destroyed' && mayBeBackedUp(key, history) && backupsOf(key).length === 0
      ? 'backup'
      : undefined
  }
}

const mayBeBackedUp = ({ attributes, type }: KeyEntry, { profile }: History): boolean =>
  isExtractable(attributes) && unwrapped(profile, type as KeyType) === undefined

interface Ranked {
  need: Need | undefined
  state: KeyEntry['state']
  since: string
}

const rankOf = ({ need }: Ranked): number => (need ? NEEDS.indexOf(need) : NEEDS.length)

const byNeed = (a: Ranked, b: Ranked): number =>
  rankOf(a) - rankOf(b) ||
  STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
  (a.since < b.since ? -1 : a.since > b.since ? 1 : 0)

/** Those that need action first; then by state, and the oldest first. */
export function keysNeedingAction(keys: readonly KeyEntry[], history: History, now: Date): KeyAction[] {
  const needOf = needsIn(history, now)
  return keys
    .map((key) => ({ key, need: needOf(key), state: key.state, since: stateSince(key) }))
    .sort(byNeed)
    .map(({ key, need }) => ({ key, need }))
}

/** How many keys are in each state, and which wait for what, the worst and the oldest first. */
export interface Survey {
  states: ReadonlyMap<KeyEntry['state'], number>
  /** `key`: NAME#VERSION. */
  waiting: readonly { key: string; need: Need }[]
}

/** Of all keys, of which none is kept: there may be more than memory should hold. */
export function surveyOf(history: History, now: Date): Survey {
  const needOf = needsIn(history, now)
  const states = new Map<KeyEntry['state'], number>()
  const waiting: (Ranked & { key: string; need: Need; number: number })[] = []
  for (const { number, entry } of history.keys.each()) {
    const { name, version, state } = entry
    states.set(state, (states.get(state) ?? 0) + 1)
    const need = needOf(entry)
    if (need) waiting.push({ key: label(name, version), need, state, since: stateSince(entry), number })
  }
  return { states, waiting: waiting.sort((a, b) => byNeed(a, b) || a.number - b.number) }
}

/** For programs: what a table shows, and all that the ledger knows. */
export function detailsOf({ key, need }: KeyAction, history: History) {
  const uri = keyUri(key, history)
  return { ...key, ...(need ? { needs: need } : {}), since: stateSince(key), ...(uri === undefined ? {} : { uri }) }
}

export const stateMark = ({ state }: KeyEntry): Mark | undefined =>
  (({ compromised: 'bad', suspended: 'warning', destroyed: 'dim', deactivated: 'dim' }) as const)[state as 'suspended']

export const needMark = (need: Need): Mark => (['backup', 'activate', 'promote'].includes(need) ? 'warning' : 'bad')
