// What was given to a database without a login, as it lies there.

/** As it lies in the database: `id` a uuid. */
export interface WaitingRow {
  id: string
  line: Buffer
}

/** It is in the database, and no record yet. */
export interface Waits {
  waits: true
  /** Of when it was given. */
  time: string
}
