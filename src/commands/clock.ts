// A clock that stands before the last record of a ledger: what is recorded now would seem older than what was before it.
import { type KeyriteError, refused } from '../domain/errors.ts'

/** CLOCK. `time`: of the last record of the partition `name`. */
export const clockBehind = (name: string, time: string, now: Date): KeyriteError | undefined =>
  time > now.toISOString()
    ? refused('CLOCK', `it is ${now.toISOString()} here, and the last record of ${name} is of ${time}`, 'timedatectl')
    : undefined
