// A new share is confirmed: it was read back by whoever is to hold it. Nothing is opened, and nobody logs in.
import { signedBy } from '../change/credentials.ts'
import { foreign } from '../change/share-intake.ts'
import type { Globals } from '../cli/context.ts'
import { confirmationMessage } from '../domain/confirmation.ts'
import { refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { Seat } from '../domain/roster.ts'
import type { KeyApproval } from '../domain/shapes.ts'
import type { Standing } from '../domain/share-sets.ts'
import type { Share } from '../quorum/port.ts'
import { custodyIn, warnOfCustody } from './known-shares.ts'
import { seatElsewhere } from './other-partitions.ts'
import type { StationSession } from './station-session.ts'

/** What it signs. SHARE-FOREIGN, CONFIRM-OPEN, CONFIRM-ONCE. */
export function confirmedBy(share: Share, key: string, work: StationSession, globals: Globals): KeyApproval {
  const seat = confirmable(key, work, globals)
  const { name: group, epoch } = seat.group
  const message = confirmationMessage(work.history.partition, { custodian: seat.custodian.name, group, epoch, key })
  return signedBy(seat, share, message)
}

/** SHARE-FOREIGN, CONFIRM-OPEN, CONFIRM-ONCE: the share with this key is one of the open stage or of the set in force, and was not confirmed yet. */
export function confirmable(
  key: string,
  { history, partition, context, terminal }: StationSession,
  { home }: Globals,
): Seat {
  const found = history.rosters.seatOfAny(key)
  if (!found) throw foreign(seatElsewhere(home, partition.name, context.ledgers)(key))
  const { custodian, group, standing } = found
  const whose = `the share of ${custodian.name}, ${group.name}, epoch ${group.epoch}`
  const ended = ENDED[standing]
  if (ended !== undefined) throw refused('CONFIRM-OPEN', `${whose}, ${ended}`, keyrite('quorum', 'show'))
  const before = history.rosters.confirmed(key)
  if (before) {
    const hint = keyrite('audit', 'show', '--from', `${before.seq}`)
    throw refused('CONFIRM-ONCE', `${whose}, was confirmed by record ${before.seq}`, hint)
  }
  warnOfCustody(found, custodyIn(history), terminal)
  return found
}

const ENDED: { readonly [standing in Standing]?: string } = {
  retired: 'is of before: it counts no more',
  unstaged: 'was given up, and never counts',
}
