// A script for the printer: one page of HTML without scripts and without anything from elsewhere. Text of the file is escaped, and cannot turn what stands around it.
import { unsteered } from '../../domain/names.ts'
import { htmlPage, inHtml, REHEARSAL_MARK, REHEARSAL_STYLE } from '../html.ts'
import type { Box, Sheet, SheetAct, SheetStep } from './sheet.ts'

const escaped = (text: string): string => inHtml(unsteered(text))

/** Of whatever direction its letters are. */
const own = (text: string): string => `<bdi>${escaped(text)}</bdi>`

/** The code has digits, letters and blanks, and the name a-z, 0-9 and -. */
const pages = (name: string, code: string): string => `
@page { size: A4; margin: 14mm 12mm 16mm
  ; @bottom-left { content: "${name}  ${code}"; font: 8pt monospace }
  ; @bottom-right { content: "page " counter(page) " of " counter(pages); font: 8pt sans-serif } }`

const STYLE = `
* { box-sizing: border-box }
body { font: 11pt/1.35 sans-serif; color: #000; background: #fff; margin: 0 auto; max-width: 190mm; padding: 0 4mm; overflow-wrap: anywhere }
h1 { font-size: 18pt; margin: 0 0 3mm; max-height: none } h2 { font-size: 13pt; margin: 7mm 0 2mm; break-after: avoid }
bdi { unicode-bidi: isolate } code bdi { display: inline-block; max-width: 100% } p { margin: 1mm 0; text-align: left }
.kind { font-size: 9pt; letter-spacing: .08em; text-transform: uppercase; margin: 0 }
.code { font: bold 20pt monospace; border: 2px solid #000; padding: 2mm 3mm; margin: 3mm 0 1mm; text-align: center }
.sum, code { font-family: monospace; font-size: 9.5pt }
dl { display: grid; grid-template-columns: 28mm 1fr; gap: 1mm 3mm; margin: 2mm 0 } dt { color: #444 } dd { margin: 0 }
table { border-collapse: collapse; width: 100%; table-layout: fixed } thead { display: table-header-group }
th, td { border: 1px solid #555; padding: 1.2mm 1.6mm; text-align: left; vertical-align: top } th { font-size: 9pt; background: #eee }
tr { break-inside: avoid } td.room { height: 11mm }
.step { border: 1px solid #555; border-left-width: 1px; padding: 1.5mm 2mm; margin: 0 0 2mm; break-inside: avoid; display: grid; grid-template-columns: 21mm 1fr 36mm; gap: 0 3mm }
.step > * { min-width: 0 } .id { font-weight: bold } .id small { display: block; font-weight: normal }
.mine { border-left: 4mm solid #000 } .you { border: 1.5px solid #000; font-weight: bold; font-size: 8.5pt; padding: 0 1.5mm }
.by { font-size: 9pt; color: #333 } .side { font-size: 9pt } .line { display: block; border-bottom: 1px solid #000; height: 7mm; margin-bottom: 1mm }
.box { display: inline-block; width: 3.6mm; height: 3.6mm; border: 1.2px solid #000; vertical-align: -.5mm; margin: 0 1.2mm 0 0 } .choice { margin-right: 5mm; white-space: nowrap }
.write { display: flex; gap: 2mm; align-items: flex-end; min-height: 8mm } .write.long { flex-wrap: wrap } .write.long .rule { flex-basis: 100%; height: 8mm } .write .rule { flex: 1; border-bottom: 1px solid #000; min-width: 30mm }
@media screen { body { padding: 8mm } }
@media print { body { max-width: none; padding: 0 } .new { break-before: page } a { color: inherit } }
`

export const sheetHtml = (sheet: Sheet, name: string): string =>
  htmlPage(
    unsteered(sheet.title),
    `${pages(name, sheet.code)}${STYLE}${sheet.isRehearsal ? REHEARSAL_STYLE : ''}`,
    `${sheet.isRehearsal ? REHEARSAL_MARK : ''}${firstPage(sheet)}
<section class="new">
${sheet.acts.map(actHtml).join('\n')}
</section>
${lastPage(sheet)}`,
  )

const facts = (rows: Sheet['facts']): string =>
  `<dl>${rows.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${own(value)}</dd>`).join('')}</dl>`

function firstPage({ title, facts: told, code, sha256, people, reader, media, keys, acts, keyboard }: Sheet): string {
  return `<p class="kind">Script of a key ceremony</p>
