// What is on the token, compared with what the ledger says should be there.
import type { BackupTest } from '../domain/backup-history.ts'
import { fromHex, toBase64url, toHex } from '../domain/encoding.ts'
import { lastName } from '../domain/file-names.ts'
import type { BackupNote, History, UnprovedBackup } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { type Attributes, halvesOf, usageAttributes, usagesOf } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import { type HeadKind, leavesOpen } from '../domain/profile.ts'
import { recordable } from '../domain/texts.ts'
import type { KnownKey, ObjectFacts } from '../hsm/port.ts'

/** Labels that Keyrite uses for itself. */
export const AUDIT_LABEL = 'keyrite/audit'
export const HEAD_LABEL = 'keyrite/head'
/** Of keys that show what a token can do. */
export const PROBE_LABEL = 'keyrite/probe'

const CLASS_OF_HEAD: Readonly<Record<HeadKind, ObjectFacts['class']>> = {
  data: 'data',
  'hmac-id': 'secret',
  label: 'private',
}

/** A head, as this kind of it is named. */
export const isHead = ({ class: kind, label: name, id }: ObjectFacts, head: HeadKind): boolean =>
  kind === CLASS_OF_HEAD[head] && (head === 'label' ? Buffer.from(id).toString() : name) === HEAD_LABEL

export interface Scan {
  private: ObjectFacts[]
  public: ObjectFacts[]
}

export const liveKeys = (history: History): KeyEntry[] => [...history.keys].filter(({ state }) => state !== 'destroyed')

/** A restore could not bring it back, and a later record says so: it has no attributes. */
export const isLost = ({ attributes, state }: KeyEntry): boolean =>
  state !== 'destroyed' && halvesOf(attributes).every(([, flags]) => Object.keys(flags).length === 0)

/** The restore that brought the present token found it in no backup. */
export const isNotRestored = (
  { name, version }: Pick<KeyEntry, 'name' | 'version'>,
  { notRestored }: History,
): boolean => notRestored.has(label(name, version))

/** The ledger knows that the present token lacks it. */
export const isNotOnToken = (key: KeyEntry, history: History): boolean =>
  isLost(key) || (key.state !== 'destroyed' && isNotRestored(key, history))

/** What the ledger says of its flags; of one that the token had lost, what its state says of its usage. */
export const flagsOf = (key: KeyEntry): Attributes =>
  isLost(key) ? usageAttributes(key.type, usagesOf(key)) : key.attributes

/** The record of its destruction. */
export const destroyedAt = ({ state, history }: KeyEntry): number =>
  state === 'destroyed' ? history.find((step) => step.state === 'destroyed')!.seq : Number.POSITIVE_INFINITY

/** Which backups hold a key: those made while it was live, except those that list it as omitted. Built once for many keys. */
export const backupsByKey = ({ backups }: History): ((key: KeyEntry) => BackupNote[]) => holding(backups)

/** Those that hold it, and that no share of today opens. */
export const closedByKey = ({ closedBackups }: History): ((key: KeyEntry) => BackupNote[]) => holding(closedBackups)

/** And those that hold it if they were ever written. */
export const unprovedByKey = ({ unprovedBackups }: History): ((key: KeyEntry) => UnprovedBackup[]) =>
  holding(unprovedBackups)

/** A backup as it is reported. Without `sha256` nobody knows whether it was written, and `time` is that of its plan. */
export interface ToldBackup {
  /** Its intent. */
  record: number
  time: string
  name: string
  sha256?: string
  /** The newest test of it. */
  tested?: BackupTest
}

/** In the order in which they were started. */
export const inOrder = <T extends UnprovedBackup>(notes: readonly T[]): T[] => notes.toSorted((a, b) => a.seq - b.seq)

export const toldOf = (note: BackupNote | UnprovedBackup): ToldBackup =>
  'file' in note
    ? { record: note.seq, time: note.time, name: note.file.name, sha256: note.file.sha256, ...testOf(note) }
    : { record: note.seq, time: note.started, name: lastName(note.path) }

