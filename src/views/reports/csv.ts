// A report for a spreadsheet (RFC 4180): tables one below the other, and no cell that a spreadsheet would run as a formula.
import type { Report } from './shape.ts'
import { ATTESTED, FINDINGS, factsOf, titleOf, valuesIn } from './words.ts'

/**
 * What a spreadsheet would take for a formula gets a sign in front by which it is text: at the beginning, also after blanks, which some pass
 * over, and after a semicolon, at which those of other countries begin a cell, whatever is quoted.
 */
function cell(text: string): string {
  const safe = text.replace(/(^|[;\t\r\n])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r])/g, "$1'")
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
