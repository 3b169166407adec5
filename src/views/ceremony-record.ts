// The annotated script: each step as it was to be, and what the journal says of it; then what people attest by hand. docs/formats.md (17) has every row of it: `ceremony verify` makes it anew.
import { type CeremonyStep, withoutRecovery } from '../ceremony/step.ts'
import type { Given } from '../ceremony/verify/given.ts'
import { recordCode, shortCode } from '../domain/code.ts'
import { fromBase64url, fromHex } from '../domain/encoding.ts'
import type { Entry, EntryOf, JournalLine } from '../domain/journal.ts'
import { said, saidIn } from './ceremony/rows.ts'
import { htmlPage, inHtml, REHEARSAL_MARK, REHEARSAL_STYLE } from './html.ts'
import { toTheMinute } from './words.ts'

const SECOND = 19
const LINE = '_'.repeat(20)

const at = (time: string): string => `${time.slice(11, SECOND)}Z`

const fact = (name: string, value: string): string => `${name.padEnd(12)}${value}`
const told = (name: string, text: string | undefined): string[] =>
  text === undefined ? [] : said(name.padEnd(12), text)
const ofStep = (name: string, text: string | undefined): string[] =>
  text === undefined ? [] : said(`  ${name.padEnd(10)}`, text)
const ofLine = (name: string, text: string): string[] => said(`    ${name.padEnd(8)}`, text)

export const annotated = (given: Given, leaf: string): string =>
  `${[...head(given, leaf), ...body(given), ...signatures(given)].join('\n')}\n`

function head({ opened, script, site, code }: Given, leaf: string): string[] {
  const mode = opened.mode === 'rehearsal' ? ['REHEARSAL: nothing in this record is of a real ceremony', ''] : []
  const { clock, rehearsal, tool, host } = opened
  return [
    ...mode,
    `CEREMONY ${opened.name}`,
    '',
    ...told('title', script.title),
    fact('partition', script.partition),
    fact('', opened.partition),
    fact('script', `version ${script.version}`),
    fact('', code),
    fact('', opened.script),
    fact('site', shortCode(fromHex(opened.site))),
    fact('', opened.site),
    ...told('place', site.place),
    fact('journal', recordCode(leaf)),
    ...told('program', `${tool.name} ${tool.version}`),
    ...(tool.sha256 === undefined ? [] : [fact('', tool.sha256)]),
    fact('station', opened.station),
    ...told('user', host.user),
    ...told('machine', host.name),
    fact('began', toTheMinute(opened.time)),
    ...(clock
      ? [fact('clock', `this machine ${at(clock.host)}, and ${at(clock.wall)} on`), ...told('', site.clock)]
      : []),
    ...(script.basis ?? []).flatMap((one) => told('because of', one)),
    ...(rehearsal ? [fact('rehearsed', toTheMinute(rehearsal.rehearsal.ended))] : []),
    '',
    'PEOPLE',
    ...site.people.flatMap(({ name, roles, organisation }) => [
      '',
      ...roles.map((role) => `  ${role}`),
      ...ofStep('name', name),
      ...ofStep('of', organisation),
    ]),
    '',
  ]
}

const body = (given: Given): string[] => {
  const placed = new Set<JournalLine>()
  const steps = given.script.steps.flatMap((step) => {
    const lines = given.lines.filter(({ entry }) => 'step' in entry && withoutRecovery(entry.step) === step.id)
    for (const line of lines) placed.add(line)
    return [...written(step), ...lines.flatMap(({ entry }) => inWords(entry)), '']
  })
  const others = given.lines.filter((line) => !placed.has(line) && line.entry.type !== 'opened')
  return [...steps, 'BREAKS AND END', ...others.flatMap(({ entry }) => inWords(entry)), '']
}

