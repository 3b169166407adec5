// What a manifest wants that is not so, as data: see due.ts.
import type { CopyTarget } from './application-shapes.ts'
import type { DutyState } from './duties.ts'
import type { History } from './history.ts'
import type { KeyEntry } from './key-history.ts'
import type { Copy, KnownApplication } from './known-application.ts'

/** The order in which they are told. */
export const DUE_ACTIONS = [
  'generate',
  'publish',
  'promote',
  'rotate',
  'deactivate',
  'deliver',
  'withdraw',
  'destroy',
] as const
export type DueAction = (typeof DUE_ACTIONS)[number]

/** `version`: the one that comes, or that something becomes of. `waits`: why it can't be done now. */
export interface Due {
  action: DueAction
  name: string
  version: number
  policy: string
  due: string
  app?: string
  waits?: string
}

export const isDoable = ({ waits }: Due): boolean => waits === undefined

/** What no change that the manifest asks for can mend. */
export interface Remark {
  name: string
  version?: number
  what: string
}

export interface Judgement {
  due: readonly Due[]
  /** What applications are to have, of everything that is due and does not wait. */
  copies: readonly WantedCopy[]
  /** Keys that are not as their policy has it. */
  differs: readonly Remark[]
  /** What keeps the manifest from being carried out, beside what waits. */
  remarks: readonly Remark[]
  /** Live keys that the manifest does not name: nothing is done with them. */
  unmanaged: readonly KeyEntry[]
  duties: readonly DutyState[]
}

/** `by`: the next occasion; what falls due before it is due now, but nothing is taken away before its time. */
export interface Judging {
  now: string
  by: string
  /** A backup holds the key, or that it is in none is accepted. */
  isBacked(key: KeyEntry): boolean
  /** That no backup holds what is delivered or promoted is taken knowingly. */
  acceptsUnbacked: boolean
  /** What is due to be destroyed may be. */
  destroys: boolean
  /** Applications that are left out. */
  without: readonly string[]
}

export interface WantedCopy {
  app: KnownApplication
  copy: CopyTarget
}

export interface KeyAtApp {
  app: KnownApplication
  copy: Copy
}

/** What is asked of a history again and again, made once. */
export interface Present extends Judging {
  history: History
  versions: ReadonlyMap<string, readonly KeyEntry[]>
  /** By the name of the key. */
  copies: ReadonlyMap<string, readonly KeyAtApp[]>
  apps: ReadonlyMap<string, KnownApplication>
  /** Of names that end in a number: how many digits that has. */
  widths: ReadonlyMap<string, ReadonlySet<number>>
}
