// A set of shares, as a ledger tells of it: whether it is in force, what leads to the one before it, and how it came to take its place.
import type { QuorumReplacePlan, QuorumStagePlan } from './quorum-plans.ts'
import type { Group } from './shapes.ts'

/** A record. */
export interface Moment {
  seq: number
  time: string
}

export type Standing = 'in force' | 'retired' | 'staged' | 'unstaged'

/** A set of shares. `made`: when it was approved. `since`, `until`: when it came into force, and when it opened nothing any more by itself. */
export interface ShareSet {
  group: Group
  standing: Standing
  made: Moment
  since?: Moment
  until?: Moment
}

/** From the secret of `epoch` to the one of `before`: `value` is base64url of 40 bytes. */
export interface Bridge {
  epoch: number
  before: number
  value: string
}

/** The set that is staged, and the leaf of its intent. */
export interface Stage extends Moment {
  leaf: string
  plan: QuorumStagePlan
}

/** A replacement that has begun, and only goes forward. Where the old secret is lost there is no bridge. */
export interface Replacing extends Moment {
  leaf: string
  plan: QuorumReplacePlan
  bridge: string | undefined
}

/** Those of `before` were lost, and custodians of `by`, a group or two, alone approved those of `epoch`, beside the new ones. */
export interface Takeover extends Moment {
  group: string
  epoch: number
  before: number
  by: string
}
