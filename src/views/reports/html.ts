// A report as one page without scripts and without anything from elsewhere, to be read on a screen and on paper.
import { htmlPage, inHtml } from '../html.ts'
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

const TIME = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)/

/** A time is not broken; a digest, and what else is long, may be. */
const flowing = (text: string): string =>
  text
    .split(TIME)
    .map((part, i) => (i % 2 === 1 ? `<time>${part}</time>` : brokenUp(part)))
    .join('')

const brokenUp = (text: string): string =>
  text
    .split(/(\S{25,})/)
    .map((part, i) =>
      i % 2 === 1
        ? part
            .match(/.{1,16}/gu)!
            .map(inHtml)
            .join('<wbr>')
        : inHtml(part),
    )
    .join('')

const STYLE = `
body { font: 14px/1.4 sans-serif; color: #111; background: #fff; margin: 2em auto; padding: 0 1em; max-width: 110em }
h1 { font-size: 1.6em } h2 { font-size: 1.2em; margin: 1.6em 0 .4em }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15em 1em; margin: 0 }
dt { color: #555 } dd { margin: 0; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; font-size: .85em }
th, td { border: 1px solid #999; padding: .25em .4em; text-align: left; vertical-align: top }
time { white-space: nowrap }
th { background: #eee; overflow-wrap: normal } thead { display: table-header-group } tr { break-inside: avoid }
ul { list-style: none; padding: 0; margin: 0 } li { margin: .3em 0; break-inside: avoid }
.critical b { color: #a00 } .warning b { color: #850 } .note b { color: #555 }
.box { display: inline-block; width: .9em; height: .9em; border: 1.5px solid #111; margin-right: .6em; vertical-align: -.1em }
.sign { display: grid; grid-template-columns: 1fr 1fr 2fr; gap: 2em; margin-top: 4em } .sign p { border-top: 1px solid #111 }
@page { size: A4 landscape; margin: 12mm }
@media print { body { font-size: 10px; margin: 0; padding: 0; max-width: none } h2 { break-after: avoid } .attest { break-inside: avoid } }
`

export function reportHtml(report: Report): string {
  const { findings, sections, attest } = report
  const title = titleOf(report)
  return htmlPage(
    title,
    STYLE,
    `<h1>${inHtml(title)}</h1>
<dl>
${factsOf(report)
  .map(([name, value]) => `<dt>${name}</dt><dd>${inHtml(value)}</dd>`)
  .join('\n')}
</dl>
<h2>${FINDINGS}</h2>
${findings.length === 0 ? `<p>${NONE_FOUND}</p>` : listOf(findings.map((one) => [one.severity, `<b>${one.severity}</b>: ${flowing(findingInWords(one))}`]))}
${sections.map(sectionHtml).join('\n')}
<div class="attest">
<h2>${ATTESTED}</h2>
<p>${ATTEST_ABOUT}</p>
${listOf(attest.map((what) => ['attested', `<span class="box"></span>${inHtml(what)}`]))}
<div class="sign"><p>name</p><p>date</p><p>signature</p></div>
</div>`,
  )
}

const listOf = (items: readonly (readonly [kind: string, html: string])[]): string =>
  `<ul>\n${items.map(([kind, html]) => `<li class="${kind}">${html}</li>`).join('\n')}\n</ul>`

function sectionHtml(section: Section): string {
  const { title, about, rows } = section
  const columns = usedColumns(section)
  const cells = (row: Section['rows'][number]) =>
    columns.map((column) => `<td>${valuesIn(row[column]).map(flowing).join('<br>')}</td>`).join('')
  const table = `<table>
<thead><tr>${columns.map((column) => `<th>${inHtml(column)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}
</tbody>
</table>`
  return `<h2>${inHtml(title)}</h2>
${about === undefined ? '' : `<p>${inHtml(about)}</p>\n`}${rows.length === 0 ? `<p>${EMPTY}</p>` : table}`
}
