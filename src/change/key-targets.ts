// Keys on their way from the ledger into a plan, from a plan to the token, and from the token into a record.

import { alike } from '../domain/alike.ts'
import { fromHex, toBase64url, toHex } from '../domain/encoding.ts'
import { type KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { groupedBy } from '../domain/grouped.ts'
import { apart, keyrite, type Told, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import type { Transition } from '../domain/key-transitions.ts'
import {
  type Attributes,
  flagsThatDiffer,
  isExtractable,
  type KeyState,
  mayBePublished,
  transitionsFrom,
  usageOnly,
  usagesOf,
  withUsage,
} from '../domain/keys.ts'
import { escaped, type KeyVersion, label, labelOnToken } from '../domain/names.ts'
import { OPERATIONS } from '../domain/operations.ts'
import type { StateOp } from '../domain/plan.ts'
import { pairFingerprint } from '../domain/public-keys.ts'
import type { KeyReport, KeyTarget } from '../domain/shapes.ts'
import { counted, listed, orMeant } from '../domain/words.ts'
import type { KeyFacts, KeySpec, UserSession } from '../hsm/port.ts'
import { isNotRestored } from './inventory.ts'
import type { Effects } from './operation.ts'

/** KEY-EXISTS: the version that was named, or the newest. */
export function findKey({ name, version }: KeyVersion, history: History): KeyEntry {
  const newest = history.keys.newest(name)
  const key = history.key(name, version ?? newest)
  if (key) return key
  const message = newest === 0 ? unknown(name, history) : `${name} has no version ${version}; the newest is ${newest}`
  throw refused('KEY-EXISTS', message, keyrite('key', 'list'))
}

function unknown(name: string, history: History): string {
  const names = [...new Set([...history.keys].map((key) => key.name))]
  const begun = names.filter((one) => one.startsWith(name))
  if (begun.length === 1) return `no key is called ${name}; did you mean ${begun[0]}?`
  if (begun.length > 1) return `no key is called ${name}; these begin so: ${listed(begun)}`
  return `no key is called ${name}${orMeant(name, names)}`
}

/** A name that no key has yet, for a key in the place of one that has no next version. */
export function suggestName(name: string, history: History): string {
  for (let number = 2; ; number++) {
    const free = `${name.slice(0, 56)}-${number}`
    if (history.keys.newest(free) === 0) return free
  }
}

/** KEY-EXISTS, KEY-STATE: the key that an operation is to begin with. */
export function findKeyFor(op: StateOp | 'key.destroy', key: KeyVersion, history: History): KeyEntry {
  const { to, from }: Transition = OPERATIONS[op].transition
  const may = ({ state }: KeyEntry): boolean => from.includes(state)
  const entry = findKey(key, history)
  if (key.version === undefined && entry.version > 1 && !may(entry)) throw notTheNewest(op, entry, history, may)
  checkTransition(entry, to, may(entry))
  return entry
}

/** KEY-STATE: who gave no version may have meant an older one, and is not led to end the one in use. */
function notTheNewest(
  op: StateOp | 'key.destroy',
  { name, version, state }: KeyEntry,
  history: History,
  may: (key: KeyEntry) => boolean,
): KeyriteError {
  const others = [...history.keys].filter((one) => one.name === name && may(one)).map((one) => label(name, one.version))
  const verb = op.replace('key.', '')
  const which = others.length === 0 ? 'no version of it' : listed(others)
  const message = `${label(name, version)}, the newest version, is ${state}; ${verb} can be done to ${which}`
  const [only] = others
  return refused('KEY-STATE', message, others.length === 1 ? keyrite('key', verb, only!) : keyrite('key', 'list', name))
}

/** KEY-STATE: SP 800-57's transitions and no others. */
function checkTransition(key: KeyEntry, to: KeyState, allowed: boolean): void {
  if (allowed) return
  const name = label(key.name, key.version)
  const step = STEPS[`${key.state} to ${to}`]
  if (step) throw refused('KEY-STATE', `${name} is ${key.state}: ${step.do}`, keyrite('key', step.by, name))
  const next = transitionsFrom(key.state).join(', ')
  const why = key.state === to ? `${to} already` : `${key.state}: it can't become ${to}`
  throw refused('KEY-STATE', `${name} is ${why}`, next ? `it can become: ${next}` : keyrite('key', 'list'))
}

/** The command that leads there, or to the step before. */
const STEPS: { readonly [step: string]: { by: string; do: string } } = {
  'active to destroyed': { by: 'deactivate', do: 'deactivate it first' },
  'suspended to active': { by: 'resume', do: 'resume it' },
  'pre-active to active': { by: 'activate', do: 'activate it' },
}

/** A key as a record holds it: without the history that our reader of the ledger adds. */
export const reportOnly = ({ history: _, ...report }: KeyEntry): KeyReport => report

/** And as a plan has it. */
export const knownKey = ({ history: _, spki: __, ...known }: KeyEntry): KeyTarget => known

/** An existing key as a plan wants it. `processing`: compromised, but it goes on decrypting. */
export function targetOf(key: KeyEntry, state: KeyState, processing = false): KeyTarget {
  const { published, ...known } = { ...knownKey(key), state }
  const target = { ...known, ...(published && mayBePublished(state) ? { published } : {}) }
  const attributes =
    state === 'destroyed' ? noAttributes(key.class) : withUsage(key.attributes, key.type, usagesOf(target, processing))
  return { ...target, attributes }
}

/** What is gone has no attributes. */
const noAttributes = (kind: KeyReport['class']): Attributes => (kind === 'secret' ? {} : { private: {}, public: {} })

export const specOf = (key: KeyTarget): KeySpec => ({
  label: labelOnToken(key),
  id: fromHex(key.id),
  type: key.type,
  attributes: key.attributes,
  ...(key.accepted && { accepted: key.accepted }),
})

/** A planned key as it was read back. */
export const reportOf = (target: KeyTarget, { fingerprint, attributes, spki }: KeyFacts): KeyReport => ({
  ...target,
  fingerprint,
  attributes: alike(attributes),
  ...(spki ? { spki: toBase64url(spki) } : {}),
})

/** A key that is not on the token, destroyed or lost: its identity stays in the record, and it has no attributes. */
export function absentReport(target: KeyTarget, history: History): KeyReport {
  const { published, ...known } = reportOnly(history.key(target.name, target.version)!)
  const waits = published && mayBePublished(target.state) ? { published } : {}
  return { ...known, ...waits, state: target.state, attributes: noAttributes(target.class) }
}

/** Its state in the ledger is all that changes, and a note says so. */
export const recordedLost = (target: KeyTarget, history: History): Effects => ({
  changed: true,
  keys: [absentReport(target, history)],
  notes: [`${label(target.name, target.version)} is not on the token`],
})

export const isPublicKeyOf = ({ fingerprint }: KeyTarget, spki: Uint8Array | undefined): boolean =>
  spki !== undefined && fingerprint === pairFingerprint(spki)

/** A key as a plan or the ledger names it. */
export type Known = Pick<KeyTarget, 'name' | 'version' | 'id' | 'fingerprint' | 'origin'>

/** KEY-TWINS, KEY-REPLACED: the whole keys on the token that the targets mean. What is not among them is absent, or there in part. */
export async function keysOnToken<K extends Known>(
  targets: readonly K[],
  session: UserSession,
  progress?: (done: number) => void,
  unproved?: true,
): Promise<Map<K, KeyFacts>> {
  const ids = targets.map(({ id }) => fromHex(id))
  const found = groupedBy(await session.readKeys(ids, progress, unproved), ({ id }) => toHex(id))
  const whole = new Map<K, KeyFacts>()
  for (const target of targets) {
    const facts = found.get(target.id)
    if (facts) whole.set(target, theOne(target, facts))
  }
  return whole
}

/** Nothing is decided while this is uncertain: two keys of one id, or another key under the id. */
function theOne(target: Known, [facts, ...others]: readonly KeyFacts[]): KeyFacts {
  const name = label(target.name, target.version)
  const labels = [facts!, ...others].map((key) => escaped(key.label)).join(', ')
  if (others.length > 0 || facts!.otherObjects) {
    const more = facts!.otherObjects ? `, and ${counted(facts!.otherObjects, 'other object')}` : ''
    throw notVerified('KEY-TWINS', `several objects on the token have the id of ${name}: ${labels}${more}`, VERIFY)
  }
  const another = [
    // A key that was just made is held against what was asked for by whoever asked.
    ...(facts!.label === labelOnToken(target) || target.fingerprint === undefined ? [] : [`its label is ${labels}`]),
    ...(isAnother(target, facts!) ? [`its fingerprint is ${facts!.fingerprint}`] : []),
  ]
  if (another.length === 0) return facts!
  throw notVerified('KEY-REPLACED', `the token has another key in the place of ${name}: ${another.join(', ')}`, VERIFY)
}

export const VERIFY = keyrite('partition', 'check')

/** A key whose usage allows no fingerprint may be the right one. */
const isAnother = ({ fingerprint }: Known, facts: KeyFacts): boolean =>
  fingerprint !== undefined && facts.fingerprint !== '' && facts.fingerprint !== fingerprint

/** KEY-INCOMPLETE: of the keys that are not whole, those that have left some object on the token. */
export async function checkNoneInPart(targets: readonly Known[], session: UserSession): Promise<void> {
  const [part] = await inPart(targets, session)
  if (part === undefined) return
  throw notVerified('KEY-INCOMPLETE', `only a part of ${label(part.name, part.version)} is on the token`, VERIFY)
}

/** Of keys that are not whole: those of which objects are there. */
export async function inPart<K extends Known>(targets: readonly K[], session: UserSession): Promise<K[]> {
  if (targets.length === 0) return []
  const counts = await session.countObjects(targets.map(({ id }) => fromHex(id)))
  return targets.filter((_, i) => counts[i]! > 0)
}

/** KEY-NEW-ID: nothing on the token has the id of a key that is to be made. Asked before the intent. */
export async function checkIdsFree(targets: readonly KeyTarget[], session: UserSession): Promise<void> {
  const [taken] = await inPart(targets, session)
  if (taken === undefined) return
  const name = label(taken.name, taken.version)
  throw notVerified('KEY-NEW-ID', `the token holds an object with the id that ${name} is to have`, VERIFY)
}

/** KEY-ABSENT: nobody is asked for shares to change a key that the last restore could not bring. */
export const checkRestored = (keys: readonly KeyEntry[], history: History): void =>
  checkNoneAbsent(keys.filter((key) => isNotRestored(key, history)))

type Absent = Pick<KeyEntry, 'name' | 'version'> & Partial<Pick<KeyEntry, 'attributes'>>

/** The live keys of the ledger that are not on the token: each is named, with a hint on how to give up the first. */
export function checkNoneAbsent(absent: readonly Absent[]): void {
  const failure = noneAbsent(absent)
  if (failure) throw failure
}

/** The same, to be told. */
export function noneAbsent(absent: readonly Absent[]): KeyriteError | undefined {
  const [first, ...others] = absent.map(({ name, version }) => label(name, version))
  if (first === undefined) return undefined
  const message = `${listed([first, ...others])} ${others.length > 0 ? 'are' : 'is'} not on the token`
  const back = absent.find(({ attributes }) => attributes === undefined || isExtractable(attributes))
  const ways =
    back === undefined
      ? [to('no backup can hold it: to give it up, for good', keyrite('key', 'compromise', first))]
      : [
          to('where a backup holds it', keyrite('key', 'restore', label(back.name, back.version), '--in', 'BACKUP')),
          giveUp(first),
        ]
  return notVerified('KEY-ABSENT', message, apart(keyrite('partition', 'check'), ...ways))
}

/** The last way, as it can't be undone. Whoever takes it says why. */
export const giveUp = (name: string): Told =>
  to("only where no backup holds it, as this can't be undone", keyrite('key', 'compromise', name))

/** KEY-ABSENT, KEY-TWINS, KEY-REPLACED, KEY-INCOMPLETE: the key to be changed is there, once, and whole. Checked before the intent, which could otherwise never be closed. */
export const checkOnToken = (target: KeyTarget, session: UserSession): Promise<void> =>
  checkAllOnToken([target], session)

/** The same of several. */
export async function checkAllOnToken(
  targets: readonly Known[],
  session: UserSession,
  progress?: (done: number) => void,
): Promise<void> {
  await allOnToken(targets, session, progress)
}

/** The same, and as each was read. `unproved`: whether it is the one is asked in another way, later. */
export async function allOnToken<K extends Known>(
  targets: readonly K[],
  session: UserSession,
  progress?: (done: number) => void,
  unproved?: true,
): Promise<Map<K, KeyFacts>> {
  const found = await keysOnToken(targets, session, progress, unproved)
  const absent = targets.filter((target) => !found.has(target))
  await checkNoneInPart(absent, session)
  checkNoneAbsent(absent)
  return found
}

/** Sets the usage that the plan states, every half of the key, and tells what is read back. */
export const setPlannedUsage = async (target: KeyTarget, session: UserSession): Promise<KeyReport> =>
  reportOf(target, sameKey(target, await session.setUsage(fromHex(target.id), usageOnly(target.attributes))))

/** The same of many, in their order. */
export async function setPlannedUsages(
  targets: readonly KeyTarget[],
  session: UserSession,
  progress?: (done: number) => void,
): Promise<KeyReport[]> {
  const changes = targets.map(({ id, attributes }) => ({ id: fromHex(id), attributes: usageOnly(attributes) }))
  const facts = await session.setUsages(changes, progress)
  return targets.map((target, i) => reportOf(target, sameKey(target, facts[i]!)))
}

/** A key whose usage gives no fingerprint, neither before nor after, is known by its id. */
const sameKey = (target: KeyTarget, facts: KeyFacts): KeyFacts =>
  facts.fingerprint === '' && target.fingerprint !== undefined
    ? { ...facts, fingerprint: target.fingerprint }
    : theOne(target, [facts])

/** The key as planned: a crash may have come before its final flags were set. */
export async function withPlannedFlags(target: KeyTarget, facts: KeyFacts, session: UserSession): Promise<KeyReport> {
  const differ = flagsThatDiffer(target.attributes, facts.attributes).length > 0
  return differ ? setPlannedUsage(target, session) : reportOf(target, sameKey(target, facts))
}
