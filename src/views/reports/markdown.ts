// A report as Markdown: it can be read as it stands, and nothing that a ledger holds can be more than text in it.
import type { Report, Section } from './shape.ts'
import {
  ATTEST_ABOUT,
  ATTESTED,
  EMPTY,
  FINDINGS,
  factsOf,
  findingInWords,
  NONE_FOUND,
  titleOf,
  usedColumns,
  valuesIn,
} from './words.ts'

/** No mark of Markdown, no HTML and no address that is made a link comes out of a text. */
const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~@]/g, '\\$&')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, 3)}\\.`)

export function reportMarkdown(report: Report): string {
  const { findings, sections, attest } = report
  const lines = [
    `# ${escaped(titleOf(report))}`,
    '',
    ...factsOf(report).map(([name, value]) => `- **${name}**: ${escaped(value)}`),
    '',
    `## ${FINDINGS}`,
    '',
    ...(findings.length === 0 ? [NONE_FOUND] : []),
    ...findings.map((finding) => `- **${finding.severity}**: ${escaped(findingInWords(finding))}`),
    '',
    ...sections.flatMap(sectionLines),
    `## ${ATTESTED}`,
    '',
    ATTEST_ABOUT,
    '',
    ...attest.map((what) => `- [ ] ${escaped(what)}`),
    '',
    'Name, date, signature:',
  ]
  return `${lines.join('\n')}\n`
}

function sectionLines(section: Section): string[] {
  const { title, about, rows } = section
  const columns = usedColumns(section)
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    `## ${escaped(title)}`,
    '',
    ...(about === undefined ? [] : [escaped(about), '']),
    ...(rows.length === 0
      ? [EMPTY]
      : [
          row(columns),
          row(columns.map(() => '---')),
          ...rows.map((one) => row(columns.map((column) => valuesIn(one[column]).map(escaped).join('<br>')))),
        ]),
    '',
  ]
}
