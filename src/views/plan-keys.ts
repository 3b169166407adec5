// The keys of a plan in words: what they are, what becomes of them, and what they may do then.

import { isNotOnToken, isNotRestored } from '../change/inventory.ts'
import { oncePer } from '../domain/alike.ts'
import type { History } from '../domain/history.ts'
import {
  type Attributes,
  attributesFor,
  halvesOf,
  isExtractable,
  isTdes,
  type KeyType,
  standingOf,
  USAGES,
  type Usage,
} from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import { telling } from '../domain/numbered.ts'
import { keepsNoUsage } from '../domain/profile.ts'
import type { KeyTarget } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { type Field, marked, type Run } from '../terminal/text.ts'
import { wholeDigest } from './module.ts'
import { age, dayOf, shortFingerprint, stateSince } from './words.ts'

/** The file of a backup, and the record that made it. */
export const backupRuns = ({ name, seq, sha256 }: { name: string; seq: number; sha256: string }): Run[] => [
  `${name}, record ${seq}  `,
  wholeDigest(sha256),
]

/** They differ in nothing but their names. */
export function newKeys(keys: readonly KeyTarget[], history: History): Field[] {
  const [first] = keys
  const when = first!.published
    ? 'published: it waits for its promotion'
    : first!.state === 'active'
      ? 'active at once'
      : `${first!.state} until ${first!.activateAt}`
  const what = keys.length === 1 ? label(first!.name, first!.version) : counted(keys.length, 'key')
  const names = telling(keys.map(({ name }) => name))
  return [
    ['new', `${what}  ${first!.type}  ${when}`],
    ...(names.length > 1 ? names.map((name): Field => ['', name]) : []),
    ['may', first!.state === 'active' ? mayDo(first!) : `${madeForWords(first!)} once active; ${mayDo(first!)} before`],
    ...(first!.state === 'active' ? madeForOther(first!) : []),
    ['backup', mayLeave(first!, history)],
    ['ENDS', endsField(first!)],
    ...unusualField(first!),
  ]
}

/** What a change of state does to an existing key. */
export const stateFields = (target: KeyTarget, history: History, now: Date): Field[] => [
  ['now', present(target, history, now)],
  ...absence(target, history),
  ['becomes', `#${target.version}  ${standingOf(target)}: it ${mayOrNothing(target)}`],
  ...madeForOther(target),
  ['WEAK', unkept(target, history)],
  ['due', target.activateAt && target.activateAt > now.toISOString() ? `not before ${target.activateAt}` : undefined],
  ...unusualField(target),
]

/** What a state is worth on a token that keeps none. */
const unkept = ({ state }: KeyTarget, { profile }: History) =>
  state !== 'active' && state !== 'destroyed' && keepsNoUsage(profile)
    ? marked('the token goes on working with it: that it may not is the word of the ledger', 'bad')
    : undefined

export const goneFrom = (key: KeyTarget, history: History): string =>
  isNotOnToken(history.key(key.name, key.version)!, history)
    ? 'destroyed in the ledger'
    : 'destroyed: it is gone from this token for good'

/** What the ledger knows of a key that the token does not have. */
export function absence({ name, version }: KeyTarget, history: History): Field[] {
  const key = history.key(name, version)!
  if (!isNotOnToken(key, history)) return []
  const why = isNotRestored(key, history) ? 'the restore did not bring it' : 'a change of before did not find it'
  return [['but', `${why}: it is not on the token`]]
}

/** What custodians must know before they approve. */
export function forGood({ name, version }: KeyTarget, history: History): Field[] {
  const { state } = history.key(name, version)!
  const last = history.keys.newest(name) === version && state !== 'deactivated'
  const gone = isNotRestored({ name, version }, history)
  const isDelivered = history.applications.holding(name, version).length > 0
  const nextFirst = isDelivered ? 'publish and promote its next version first' : 'rotate it first'
  return [
    ['then', "it can only be destroyed: this can't be undone"],
    ...(last ? [['lost', `${name} can't be rotated any more`] as const] : []),
    ...(last && state === 'active' && !gone ? [['better', `${nextFirst}, then compromise #${version}`] as const] : []),
    ...(last && gone ? [['next', 'generate the next key under a new name'] as const] : []),
  ]
}

