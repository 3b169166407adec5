// What a change is given, by role. Each function asks for the roles that it uses, and for no more.
import type { Changes } from '../domain/changes.ts'
import type { Hsm } from '../hsm/port.ts'
import type { ApprovalCheck, Checkpoints, Ledger, PartitionLock } from '../ledger/port.ts'

/** Time and chance, so that a test can decide them. */
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
  chance: HostSources
  hsm: Hsm
  approvals: ApprovalCheck
  lock: PartitionLock
  /** Told of what the person should know on the way, one line each. */
  say(line: string): void
  /** From here on Ctrl-C waits until the change is through. */
  hold(): void
  /** What was begun on a token. Once the ledger says what came of it, it is settled: an error after that is about something else. */
  changes: Changes
}
