// A clock that stands before the last record of a ledger: what is recorded now would seem older than what was before it.

/** `time`: of the last record of the partition `name`. */
export const clockBehind = (name: string, time: string, now: Date): { message: string; hint: string } | undefined =>
  time > now.toISOString()
    ? { message: `it is ${now.toISOString()} here, and the last record of ${name} is of ${time}`, hint: 'timedatectl' }
    : undefined
