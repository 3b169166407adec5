// Whose share it is that this partition doesn't know: the other partitions of the same home may.
import type { Elsewhere } from '../change/share-intake.ts'
import { seatOf } from '../domain/roster.ts'
import type { Ledgers } from '../ledger/port.ts'

export const seatElsewhere =
  (home: string, own: string, ledgers: Pick<Ledgers, 'partitions'>) =>
  (key: string): Elsewhere | undefined => {
    for (const other of ledgers.partitions(home)) {
      if (other.name === own) continue
      try {
        const seat = seatOf(key, other.openLedger().history.groups)
        if (seat) return { ...seat, partition: other.name }
      } catch {
        // A partition that can't be read knows nobody.
      }
    }
    return undefined
  }
