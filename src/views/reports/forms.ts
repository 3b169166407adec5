// The forms that a report is written in, and how each is told by its beginning.
import type { ReportFormat } from '../../cli/options.ts'
import { reportCsv } from './csv.ts'
import { reportHtml } from './html.ts'
import { reportMarkdown } from './markdown.ts'
import { type Report, reportJson } from './shape.ts'

const WRITERS: { readonly [form in ReportFormat]: (report: Report) => string } = {
  md: reportMarkdown,
  json: reportJson,
  csv: reportCsv,
  html: reportHtml,
}

export const writtenAs = (report: Report, form: ReportFormat): string => WRITERS[form](report)

/** By the first character: a report in each of these begins in its own way. */
export const formOf = (text: string): ReportFormat => BEGINNINGS[text[0] ?? ''] ?? 'csv'

const BEGINNINGS: { readonly [first: string]: ReportFormat } = { '{': 'json', '<': 'html', '#': 'md' }
