// What differs between a token and the ledger, by name, with what to do about it.

import { fromHex, toHex } from '../domain/encoding.ts'
import { deviceFailed, EXIT, KeyriteError } from '../domain/errors.ts'
import { groupedBy } from '../domain/grouped.ts'
import { hintText } from '../domain/hint-text.ts'
import { apart, type Hint, keyrite, type Run, type Told } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { flagsThatDiffer, isExtractable, isPair, isUsageFlag, mayBecome, statableOnly } from '../domain/keys.ts'
import { escaped, label, labelOnToken } from '../domain/names.ts'
import { leavesOpen } from '../domain/profile.ts'
import { counted } from '../domain/words.ts'
import type { KeyFacts, ObjectFacts, UserSession } from '../hsm/port.ts'
import {
  backupsByKey,
  flagsOf,
  HEAD_LABEL,
  isHead,
  isLost,
  isNotOnToken,
  liveKeys,
  nameOf,
  type Scan,
  shadowObjectsIn,
  unknownObjectsIn,
} from './inventory.ts'
import type { OpenMember } from './operation.ts'
import { notItself } from './proofs.ts'
import { transportFindings } from './transport-keys.ts'
import { takenAway } from './way-back.ts'

export interface Finding {
  kind:
    | 'missing'
    | 'incomplete'
    | 'duplicate'
    | 'changed'
    | 'replaced'
    | 'unproved'
    | 'returned'
    | 'revived'
    | 'unknown'
    | 'look-alike'
  /** The key by its label, or the object in words; escaped. */
  object: string
  what: string
  todo: Hint
}

/** On one of several, each finding says where. */
export const findingsOf = ({ member, session }: OpenMember, history: History): Promise<Finding[]> =>
  history.members.as(member.name, async () => {
    const found = await findingsIn(session, history, () => undefined)
    return found.map((finding) => ({
      ...finding,
      object: `${member.name}: ${finding.object}`,
      todo: keyrite('member', 'sync', member.name),
    }))
  })

export async function findingsIn(
  session: UserSession,
  history: History,
  progress: (done: number) => void,
): Promise<Finding[]> {
  const scan = await session.scan()
  const keys = liveKeys(history)
  const facts = await factsById(keys, session, progress)
  const objects = groupedBy(scan.private, idOf)
  checkList(keys, facts, objects)
  return [
    ...keys.flatMap((key) => judge(key, history, facts.get(key.id) ?? [], objects.get(key.id) ?? [])),
    ...revived(history, objects),
    ...(await transportFindings(history, objects, session)),
    ...unknownObjectsIn(scan, history)
      .filter((object) => !isRevived(object, history))
      .map((object) => unknownObject(object, history)),
    ...shadowObjectsIn(scan, history).map(shadowObject),
    ...strayHeads(scan, history),
  ]
}

/** SEARCH-WHOLE: a key that was found by its id is in the list of all objects, or that list was cut off and tells of no loss. */
function checkList(
  keys: readonly KeyEntry[],
  facts: ReadonlyMap<string, KeyFacts[]>,
  objects: ReadonlyMap<string, ObjectFacts[]>,
): void {
  const unlisted = keys.find(({ id }) => facts.has(id) && !objects.has(id))
  if (unlisted === undefined) return
  const name = label(unlisted.name, unlisted.version)
  throw deviceFailed('SEARCH-WHOLE', `the token's list of its objects lacks ${name}, which is there`)
}

/** TOKEN-CONTENT: the outcome says so too. An auditor must not read that all was well. */
export function differences(findings: readonly Finding[]): KeyriteError {
  const message = `${counted(findings.length, 'difference')} between token and ledger: ${named(findings)}`
  return new KeyriteError(EXIT.verification, 'TOKEN-CONTENT', message, findings[0]!.todo, false, {
    findings: findings.map(({ todo, ...finding }) => ({ ...finding, todo: hintText(todo) })),
  })
}

