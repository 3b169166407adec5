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

/** A table without lines: it can be read, copied and searched. */
export function table({ head, rows }: TableSpec): string {
  const made = new Table({ head, chars: BARE, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } })
  made.push(...rows)
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** `name   value` lines, the names padded to the longest. */
export function fields(pairs: readonly (readonly [name: string, value: string | undefined])[], indent = ''): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`)
    .join('\n')
}
