// What a ceremony is given: the rooms it works with, and where time and chance come from.
import type { Changes } from '../domain/changes.ts'
import type { Hsm } from '../hsm/port.ts'
import type { Ledger, Ledgers, Partition, PartitionLock } from '../ledger/port.ts'
import type { Quorum } from '../quorum/port.ts'

/** Time and chance, so that a test can decide them. */
export interface HostSources {
  clock(): Date
  /** Random bytes of the host. */
  random(length: number): Uint8Array
}

/** Everything that a change needs once its plan is approved. */
export interface Ports {
  chance: HostSources
  hsm: Hsm
  ledger: Ledger
  ledgers: Ledgers
  partition: Partition
  quorum: Quorum
  lock: PartitionLock
  /** Told of what the person should know on the way, one line each. */
  say(line: string): void
  /** From here on Ctrl-C waits until the change is through. */
  hold(): void
  /** What was begun on a token. Once the ledger says what came of it, it is settled: an error after that is about something else. */
  changes: Changes
}
