// How one step of a story is bent.
import type { Cast } from './cast.ts'
import type { Change } from './ledger.ts'

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
