// A wrong clock, as far as a ledger or this program can tell.

import { EARLIEST, isFarBehind } from '../domain/clock.ts'
import { type Hint, sh, to } from '../domain/hints.ts'

/** `time`: of the last record of the partition `name`. */
export const clockBehind = (name: string, time: string, now: Date): { message: string; hint: Hint } | undefined =>
  time > now.toISOString()
    ? {
        message: `it is ${now.toISOString()} here, and the last record of ${name} is of ${time}: ${isFarBehind(time, now) ? TOO_FAR : 'until then new records have that time'}`,
        hint: sh('timedatectl'),
      }
    : undefined

const TOO_FAR = 'changes are refused; where this clock is right, they go on with --accept clock'

/** What a partition's first record says can never be corrected later. */
export const clockImpossible = (now: Date): { message: string; hint: Hint } | undefined =>
  now.toISOString() < EARLIEST
    ? {
        message: `THE CLOCK IS WRONG: it is ${now.toISOString()} here, and this program is younger; the first record, and the anchor, would keep that time`,
        hint: to('set it first', sh('timedatectl')),
      }
    : undefined
