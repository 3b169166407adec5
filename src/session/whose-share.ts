// Whose a share is, by the ledger that was named, or by every one of this home.
import { type Context, choosePartition, type Globals } from '../cli/context.ts'
import type { SourceOptions } from '../cli/options.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { Seat } from '../domain/roster.ts'
import type { ShareSet } from '../domain/share-sets.ts'
import type { Terminal } from '../terminal/port.ts'
import { openSource } from './ledger-source.ts'

export function rosters(options: SourceOptions, globals: Globals, context: Context, terminal: Terminal): History[] {
  const { ledger, anchor, checkpoint } = options
  const isNamed = ledger !== undefined || anchor !== undefined || checkpoint.length > 0
  if (isNamed) return [openSource(options, globals, context).history]
  if (globals.partition !== undefined) return [choosePartition(globals, context).openLedger('newest').history]
  return context.ledgers.partitions(globals.home).flatMap((partition) => {
    try {
      return partition.hasLedger ? [partition.openLedger('newest').history] : []
    } catch (error) {
      // Nobody is told that a share is unknown because a ledger was not read.
      terminal.warn(`the ledger of ${partition.name} can't be read: ${(error as Error).message}`, keyrite('doctor'))
      return []
    }
  })
}

/** A share that a ledger knows: `standing` tells whether it counts. */
export interface Owned {
  seat: Seat & ShareSet
  history: History
}

/** What the roster says of a share: `threshold` is such as `2/3`. */
export const rosterFacts = ({ seat: { custodian, group } }: Owned) => ({
  group: group.name,
  epoch: group.epoch,
  custodian: custodian.name,
  threshold: `${group.threshold}/${group.custodians.length}`,
})

export function ownerOf(key: string, known: readonly History[]): Owned | undefined {
  for (const history of known) {
    const seat = history.rosters.seatOfAny(key)
    if (seat) return { seat, history }
  }
  return undefined
}
