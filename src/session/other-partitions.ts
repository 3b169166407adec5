// Whose a share or a token is that this partition doesn't know: the other partitions of the same home may.
import type { Elsewhere } from '../change/share-intake.ts'
import { seatOf } from '../domain/roster.ts'
import { tokenName } from '../domain/token-address.ts'
import type { Ledgers, Partition } from '../ledger/port.ts'

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

/** The other partition that has this token now. `token`: its serial, or SERIAL:LABEL. */
export const ownerElsewhere = (
  home: string,
  own: string,
  token: string,
  ledgers: Pick<Ledgers, 'partitions'>,
): Partition | undefined =>
  ledgers.partitions(home).find((other) => other.name !== own && other.hasLedger && tokenOf(other) === token)

/** Undefined where it was retired, or its ledger can't be read: then nobody has its shares here. */
function tokenOf(partition: Partition): string | undefined {
  try {
    const { token, retired } = partition.openLedger().history
    return retired ? undefined : tokenName(token)
  } catch {
    return undefined
  }
}