/** The first few. */
function named(findings: readonly Finding[]): string {
  const names = findings.slice(0, 8).map(({ kind, object }) => `${object} ${kind}`)
  return [...names, ...(findings.length > 8 ? [`and ${findings.length - 8} more`] : [])].join('; ')
}

async function factsById(
  keys: readonly KeyEntry[],
  session: UserSession,
  progress: (done: number) => void,
): Promise<Map<string, KeyFacts[]>> {
  const ids = keys.map(({ id }) => fromHex(id))
  const all = groupedBy(await session.readKeys(ids, progress), idOf)
  for (const facts of await session.proveKeys(unproved(all))) {
    all.set(idOf(facts), [facts])
  }
  return all
}

/** Pairs, and the keys whose usage gives no check value. Where its usage gives no proof, a flag is lent for a moment. */
const unproved = (all: ReadonlyMap<string, KeyFacts[]>): Uint8Array[] =>
  [...all.values()].flatMap(([facts, ...duplicates]) =>
    (facts!.class === 'pair' || facts!.fingerprint === '') && duplicates.length === 0 && !facts!.otherObjects
      ? [facts!.id]
      : [],
  )

const idOf = ({ id }: { id: Uint8Array }): string => toHex(id)

const TODO_RESTORE = apart(keyrite('backup', 'restore', '--help'), 'onto an empty token')
/** From the newest backup that has it. */
function bringing(key: KeyEntry, history: History): Hint {
  const object = label(key.name, key.version)
  const compromise = keyrite('key', 'compromise', object)
  if (!isExtractable(key.attributes)) return apart(compromise, 'no backup can hold it')
  const newest = backupsByKey(history)(key).at(-1)
  if (!newest) return apart(compromise, 'no backup has it: then it is destroyed')
  return keyrite('key', 'restore', object, '--in', newest.path)
}

/** One key of the ledger against what the token has under its id. */
function judge(
  key: KeyEntry,
  history: History,
  facts: readonly KeyFacts[],
  objects: readonly ObjectFacts[],
): Finding[] {
  const object = label(key.name, key.version)
  if (objects.length === 0) {
    return isLost(key)
      ? []
      : [{ kind: 'missing', object, what: 'it is not on the token', todo: bringing(key, history) }]
  }
  if (facts.length === 0) {
    return [{ kind: 'incomplete', object, what: 'only a part of it is on the token', todo: bringing(key, history) }]
  }
  return [
    ...(isNotOnToken(key, history) ? [returned(key)] : []),
    ...duplicatesOf(key, objects.length, history),
    ...facts.flatMap((found) => halfMissing(object, key, found, history)),
    ...facts.flatMap((found) => differencesOf(object, key, found, history)),
  ]
}

/** A key that can be destroyed as it is needs no restore. */
function returned({ name, version, state }: KeyEntry): Finding {
  const object = label(name, version)
  const what = 'the ledger says that the token does not have it, and it is there'
  const destroy = destroying(object)
  const end = keyrite('key', 'compromise', object, '--reason', 'it was not on the token for a while')
  return { kind: 'returned', object, what, todo: mayBecome(state, 'destroyed') ? destroy : { lines: [end, destroy] } }
}

const destroying = (name: string): Run => keyrite('key', 'destroy', name, '--confirm', name)

/** It comes back with whatever sets the usage of the key. */
function halfMissing(object: string, key: KeyEntry, { attributes }: KeyFacts, { profile }: History): Finding[] {
  if (!leavesOpen(profile) || !isPair(attributes) || Object.keys(attributes.public).length > 0) return []
  const what = 'its public half is not on the token, where anybody can take it away; its private half is, and tells it'
  return [{ kind: 'incomplete', object, what, todo: usageAnew(key) }]
}

function duplicatesOf(key: KeyEntry, count: number, { profile }: History): Finding[] {
  if (count === (key.class === 'secret' || leavesOpen(profile) ? 1 : 2)) return []
  const what = `${counted(count, 'private object')} on the token with its id ${key.id}`
  const todo = 'find out who made them; then restore onto an empty token'
  return [{ kind: 'duplicate', object: label(key.name, key.version), what, todo }]
}

