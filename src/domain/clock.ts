// Time in a ledger never goes back: what to do where the clock is behind the last record.

import { refused } from './errors.ts'
import { sh, to } from './hints.ts'
import { type Time, toTime } from './names.ts'

const A_DAY = 86_400_000

/** Keyrite did not exist before this: an earlier clock is wrong. */
export const EARLIEST = '2025-01-01T00:00:00.000Z'

/** No record is of a later year: the plan after it, and its end, need times of their own. */
export const LATEST = '9999-01-01T00:00:00.000Z'

/** What a plan accepts where its clock is right, and the ledger is ahead. */
export const ACCEPTS_CLOCK = 'clock'

/** The time that a new record, and its plan, has: the clock's, or that of the last record where the clock is behind it. */
export const notBefore = (last: string, now: Date): Time => {
  const time = toTime(now)
  return time < last ? (last as Time) : time
}

/** CLOCK: its time can stand in a record. */
export function checkRecordable(now: Date): void {
  if (now.getTime() < Date.parse(LATEST)) return
  throw refused(
    'CLOCK',
    `it is ${toTime(now)} here: no record can be of that time`,
    to('set the clock', sh('timedatectl')),
  )
}

/** Of a plan. `clock`: what the machine's clock said, where it is right, and the ledger far ahead of it. */
interface Span {
  created: string
  expires: string
  clock?: string | undefined
}

/** When a plan ends by the clock that people see. */
export const endOf = ({ created, expires, clock }: Span): string =>
  clock === undefined ? expires : new Date(Date.parse(clock) + Date.parse(expires) - Date.parse(created)).toISOString()

/** Neither by the ledger's time, in which it is recorded, nor by the clock that its custodians said is right. */
export const isOver = (plan: Span, last: string, now: Date): boolean =>
  notBefore(last, now) > plan.expires || toTime(now) > endOf(plan)

/** By more than a day: too much to be passed over without asking. */
export const isFarBehind = (last: string, now: Date): boolean => Date.parse(last) - now.getTime() > A_DAY

/** CLOCK: a clock that is far behind is refused, unless it is accepted that the ledger is ahead of a clock that is right. */
export function checkClock(last: string, now: Date, accepted: readonly string[] = []): void {
  checkRecordable(now)
  if (!isFarBehind(last, now) || accepted.includes(ACCEPTS_CLOCK)) return
  throw refused(
    'CLOCK',
    `it is ${toTime(now)} here, more than a day before the last record of the ledger, of ${last}`,
    {
      ...to('set the clock, then look again', sh('timedatectl')),
      after: 'where this clock is right, and the ledger ahead: --accept clock',
    },
  )
}
