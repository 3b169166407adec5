// Small pieces of text that commands put together: fields in columns, and tables.
import Table from 'cli-table3'
import type { TableSpec } from './port.ts'

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** cli-table3 takes as long as the square of its rows: many rows are drawn a piece at a time. */
const PIECE = 60

/** A table without lines: it can be read, copied and searched. */
export function table({ head, rows }: TableSpec): string {
  if (rows.length <= PIECE) return drawn(head, rows).join('\n')
  // Every piece ends with the widest cell of each column, which makes their columns the same; that line is cut off again.
  const widest = head.map((name, i) =>
    rows.reduce((most, row) => (row[i]!.length > most.length ? row[i]! : most), name),
  )
  const pieces = Array.from({ length: Math.ceil(rows.length / PIECE) }, (_, i) => {
    const some = rows.slice(i * PIECE, (i + 1) * PIECE)
    return drawn(i === 0 ? head : [], [...some, widest]).slice(0, -1)
  })
  return pieces.flat().join('\n')
}

function drawn(head: string[], rows: string[][]): string[] {
  const made = new Table({ head, chars: BARE, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } })
  made.push(...rows)
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

/** `name   value` lines, the names padded to the longest. */
export function fields(pairs: readonly (readonly [name: string, value: string | undefined])[], indent = ''): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`)
    .join('\n')
}
