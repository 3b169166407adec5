// How one step of a story is bent.
import type { Cast } from './cast.ts'
import { type Change, type Loose, recordOf } from './ledger.ts'

export interface Forgery {
  rule: string
  what: string
  /** By step; `plan:` and a step for its plan, before it is approved; `said:` for what shares are to sign. */
  changes: Record<string, Change>
  /** Other people or keys from the beginning. */
  cast?: (cast: Cast) => Cast
}

export const one = (rule: string, what: string, step: string, change: Change): Forgery => ({
  rule,
  what,
  changes: { [step]: change },
})

/** One step is bent, and the record after it can't be. */
export const foundAt = (forgery: Forgery, next: string): Forgery => ({
  ...forgery,
  changes: { ...forgery.changes, [next]: () => {} },
})

/** Members put in the place of others. */
export const set =
  (members: object): Change =>
  (value) =>
    void Object.assign(value, members)

export const firstApproval =
  (members: object): Change =>
  ({ approvals }) =>
    void Object.assign(approvals[0], members)

export const firstKey =
  (members: object): Change =>
  ({ keys }) =>
    void Object.assign(keys[0], members)

/** What the new keys of a plan have in common. */
export const template =
  (members: object): Change =>
  (plan) =>
    void Object.assign(plan.template, members)

export const secondKey =
  (members: object): Change =>
  ({ keys }) =>
    void Object.assign(keys[1], members)

export const without =
  (...members: string[]): Change =>
  (record) =>
    members.forEach((member) => void delete record[member])

/** What every record has, of whatever type it is. */
const COMMON = ['format', 'partition', 'seq', 'prev', 'time', 'tool', 'station', 'host']

const ownOf = (record: Loose): [name: string, value: unknown][] =>
  Object.entries(record).filter(([name]) => !COMMON.includes(name))

/** A record becomes one of another type: of its own it has these members alone. */
export function become(record: Loose, members: object): void {
  for (const [name] of ownOf(record)) delete record[name]
  Object.assign(record, members)
}

/** An effect that nothing tells of. */
export const toNote: Change = (record) => become(record, { type: 'note', text: 'nothing' })

/** The same record as the one before it, in the place of another. */
export const again: Change = (record, { lines }) => become(record, Object.fromEntries(ownOf(recordOf(lines.at(-1)!))))
