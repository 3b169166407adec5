// `npm test` takes a sample where a table is long and its rows are alike; `npm run test:full` takes all of it.
export const FULL = process.env.FULL === '1'

/** All rows in the full run, and `some` of them otherwise. */
export const sample = <Row>(all: readonly Row[], some: (row: Row, index: number) => boolean): readonly Row[] =>
  FULL ? all : all.filter(some)
