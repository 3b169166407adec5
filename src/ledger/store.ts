// Where the lines of a ledger go before its file has them, when the file is the copy of a database.
import type { Appended } from './port.ts'

export interface Store {
  /**
   * Throws where they are not known to be there: then they don't come into the file. LEDGER-CLAIMED, LEDGER-AWAY: they are not there.
   * LEDGER-UNKNOWN: nobody knows.
   */
  append(
    at: { partition: string; seq: number; prev: string | null; station: string },
    lines: readonly string[],
    last: Appended,
  ): Promise<void>
  /** The file has them. */
  settle(): void
}
