// What the table of operations can say of one, and what rows in several files say alike.
import type { KeyRule, Transition } from './key-transitions.ts'
import { labelOf } from './names.ts'
import type { Plan, ShownPlan } from './plan.ts'
import type { Group, GroupRole, KeyTarget } from './shapes.ts'

/** What holds of every change of one kind. `P`: its plan. */
export interface OperationRules<P extends Plan | ShownPlan> {
  /** Every group that holds one of these approves. */
  roles:
    | readonly GroupRole[]
    | ((plan: Pick<P, 'op'> & Concerned, groups: readonly Group[]) => readonly GroupRole[])
    | typeof OF_WHAT_IT_FINISHES
  /** What it may leave changed: keys that it names, requests for keys, whatever is on the token, the stations, applications and what they have, who approves, or nothing. */
  changes: 'keys' | 'requests' | 'token' | 'stations' | 'applications' | 'roster' | 'nothing'
  /** It is done with its record: nothing but the ledger is to change. */
  inLedgerAlone?: true
  /** What becomes of each key of its plan. Without either its plan names no key. */
  transition?: Transition
  keyRule?: KeyRule
  /** A compromised key may go on decrypting. */
  mayProcess?: true
  /** Its keys stay as they were, their usage included. */
  keepsUsage?: true
  /** Its keys come to the token: that is a change, though their states stay. */
  brings?: true
  /** What it tells of are copies elsewhere: those of the ledger stay as they were. */
  leavesKeys?: true
  /** PLAN-COMPLETE: what is wrong with the keys of its plan taken together. */
  wrongTogether?: (plan: P) => string | undefined
  /** PLAN-COMPLETE: its plan speaks of every live key, by name or as one of so many `others`. */
  liveKeys?: (plan: P) => { named: readonly { name: string; version: number }[]; others: number } | undefined
  /** OUTCOME-FILES: what it leaves beside the ledger. */
  files?: {
    /** Without its work a change is not done; a proof may be missing after a crash. */
    are: 'its work' | 'a proof'
    /** Their names: as planned, or the alternatives. */
    names: (plan: P) => readonly (readonly string[])[]
  }
  /** CONFIRMED: what has to be typed, since it can't be undone. */
  confirms?: (plan: P, partition: string) => string | undefined
  /** No audit key may be at hand when it begins: the station key may sign its intent. */
  stationSigns?: (plan: P) => boolean
  /** With several members. `follow`: what it did to keys is done to the others; `cross`: keys go from one to another. Without it nothing is there yet that could have several. */
  several?: 'follow' | 'cross'
  /** It writes settings at its end, which may come long after its beginning. */
  writesSettings?: true
  /** What it is about, shown behind its name. */
  subject?: (plan: P) => string
  /** What became of the keys that it did not get to. */
  rest?: string
}

/** It has no roles of its own: whoever had to approve the change that it ends approves it. */
export const OF_WHAT_IT_FINISHES = 'of what it finishes'

/** Of a plan: what decides who approves it, besides its operation. `apps`: applications that it reaches. `group`: a new set of shares; `lost`: the old one is. */
export interface Concerned {
  apps?: readonly { name: string }[] | undefined
  group?: Pick<Group, 'roles'> | undefined
  lost?: true | undefined
  /** What the token can do is found anew. */
  renews?: true | undefined
  custodian?: string | undefined
  /** There are several members, or were once: only the SO makes a key that another token trusts, and what is made has to come to all. */
  several?: boolean | undefined
}

/** Who opens an application's token: the PINs of both roles are the quorum's. */
export const OF_APPLICATIONS: readonly GroupRole[] = ['so', 'user']

export const making = ({ several }: Concerned): readonly GroupRole[] => (several ? OF_APPLICATIONS : ['user'])

export const theKey = ({ keys: [key] }: { keys: readonly [KeyTarget] }): string => labelOf(key)
