// Where a key is, or may be, outside of the partition's token: on tokens of applications, in backups, on earlier tokens, in files for others.
import { leftBehind, missedBy, outsideOrigin } from '../../change/held-elsewhere.ts'
import { backupsByKey, unprovedByKey } from '../../change/inventory.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { labelOf } from '../../domain/names.ts'
import { outsideInWords } from '../held-elsewhere.ts'

type Place = {
  key: string
  where: string
  what: string
  state: string
  record: number
  time: string
}

/** `where`: application, backup, member, earlier token, former member, former application token, export, and whoever brought it or was given a component. */
export function placesOf(history: History): (key: KeyEntry) => Place[] {
  const backupsOf = backupsByKey(history)
  const unprovedOf = unprovedByKey(history)
  return (key) => [
    ...copiesOf(key, history),
    ...backupsOf(key).map(({ seq, time, file }) => ({
      key: labelOf(key),
      where: 'backup',
      what: `${file.name}, sha256 ${file.sha256}`,
      state: 'written',
      record: seq,
      time,
    })),
    ...unprovedOf(key).map(({ seq, started, path }) => ({
      key: labelOf(key),
      where: 'backup',
      what: path,
      state: 'nobody knows whether it was written',
      record: seq,
      time: started,
    })),
    ...earlier(key, history),
    ...missed(key, history),
    ...former(key, history),
    ...exportsOf(key, history),
    ...outside(key),
  ]
}

/** Files for others. */
export const exportsOf = (key: KeyEntry, { exports }: History): Place[] =>
  exports.of(key.name, key.version).map((one) => ({
    key: labelOf(key),
    where: 'export',
    what: `${one.name}${one.sha256 ? `, sha256 ${one.sha256}` : ''}, for ${one.for}, ${one.wrappingKey ? `wrapped for the key ${one.wrappingKey}` : `in a key block under ${one.under}`}`,
    state: one.sha256 ? 'written' : 'nobody knows whether it was written',
    record: one.record,
    time: one.time,
  }))

const copiesOf = (key: KeyEntry, { applications }: History): Place[] =>
  applications.holding(key.name, key.version).map(({ app, copy }) => ({
    key: labelOf(key),
    where: `application ${app.name}`,
    what: `token ${app.token.serial} (${app.token.label}), may ${copy.wished ? copy.usage.join(', ') : 'do nothing: it is to go'}`,
    state: copy.state,
    record: copy.seq,
    time: copy.time,
  }))

/** Tokens that were replaced, or given up, with it on them. */
const earlier = (key: KeyEntry, history: History): Place[] =>
  leftBehind(key, history).map(({ token: { serial, label }, member, until, time }) => ({
    key: labelOf(key),
    where: member === undefined ? 'earlier token' : `former member ${member}`,
    what: `token ${serial} (${label})`,
    state: 'not erased by this program',
    record: until,
    time,
  }))

/** Members that were not there when it was destroyed, or on which that could not be proved. */
const missed = (key: KeyEntry, history: History): Place[] =>
  missedBy(key, history).map(({ name, token: { serial, label }, proven }) => ({
    key: labelOf(key),
    where: `member ${name}`,
    what: `token ${serial} (${label})`,
    state: 'not proved to have lost it',
    record: proven,
    time: key.history.at(-1)!.time,
  }))

const former = (key: KeyEntry, { applications }: History): Place[] =>
  applications.formerHolding(key.name, key.version).map(({ app, former: { token, until, time } }) => ({
    key: labelOf(key),
    where: `former token of ${app.name}`,
    what: `token ${token.serial} (${token.label})`,
    state: 'may hold it still',
    record: until,
    time,
  }))

const outside = (key: KeyEntry): Place[] => {
  const origin = outsideOrigin(key)
  if (!origin) return []
  const [{ seq, time }] = key.history as [KeyEntry['history'][0]]
  const where = origin.kind === 'components' ? 'components' : 'sender'
  return [{ key: labelOf(key), where, what: outsideInWords(origin), state: 'may be there still', record: seq, time }]
}

export const PLACE = ['key', 'where', 'what', 'state', 'record', 'time']
