// Time in a ledger never goes back: what a clock that stands behind its last record means for what comes next.
import { refused } from './errors.ts'
import { type Time, toTime } from './names.ts'

const A_DAY = 86_400_000

/** There was no Keyrite before it: a clock that stands there is wrong. */
export const EARLIEST = '2025-01-01T00:00:00.000Z'

/** The time that a new record, and its plan, has: the clock's, or that of the last record where the clock is behind it. */
export const notBefore = (last: string, now: Date): Time => {
  const time = toTime(now)
  return time < last ? (last as Time) : time
}

/** CLOCK: a clock that is behind the last record by more than a day is no slip that the ledger could carry. */
export function checkClock(last: string, now: Date): void {
  if (Date.parse(last) - now.getTime() <= A_DAY) return
  throw refused(
    'CLOCK',
    `it is ${toTime(now)} here, more than a day before the last record of the ledger, of ${last}`,
    'set the clock, then look again: timedatectl',
  )
}