/** A token that gives check values by another method than before, or none, tells nothing of the key. */
const isProvable = ({ fingerprint }: KeyEntry, found: KeyFacts): boolean =>
  found.foreignHalf === true || found.fingerprint.split(':')[0] === fingerprint.split(':')[0]

/** What tells of a key's past differs from one member to another. */
const told = (key: KeyEntry, { members }: History) => (members.wereSeveral ? statableOnly(flagsOf(key)) : flagsOf(key))

function differencesOf(object: string, key: KeyEntry, found: KeyFacts, history: History): Finding[] {
  const findings: Finding[] = []
  const what = notItself(key, found)
  if (what !== undefined) {
    findings.push(
      isProvable(key, found)
        ? { kind: 'replaced', object, what, todo: 'treat it as compromised; restore onto an empty token' }
        : { kind: 'unproved', object, what, todo: 'check again; where it stays so, find out what became of the token' },
    )
  }
  if (found.label !== labelOnToken(key)) {
    findings.push({
      kind: 'changed',
      object,
      what: `its label on the token is ${escaped(found.label)}`,
      todo: 'find out who changed it',
    })
  }
  const flags = flagsThatDiffer(told(key, history), found.attributes)
  if (flags.length > 0) {
    const what = `flags differ from the ledger: ${flags.join(', ')}`
    findings.push({ kind: 'changed', object, what, todo: todoForFlags(key, flags) })
  }
  return findings
}

/** A change of state sets usage anew, where one leads back to where the key is; nothing but usage can be set again. */
function todoForFlags(key: KeyEntry, flags: readonly string[]): Hint {
  if (isLost(key)) return destroying(label(key.name, key.version))
  return flags.every(isUsageFlag) ? usageAnew(key) : TODO_RESTORE
}

function usageAnew({ state, name, version }: KeyEntry): Hint {
  const anew = (...verbs: string[]): Told => ({
    lines: verbs.map((verb) => keyrite('key', verb, label(name, version), '--reason', 'to set its usage anew')),
  })
  if (state === 'active') return anew('suspend', 'resume')
  if (state === 'suspended') return anew('resume', 'suspend')
  return TODO_RESTORE
}

const isRevived = ({ id }: ObjectFacts, history: History): boolean =>
  [...history.keys].some((key) => key.state === 'destroyed' && key.id === toHex(id))

function revived(history: History, objects: Map<string, ObjectFacts[]>): Finding[] {
  return [...history.keys]
    .filter(({ state, id }) => state === 'destroyed' && objects.has(id))
    .map(({ name, version }) => ({
      kind: 'revived',
      object: label(name, version),
      what: 'the ledger says destroyed, and it is on the token',
      todo: takenAway('find out who put it back', history),
    }))
}

const unknownObject = (object: ObjectFacts, history: History): Finding => ({
  kind: 'unknown',
  object: escaped(nameOf(object)),
  what: object.label === '' && object.id.length === 0 ? 'incomplete, or without a name' : 'the ledger does not know it',
  todo: takenAway('find out who made it', history),
})

const shadowObject = (object: ObjectFacts): Finding => ({
  kind: 'look-alike',
  object: escaped(nameOf(object)),
  what: 'a public object that could be taken for one of ours; keyrite never uses it',
  todo: 'remove it with another program, and find out who put it there',
})

/** More than one head: what a crash left of an older one is dropped by the next change. */
const strayHeads = ({ private: objects }: Scan, { profile }: History): Finding[] => {
  const heads = objects.filter((object) => isHead(object, profile.head))
  if (heads.length === 1) return []
  return [
    {
      kind: 'unknown',
      object: HEAD_LABEL,
      what: `${counted(heads.length, 'ledger head')} on the token, where there should be one`,
      todo: keyrite('audit', 'checkpoint'),
    },
  ]
}