<h1>${own(title)}</h1>
<p class="code">${escaped(code)}</p>
<p class="sum">sha256 ${escaped(sha256)}</p>
${facts([...told, ...(reader === undefined ? [] : [['marked for', reader] as const])])}
<h2>Who takes part</h2>
<table><thead><tr><th style="width:20%">role</th><th style="width:26%">what for</th><th>printed name</th><th style="width:22%">signature</th><th style="width:11%">time</th></tr></thead><tbody>
${people.map(({ role, about, isMine }) => `<tr><td>${own(role)}${isMine ? ' <span class="you">YOU</span>' : ''}</td><td>${own(about)}</td><td class="room"></td><td></td><td></td></tr>`).join('\n')}
</tbody></table>
<dl><dt>date and place</dt><dd><span class="line"></span></dd><dt>clocks, UTC</dt><dd class="write"><span>this machine</span><span class="rule"></span><span>on the wall</span><span class="rule"></span></dd></dl>
<h2>At the keyboard</h2>
${facts(keyboard)}
<h2>Who acts when</h2>
<table><thead><tr><th style="width:18%">steps</th><th style="width:30%">part</th><th>roles</th></tr></thead><tbody>
${acts.map(({ span, title: act, roles }) => `<tr><td>${escaped(span)}</td><td>${own(act)}</td><td>${roles.map(own).join(', ')}</td></tr>`).join('\n')}
</tbody></table>
${media.length === 0 ? '' : `<h2>What comes out of bags, or goes into them</h2>\n${facts(media)}`}
${keys.length === 0 ? '' : `<h2>Keys</h2>\n<p>${keys.map((key) => `<code>${own(key)}</code>`).join(', ')}</p>`}`
}

const actHtml = ({ span, title, steps }: SheetAct): string =>
  `<h2>${escaped(span)}&ensp;${own(title)}</h2>\n${steps.map(stepHtml).join('\n')}`

function stepHtml({ id, what, by, isMine, takes, text, command, facts: told, boxes }: SheetStep): string {
  return `<div class="step${isMine ? ' mine' : ''}"><div class="id">${escaped(id)}${isMine ? ' <span class="you">YOU</span>' : ''}<small>${escaped(what)}</small><small>${escaped(takes)}</small></div>
<div><div class="by">${by.map(own).join(', ')}</div><p dir="auto">${own(text)}</p>
${command ? `<div class="side">command: <code dir="ltr">${command.map(own).join(' ')}</code></div>\n` : ''}${told.map(factHtml).join('\n')}
${boxes.map(boxHtml).join('\n')}</div>
<div class="side">time<span class="line"></span>initials<span class="line"></span><span class="box"></span>exception</div></div>`
}

const factHtml = ([name, value]: readonly [string, string]): string =>
  `<div class="side">${escaped(name)}: ${own(value)}</div>`

const boxHtml = ({ label, asked, choices, isLong }: Box): string =>
  `<div class="write${isLong ? ' long' : ''}"><span>${own(asked ?? label)}</span>${
    choices
      ? choices.map((one) => `<span class="choice"><span class="box"></span>${escaped(one)}</span>`).join('')
      : '<span class="rule"></span>'
  }</div>`

function lastPage({ people, attested }: Sheet): string {
  const rows = (count: number, cells: number) =>
    Array.from({ length: count }, () => `<tr>${'<td class="room"></td>'.repeat(cells)}</tr>`).join('\n')
  return `<section class="new"><h2>Exceptions</h2>
<p>Whatever differed from the script, however small: what was to happen, what happened, and what was decided. A line through what stays empty.</p>
<table><thead><tr><th style="width:12%">step</th><th style="width:12%">time</th><th>what happened, and what was decided</th><th style="width:16%">initials</th></tr></thead><tbody>
${rows(9, 4)}
</tbody></table>
<h2>What is attested</h2>
${attested.map((one) => `<div class="write"><span><span class="box"></span>${escaped(one)}</span></div>`).join('\n')}
<table><thead><tr><th style="width:30%">role</th><th>name</th><th style="width:28%">signature</th><th style="width:16%">date, time</th></tr></thead><tbody>
${people.map(({ role }) => `<tr><td class="room">${own(role)}</td><td></td><td></td><td></td></tr>`).join('\n')}
</tbody></table></section>`
}
