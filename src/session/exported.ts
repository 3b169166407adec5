// The records of a ledger that an export tells: from where it was left, to the last one that will stay.

import { type Cursor, cursorAstray } from '../domain/cursor.ts'
import { fromBase64url } from '../domain/encoding.ts'
import { WholeTree } from '../domain/merkle-proofs.ts'
import type { Found } from '../views/known.ts'
import { isAtWork } from './at-work.ts'
import type { Source } from './ledger-source.ts'
import { linked } from './linked.ts'

/** CURSOR-LEDGER: the cursor stands in this ledger, as far as that can be told before it is read. */
export function checkCursor(cursor: Cursor | undefined, path: string, { history }: Source): void {
  if (!cursor) return
  if (cursor.partition !== history.partition)
    throw cursorAstray(path, `is of the partition ${cursor.partition}, and this ledger of ${history.partition}`)
  if (cursor.seq > history.seq)
    throw cursorAstray(
      path,
      `stands at record ${cursor.seq}, and the last of this ledger is ${history.seq}: it was cut, or is older`,
    )
}

/** Every record that was checked, and whether it is to be told. CURSOR-LEDGER: the ledger is another one, or a branch of it. LEDGER-CHANGED. */
export function* recordsAfter(
  cursor: Cursor | undefined,
  path: string,
  source: Source,
): Generator<{ found: Found; isNew: boolean }> {
  const last = lastToTell(source)
  for (const found of linked(source)) {
    const { seq } = found.line.record
    if (cursor && seq === cursor.seq && found.leaf !== cursor.leaf)
      throw cursorAstray(path, `stands at another record ${seq} than this ledger has: one of the two is a branch`)
    if (seq > last) return
    yield { found, isNew: seq > (cursor?.seq ?? -1) }
  }
}

/** The same without a cursor: every record that was checked. */
export function* recordsOf(source: Source): Generator<Found> {
  for (const { found } of recordsAfter(undefined, '', source)) yield found
}

/** The tree over them. */
export const treeOf = (source: Source): WholeTree =>
  new WholeTree([...recordsOf(source)].map(({ leaf }) => fromBase64url(leaf)))

/** The intent of a change that is at work can be taken back, where another host was faster: it is told once more follows. */
export function lastToTell({ history, partition }: Source): number {
  const isOpen = history.open?.seq === history.seq
  return isOpen && partition && isAtWork(partition) ? history.seq - 1 : history.seq
}
