// What a change is given, by role. Each function asks for the roles that it uses, and for no more.
import type { Changes } from '../domain/changes.ts'
import type { Hsm } from '../hsm/port.ts'
import type { ApprovalCheck, Checkpoints, Ledger, PartitionLock } from '../ledger/port.ts'

/** Time and random bytes, so that a test can choose them. */
export interface HostSources {
  clock(): Date
  /** Random bytes of the host. */
  random(length: number): Uint8Array
}

/** Where what happens is written down. */
export interface Recording {
  ledger: Ledger
  checkpoints: Pick<Checkpoints, 'writeCheckpoint'>
}

/** What every change is carried out with, once its plan is approved. What an operation needs besides, it asks for itself. */
export interface Ports extends Recording {
  sources: HostSources
  hsm: Hsm
  approvals: ApprovalCheck
  lock: PartitionLock
  /** Tells the person what they should know meanwhile, one line each. */
  say(line: string): void
  /** From here on Ctrl-C waits until the change is finished. */
  hold(): void
  /** What has been started on a token. Once the outcome is in the ledger it is settled: a later error is about something else. */
  changes: Changes
}
