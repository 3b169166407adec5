// Where the lines of a ledger go before its file has them, when the file is the copy of a database.
import type { Appended } from './port.ts'
import type { WaitingRow } from './waiting-row.ts'

/** Lines of one append. */
export interface Sent {
  /** Where the first of them stands; `station`: who appends. */
  at: { partition: string; seq: number; prev: string | null; station: string }
  lines: readonly string[]
  last: Appended
  /** Ids of what waited, and waits no longer: it is among the lines, or did not hold. */
  taken: readonly string[]
}

export interface Store {
  /**
   * Throws where they are not known to be there: then they don't come into the file. LEDGER-CLAIMED, LEDGER-AWAY: they are not there.
   * LEDGER-UNKNOWN: nobody knows.
   */
  append(sent: Sent): Promise<void>
  /** The file has them. */
  settle(): void
  /** LEDGER-AWAY. What stations gave there without a login, as it came. */
  waiting(partition: string): Promise<WaitingRow[]>
  /** LEDGER-AWAY, DATABASE-ACCESS. */
  give(partition: string, line: string): Promise<void>
}
