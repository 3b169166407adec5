// Tables without rules: they can be read, copied and searched, and they fit the window.
import Table from 'cli-table3'
import { inOneRow } from '../domain/names.ts'
import { type Look, PLAIN } from './look.ts'
import { type Give, markOf, type Run, type TableSpec, textOf } from './text.ts'
import { fitting, widthOf } from './width.ts'
import { rowsIn } from './wrap.ts'

interface Cell {
  text: string
  mark: ReturnType<typeof markOf>
}

interface Column {
  name: string
  give: Give | undefined
  cells: Cell[]
  width: number
}

const GAP = '  '
/** A column that gives way keeps so much. */
const LEAST = 12

const cellOf = (run: Run): Cell => ({ text: inOneRow(textOf(run)), mark: markOf(run) })

/** Where no table fits, a row is a list of its fields. */
export function table(spec: TableSpec, look: Look = PLAIN): string {
  const all = columnsOf(spec)
  const fitting = fit(all, look.columns)
  if (!fitting) return spec.rows.map((_, i) => listed(all, i, look)).join('\n\n')
  return drawn(fitting, spec.rows.length, look)
    .map((line) => line.trimEnd())
    .join('\n')
}

function columnsOf({ head, rows }: TableSpec): Column[] {
  return head.map((given, i) => {
    const { name, give } = typeof given === 'string' ? { name: given, give: undefined } : given
    const cells = rows.map((row) => cellOf(row[i]!))
    const width = cells.reduce((most, cell) => Math.max(most, widthOf(cell.text)), widthOf(name))
    return { name, give, cells, width }
  })
}

/** Columns go first, then text wraps, and last a name is cut. Undefined when all that is not enough. */
function fit(all: readonly Column[], room: number): Column[] | undefined {
  let left = [...all]
  const over = () => left.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - room
  const leaving = left.filter(({ give }) => typeof give === 'number').sort((a, b) => Number(a.give) - Number(b.give))
  for (const gone of leaving) if (over() > 0) left = left.filter((column) => column !== gone)
  for (const how of ['wrap', 'cut']) {
    left = left.map((column) =>
      column.give === how && over() > 0
        ? { ...column, width: Math.max(column.width - over(), Math.min(column.width, LEAST)) }
        : column,
    )
  }
  return over() > 0 ? undefined : left
}

function listed(columns: readonly Column[], row: number, look: Look): string {
  const width = Math.max(...columns.map(({ name }) => name.length))
  return columns
    .filter(({ cells }) => cells[row]!.text !== '')
    .flatMap(({ name, cells }) => listedCell(name.padEnd(width), cells[row]!, look))
    .join('\n')
}

function listedCell(name: string, { text, mark }: Cell, look: Look): string[] {
  const head = `${name}${GAP}`
  const room = look.columns - head.length
  return rowsIn(text, room).map(([start, end], i) => {
    return (i === 0 ? head : ' '.repeat(head.length)) + look.paint(mark, text.slice(start, end))
  })
}

/**
 * cli-table3 takes as long as the square of its rows, and ten thousand keys are a table too: beyond so many, and where every row is one line,
 * rows are joined here, to the same bytes.
 */
const MANY = 60

function drawn(columns: readonly Column[], rows: number, look: Look): string[] {
  const body = Array.from({ length: rows }, (_, i) => columns.map((column) => shown(column, i, look)))
  const all = [columns.map(({ name }) => look.paint('dim', name)), ...body]
  const isWrapped = all.some((cells) => cells.some((text) => text.includes('\n')))
  return rows > MANY || !isWrapped ? all.flatMap((cells) => joined(columns, cells)) : byPackage(columns, all)
}

/** A row whose cells have as many lines as they like. */
function joined(columns: readonly Column[], row: readonly string[]): string[] {
  const cells = row.map((text) => text.split('\n'))
  return Array.from({ length: Math.max(...cells.map(({ length }) => length)) }, (_, i) =>
    columns.map(({ width }, c) => padded(cells[c]![i] ?? '', width)).join(GAP),
  )
}

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

function shown({ give, cells, width }: Column, row: number, look: Look): string {
  const { text, mark } = cells[row]!
  const rows = give === 'wrap' ? rowsIn(text, width).map(([start, end]) => text.slice(start, end)) : [text]
  return rows.map((line) => look.paint(mark, give === 'cut' ? cut(line, width, look.ellipsis) : line)).join('\n')
}

/** Out of the middle, so that the version of a key stays. */
export function cut(text: string, width: number, ellipsis: string): string {
  if (widthOf(text) <= width) return text
  const kept = width - ellipsis.length
  const end = Math.floor(kept / 2)
  return fitting(text, kept - end) + ellipsis + lastOf(text, end)
}

/** The last letters of a text that fit. */
function lastOf(text: string, width: number): string {
  const letters = [...text]
  while (letters.length > 0 && widthOf(letters.join('')) > width) letters.shift()
  return letters.join('')
}

const BARE = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, '']),
  ),
)

function byPackage(columns: readonly Column[], rows: string[][]): string[] {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 }
  const colWidths = columns.map(({ width }) => width)
  const made = new Table({ chars: { ...BARE, middle: GAP }, style, colWidths })
  made.push(...rows)
  return made.toString().split('\n')
}
