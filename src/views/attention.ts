// Which keys need action, and why: the order in which people read a list of keys.
import { backupsByKey, isNotOnToken } from '../change/inventory.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { isExtractable } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
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

/** Those that need action first; then by state, and the oldest first. */
export function keysNeedingAction(keys: readonly KeyEntry[], history: History, now: Date): KeyAction[] {
  const open = new Set([...(history.open?.awaited.keys() ?? []), ...(history.recovering?.awaited.keys() ?? [])])
  const backupsOf = backupsByKey(history)
  const need = (key: KeyEntry): Need | undefined => {
    if (open.has(label(key.name, key.version))) return 'recover'
    if (key.state === 'compromised') return 'destroy'
    // What is in no backup can only be given up.
    if (isNotOnToken(key, history)) return backupsOf(key).length > 0 ? 'restore' : 'compromise'
    if (key.state === 'pre-active')
      return key.activateAt && Date.parse(key.activateAt) <= now.getTime() ? 'activate' : undefined
    if (key.published && key.state === 'active' && backupsOf(key).length > 0) return 'promote'
    return key.state !== 'destroyed' && isExtractable(key.attributes) && backupsOf(key).length === 0
      ? 'backup'
      : undefined
  }
  const rank = (one: KeyAction) => (one.need ? NEEDS.indexOf(one.need) : NEEDS.length)
  const state = ({ key }: KeyAction) => STATES.indexOf(key.state)
  return keys
    .map((key) => ({ key, need: need(key), since: stateSince(key) }))
    .sort((a, b) => rank(a) - rank(b) || state(a) - state(b) || (a.since < b.since ? -1 : a.since > b.since ? 1 : 0))
}

/** For programs: what a table shows, and all that the ledger knows. */
export function detailsOf({ key, need }: KeyAction, history: History) {
  const uri = keyUri(key, history)
  return { ...key, ...(need ? { needs: need } : {}), since: stateSince(key), ...(uri === undefined ? {} : { uri }) }
}

export const stateMark = ({ state }: KeyEntry): Mark | undefined =>
  (({ compromised: 'bad', suspended: 'warning', destroyed: 'dim', deactivated: 'dim' }) as const)[state as 'suspended']

export const needMark = (need: Need): Mark => (['backup', 'activate', 'promote'].includes(need) ? 'warning' : 'bad')
