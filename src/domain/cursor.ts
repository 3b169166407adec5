// How far an export has come: the record that was told last, and how much of the file that it goes to was written by then.
import * as v from 'valibot'
import { canonical } from './canonical.ts'
import { lineIn } from './carried-line.ts'
import { type KeyriteError, notVerified } from './errors.ts'
import { Count, Leaf, Text, Uuid } from './shapes.ts'

const Cursor = v.strictObject({
  format: v.literal('keyrite.cursor/1'),
  partition: Uuid,
  seq: Count,
  leaf: Leaf,
  /** Which file it was, by the number that its file system gave it, and its size. */
  file: v.optional(v.strictObject({ number: Text, bytes: Count })),
})
export type Cursor = v.InferOutput<typeof Cursor>

export const formatCursor = (cursor: Omit<Cursor, 'format'>): string =>
  `${canonical({ format: 'keyrite.cursor/1', ...cursor })}\n`

/** CURSOR-SHAPE. */
export function parseCursor(text: string, path: string): Cursor {
  const cursor = lineIn(text, Cursor)
  if (cursor) return cursor
  throw notVerified('CURSOR-SHAPE', `${path} is not a cursor of audit export`, 'name a file that is not there yet')
}

/** CURSOR-LEDGER: what is wrong with a cursor that does not stand in this ledger. */
export const cursorAstray = (path: string, why: string): KeyriteError =>
  notVerified(
    'CURSOR-LEDGER',
    `the cursor ${path} ${why}`,
    'find out which of the two is right; a new cursor begins with the first record',
  )
