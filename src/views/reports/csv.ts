// A report for a spreadsheet (RFC 4180): tables one below the other, and no cell that a spreadsheet would run as a formula.
import type { Report } from './shape.ts'
import { ATTESTED, FINDINGS, factsOf, titleOf, valuesIn } from './words.ts'

/** A sign in front of which no spreadsheet looks for a formula is put before what would be one; also after blanks, which some pass over. */
function cell(text: string): string {
  const safe = /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text
  return /[",\r\n;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function reportCsv(report: Report): string {
  const rows: string[][] = [
    [titleOf(report)],
    ...factsOf(report),
    [],
    [FINDINGS],
    ['severity', 'message', 'records'],
    ...report.findings.map(({ severity, message, records = [] }) => [severity, message, records.join('; ')]),
    ...report.sections.flatMap(({ title, columns, rows: all }) => [
      [],
      [title],
      columns,
      ...all.map((row) => columns.map((column) => valuesIn(row[column]).join('; '))),
    ]),
    [],
    [ATTESTED],
    ['what', 'name', 'date'],
    ...report.attest.map((what) => [what, '', '']),
  ]
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}
