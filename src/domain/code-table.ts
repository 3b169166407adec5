// The shape of a table of codes: see codes.ts.

/** [exit codes, how things have to be, or what went wrong]. A change that stops half way ends with 6 under any of them. */
export interface CodeTable {
  readonly [code: string]: readonly [exits: readonly number[], rule: string]
}