/** `#3  aes-256  active since 2026-05-02 (205 days)  cmac5:9f1c22ab07`. */
export function present({ name, version, type, fingerprint = '' }: KeyTarget, history: History, now: Date): string {
  const key = history.key(name, version)!
  const since = stateSince(key)
  return `#${version}  ${type}  ${standingOf(key)} since ${dayOf(since)} (${age(since, now)})  ${shortFingerprint(fingerprint)}`
}

export const keyInWords = ({ name, version, type, fingerprint = '', ...key }: KeyTarget): string =>
  `${label(name, version)}  ${type}  ${standingOf(key)}  ${shortFingerprint(fingerprint)}`

/** What the flags of a target allow. */
const allowedBy = oncePer((attributes: Attributes): Usage[] =>
  USAGES.filter((one) => halvesOf(attributes).some(([, flags]) => flags[one.toUpperCase()])),
)

const mayDo = ({ attributes }: KeyTarget): string => allowedBy(attributes).join(', ') || 'nothing'

const madeForWords = ({ usage, attributes }: KeyTarget): string => (usage ?? allowedBy(attributes)).join(', ')

export const mayOrNothing = (target: KeyTarget): string =>
  mayDo(target) === 'nothing' ? 'can be used for nothing' : `may ${mayDo(target)}`

/** What it was made for, where it may do something else now. */
export const madeForOther = (target: KeyTarget): Field[] =>
  madeForWords(target) === mayDo(target) ? [] : [['made for', madeForWords(target)]]

/** What is there for interchange alone is made knowingly. */
const endsField = ({ type }: KeyTarget): Run | undefined =>
  isTdes(type)
    ? marked(
        'triple DES: NIST SP 800-131A allows no new use of it since 2024; only where the other side has nothing newer',
        'warning',
      )
    : undefined

export function mayLeave({ attributes }: KeyTarget, { accepted }: History): string {
  if (isExtractable(attributes)) return 'goes into the next backup'
  return accepted.includes('not-extractable')
    ? 'no backup; the token lets whoever is logged in take it out all the same'
    : 'no backup: it can never leave the token'
}

/** Attributes that a key of its type and use does not have as a rule, or lacks. Of one that is destroyed none are left. */
export const unusualFlags = ({ type, state, attributes }: KeyTarget): string | undefined =>
  state === 'destroyed' ? undefined : unusualOf(attributes)(type)

const unusualOf = oncePer((attributes: Attributes) => {
  const found = new Map<KeyType, string | undefined>()
  return (type: KeyType): string | undefined => {
    if (!found.has(type)) found.set(type, unusualIn(type, attributes))
    return found.get(type)
  }
})

function unusualIn(type: KeyType, attributes: Attributes): string | undefined {
  const usual = attributesFor(type, allowedBy(attributes), isExtractable(attributes))
  const found = halvesOf(attributes).flatMap(([half, flags], i) => {
    const expected = halvesOf(usual)[i]?.[1] ?? {}
    return Object.keys({ ...expected, ...flags })
      .filter((flag) => flags[flag] !== expected[flag])
      .map((flag) => `${half === 'secret' ? '' : `${half} `}${flag} ${flags[flag] ?? 'not stated'}`)
  })
  return found.length === 0 ? undefined : found.join(', ')
}

export function unusual(target: KeyTarget): string[] {
  const flags = unusualFlags(target)
  return flags === undefined ? [] : [`${label(target.name, target.version)}: ${flags}`]
}

export const unusualField = (target: KeyTarget): Field[] => unusual(target).map((text) => ['UNUSUAL', text])