const testOf = ({ tests }: BackupNote) => {
  const [tested] = tests.slice(-1)
  return tested ? { tested } : {}
}

function holding<T extends UnprovedBackup>(backups: readonly T[]): (key: KeyEntry) => T[] {
  const made = backups.map((note) => ({
    note,
    omitted: new Set(note.omitted.map(({ name, version }) => label(name, version))),
  }))
  return (key) => {
    const [born, died] = [key.history[0]!.seq, destroyedAt(key)]
    const name = label(key.name, key.version)
    return made
      .filter(({ note, omitted }) => note.seq > born && note.seq < died && !omitted.has(name))
      .map(({ note }) => note)
  }
}

/** The transport keys of open requests that are on the token of whoever is asked, by their CKA_ID. */
const transportIds = ({ requests, members }: History): string[] =>
  requests.openOn(members.acting.name).map(({ id }) => id)

/** What is on the token as far as the ledger knows, and of how many objects. */
export const knownObjects = (history: History): KnownKey[] => [
  ...liveKeys(history).map((key) => ({
    id: fromHex(key.id),
    objects: key.class === 'pair' ? (2 as const) : (1 as const),
  })),
  ...history.requests.open.map(({ id }) => ({ id: fromHex(id), objects: 1 as const })),
]

/** The private objects that are neither a live key of the ledger, nor its audit key, nor a head. */
export function unknownObjectsIn(
  { private: objects }: Scan,
  history: History,
  leaves: readonly string[] = history.leaves,
): ObjectFacts[] {
  const known = new Set([...liveKeys(history).map(({ id }) => id), ...transportIds(history)])
  const audit = auditKeyId(objects, history)
  return objects.filter((object) => {
    const { class: kind, label: name, id } = object
    if (leaves.length > 0 && leaves.includes(objectInWords(object))) return false
    if (isHead(object, history.profile.head)) return false
    return kind === 'data' || (!known.has(toHex(id)) && !(name === AUDIT_LABEL && toHex(id) === audit))
  })
}

/** The CKA_ID of the audit key that the ledger names, found by its public half. */
const auditKeyId = (objects: readonly ObjectFacts[], { auditKey }: History): string | undefined => {
  const half = objects.find(({ spki }) => spki && toBase64url(spki) === auditKey.spki)
  return half && toHex(half.id)
}

/** Both halves of it. */
export function holdsAuditKey(scan: Scan, history: History): boolean {
  const objects = [...scan.private, ...scan.public]
  const audit = auditKeyId(objects, history)
  return objects.some(({ class: kind, id }) => kind === 'private' && toHex(id) === audit)
}

/** Describes an object. Its label may be anything: the caller escapes it. */
export const nameOf = ({ class: kind, label: name, id }: ObjectFacts): string =>
  `${kind} object ${name === '' ? 'without a label' : name}${id.length > 0 ? `, id ${toHex(id)}` : ''}`

/** A public half of ours, on a token that keeps it where anyone sees it. */
export function isOpenHalf({ class: kind, id, spki }: ObjectFacts, history: History): boolean {
  if (kind !== 'public' || spki === undefined || !leavesOpen(history.profile)) return false
  const told = toBase64url(spki)
  return told === history.auditKey.spki || liveKeys(history).some((key) => key.spki === told && key.id === toHex(id))
}

/** Public objects that could be taken for ours: anyone can put them on a token without a login. They are never used. */
export function shadowObjectsIn({ public: objects }: Scan, history: History): ObjectFacts[] {
  const ids = new Set([...history.keys].map(({ id }) => id))
  const labels = new Set([...history.keys].map(({ name, version }) => label(name, version)))
  const isLike = (object: ObjectFacts) =>
    !isOpenHalf(object, history) &&
    (labels.has(object.label) || ids.has(toHex(object.id)) || object.label.startsWith('keyrite/'))
  return objects.filter((object) => isLike(object) && !history.leaves.includes(objectInWords(object)))
}

/** An object as plans name it. */
export const objectInWords = (object: ObjectFacts): string => recordable(nameOf(object))
