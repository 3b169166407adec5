// The matrix as people read it: a table in Markdown, the reasons below it, numbered.
import { KEY_TYPES } from '../../src/domain/keys.ts'
import type { Cell } from './cells.ts'
import type { Cells } from './life.ts'

export interface Column {
  name: string
  version: string
  cells: Cells
}

const WORDS: Record<Cell['is'], string> = { works: 'yes', weak: 'weak', refused: 'no', fault: 'FAULT', none: '-' }

export function matrix(columns: readonly Column[], lines: readonly string[]): string {
  const notes = new Notes()
  const rows = lines.map((line) => [line, ...columns.map((column) => cellText(column, line, notes))])
  const head = [
    ['', ...columns.map(({ name }) => name)],
    ['version', ...columns.map(({ version }) => version)],
  ]
  const counts = Object.entries(WORDS).map(([is, word]) => [
    `in all: ${word}`,
    ...columns.map(({ cells }) => count(cells, is)),
  ])
  const [first, ...others] = padded([...head, ...rows, ...counts])
  return [first!, first!.replace(/[^|]/g, '-'), ...others, '', ...notes.text].join('\n')
}

/** Of a reason that several lines of a module share there is one note. */
class Notes {
  readonly #numbers = new Map<string, number>()

  of(module: string, why: string): number {
    const note = `${module}: ${why}`
    const number = this.#numbers.get(note) ?? this.#numbers.size + 1
    this.#numbers.set(note, number)
    return number
  }

  get text(): string[] {
    return [...this.#numbers].map(([note, number]) => `${number}. ${note}`)
  }
}

function cellText({ name, cells }: Column, line: string, notes: Notes): string {
  const cell = cells.get(line)!
  if (cell.is === 'works' && cell.note !== undefined) return `${WORDS.works} ${cell.note}`
  return 'why' in cell && cell.is !== 'none' ? `${WORDS[cell.is]} [${notes.of(name, plain(cell.why))}]` : WORDS[cell.is]
}

const ANY_TYPE = new RegExp(`\\b(${KEY_TYPES.join('|')})\\b`, 'g')

/** Without what is another in each run or line, or would be read as Markdown. */
const plain = (why: string): string =>
  why
    .replace(/\/(dev\/shm|tmp)\/[\w./-]+/g, 'FILE')
    .replace(/\b[0-9a-f]{16}\b/g, 'SERIAL')
    .replace(ANY_TYPE, 'TYPE')
    .replace(/TYPE(, TYPE)+/g, 'TYPES')
    .replace(/of\/TYPE#\d+/g, 'KEY')
    .replace(/[|<>*_`]/g, '\\$&')

const count = (cells: Cells, what: string): string => `${[...cells.values()].filter(({ is }) => is === what).length}`

function padded(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) => `| ${row.map((text, i) => text.padEnd(widths[i]!)).join(' | ')} |`)
}

/** The words of each line and module in a table that this file wrote. */
export function wordsIn(table: string): Map<string, string> {
  const [head = [], ...rows] = table.split('\n').flatMap((line) => {
    const cells = /^\|[^-]/.test(line) ? line.split('|').slice(1, -1) : []
    return cells.length > 0 ? [cells.map((cell) => cell.trim().replace(/ \[\d+\]$/, ''))] : []
  })
  return new Map(rows.flatMap((row) => row.slice(1).map((word, i) => [`${head[i + 1]}: ${row[0]}`, word] as const)))
}