const written = (step: CeremonyStep): string[] => [
  `STEP ${step.id}  ${step.kind}`,
  ...ofStep('act', step.act),
  ...ofStep('text', step.text),
  ...(step.kind === 'run' ? ofStep('command', inOneLine(step.run)) : []),
]

/** A word that could be taken for several is JSON. */
const inOneLine = (words: readonly string[]): string =>
  ['keyrite', ...words].map((word) => (/^[\w./:@%+=,#{}-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')

/** Of one line of the journal. */
function inWords(entry: Entry): string[] {
  switch (entry.type) {
    case 'opened':
      return []
    case 'step':
    case 'failed':
      return stepInWords(entry)
    case 'exception':
      return [`  ! ${at(entry.time)}  EXCEPTION at step ${entry.step}`, ...ofLine('what', entry.text)]
    case 'paused':
      return [
        `  > ${at(entry.time)}  a break before step ${entry.step}`,
        ...entry.stay.flatMap((name) => ofLine('stays', name)),
      ]
    case 'resumed':
      return [`  > ${at(entry.time)}  resumed, and this code was read again:`, `    ${recordCode(entry.read)}`]
    case 'closed':
      return [`  > ${at(entry.time)}  closed: steps ${entry.steps}, exceptions ${entry.exceptions}`]
    case 'aborted':
      return [`  > ${at(entry.time)}  ABORTED`, ...ofLine('why', entry.reason)]
  }
}

function stepInWords(entry: EntryOf<'step' | 'failed'>): string[] {
  const {
    type,
    step,
    began,
    time,
    exception,
    by,
    values = {},
    command,
    exit,
    plans = [],
    records = [],
    file,
    output,
  } = entry
  const how = type === 'failed' ? 'NOT DONE' : exception === undefined ? 'done' : 'LEFT OUT'
  return [
    `  > ${at(began)} to ${at(time)}  ${step} ${how}`,
    ...(exception === undefined ? [] : ofLine('why', exception)),
    ...by.flatMap(({ name }) => ofLine('by', name)),
    ...Object.keys(values)
      .toSorted()
      .flatMap((name) => ofLine('value', `${name}: ${values[name]}`)),
    ...(command ? ofLine('command', inOneLine(command)) : []),
    ...(exit === undefined ? [] : [`    exit ${exit}`]),
    ...plans.map((plan) => `    plan ${shortCode(fromBase64url(plan))}`),
    ...records.map(({ seq, leaf }) => `    record ${seq}  ${recordCode(leaf)}`),
    ...(file ? [...ofLine('file', file.name), `    bytes ${file.bytes}`, `    sha256 ${file.sha256}`] : []),
    ...(output === undefined ? [] : [`    answer ${output}`]),
  ]
}

const signatures = ({ site }: Given): string[] => [
  'SIGNATURES',
  'I was present, and what stands here is what I saw.',
  ...site.people.flatMap(({ name, roles }) => [
    '',
    ...roles.map((role) => `  ${role}`),
    ...ofStep('name', name),
    `  signature ${LINE}  date, time ${LINE}`,
  ]),
]

const STYLE = `@page{margin:18mm}pre{white-space:pre-wrap;font:11px/1.5 monospace}bdi{unicode-bidi:isolate}${REHEARSAL_STYLE}`

/** The same as a page, which is printed as it is; across each page of a rehearsal it says so. */
export function annotatedHtml(given: Given, leaf: string): string {
  const mark = given.opened.mode === 'rehearsal' ? REHEARSAL_MARK : ''
  const rows = annotated(given, leaf).trimEnd().split('\n').map(rowHtml)
  return htmlPage(given.opened.name, STYLE, `${mark}<pre dir="ltr">${rows.join('\n')}</pre>`)
}

/** What people wrote reads in its own direction, and turns nothing around it. */
function rowHtml(row: string): string {
  const parts = saidIn(row)
  return parts ? `${inHtml(parts[0])}<bdi>${inHtml(parts[1])}</bdi>` : inHtml(row)
}
