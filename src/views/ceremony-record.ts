// The annotated script: each step as it was to be, and what the journal says of it; then what people attest by hand.

import { type CeremonyStep, withoutRecovery } from '../ceremony/step.ts'
import type { Given } from '../ceremony/verify/given.ts'
import { recordCode, shortCode } from '../domain/code.ts'
import { fromBase64url, fromHex } from '../domain/encoding.ts'
import type { Entry, JournalLine } from '../domain/journal.ts'
import { inHtml } from './html.ts'
import { toTheMinute } from './words.ts'

const SECOND = 19

const at = (time: string): string => `${time.slice(11, SECOND)}Z`

export const annotated = (given: Given, leaf: string): string =>
  `${[...head(given, leaf), ...body(given), ...signatures(given)].join('\n')}\n`

function head({ opened, script, site, code }: Given, leaf: string): string[] {
  const mode = opened.mode === 'rehearsal' ? ['REHEARSAL: nothing in this record is of a real ceremony', ''] : []
  return [
    ...mode,
    `CEREMONY ${opened.name}: ${script.title}`,
    '',
    `partition   ${script.partition}  ${opened.partition}`,
    `script      version ${script.version}, code ${code}, sha256 ${opened.script}`,
    `site        ${site.place}, code ${shortCode(fromHex(opened.site))}, sha256 ${opened.site}`,
    `journal     ${recordCode(leaf)}`,
    `program     keyrite ${opened.tool.version}${opened.tool.sha256 ? `, sha256 ${opened.tool.sha256}` : ''}`,
    `station     ${opened.station}, which says: user ${opened.host.user} on ${opened.host.name}`,
    `began       ${toTheMinute(opened.time)}`,
    ...(opened.clock
      ? [`clock       this machine ${at(opened.clock.host)}, ${site.clock} ${at(opened.clock.wall)}`]
      : []),
    ...(script.basis ? [`because of  ${script.basis.join(', ')}`] : []),
    ...(opened.rehearsal ? [`rehearsed   ${toTheMinute(opened.rehearsal.rehearsal.ended)}`] : []),
    '',
    'PEOPLE',
    ...site.people.map(
      ({ name, roles, organisation }) => `  ${name}${organisation ? `, ${organisation}` : ''}: ${roles.join(', ')}`,
    ),
    '',
  ]
}

const body = (given: Given): string[] => {
  const told = new Set<JournalLine>()
  const steps = given.script.steps.flatMap((step) => {
    const lines = given.lines.filter(({ entry }) => 'step' in entry && withoutRecovery(entry.step) === step.id)
    for (const line of lines) told.add(line)
    return [
      `STEP ${step.id}  ${step.kind}  ${step.act ?? ''}`.trimEnd(),
      ...written(step),
      ...lines.flatMap(({ entry }) => inWords(entry)),
      '',
    ]
  })
  const others = given.lines.filter((line) => !told.has(line) && line.entry.type !== 'opened')
  return [...steps, 'BREAKS AND END', ...others.flatMap(({ entry }) => inWords(entry)), '']
}

const written = (step: CeremonyStep): string[] => [
  `  ${step.text}`,
  ...(step.kind === 'run' ? [`  command: keyrite ${step.run.join(' ')}`] : []),
]

/** Of one line of the journal. */
function inWords(entry: Entry): string[] {
  switch (entry.type) {
    case 'opened':
      return []
    case 'step':
    case 'failed': {
      const how =
        entry.type === 'failed' ? 'NOT DONE' : entry.exception === undefined ? 'done' : `LEFT OUT: ${entry.exception}`
      const people = entry.by.map(({ name }) => name).join(', ')
      return [
        `  > ${at(entry.began)} to ${at(entry.time)}  ${entry.step} ${how}  ${people}`,
        ...Object.entries(entry.values ?? {}).map(([name, value]) => `    ${name}: ${value}`),
        ...(entry.command
          ? [`    keyrite ${entry.command.join(' ')}${entry.exit === undefined ? '' : `: exit ${entry.exit}`}`]
          : []),
        ...(entry.plans ?? []).map((plan) => `    plan ${shortCode(fromBase64url(plan))}`),
        ...(entry.records ?? []).map(({ seq, leaf }) => `    record ${seq}  ${recordCode(leaf)}`),
        ...(entry.file ? [`    file ${entry.file.name}, ${entry.file.bytes} bytes, sha256 ${entry.file.sha256}`] : []),
        ...(entry.output ? [`    answer: ${entry.output}.att`] : []),
      ]
    }
    case 'exception':
      return [`  ! ${at(entry.time)}  EXCEPTION at step ${entry.step}: ${entry.text}`]
    case 'paused':
      return [`  > ${at(entry.time)}  a break before step ${entry.step}; there stay ${entry.stay.join(', ')}`]
    case 'resumed':
      return [`  > ${at(entry.time)}  resumed; the code ${recordCode(entry.read)} was read again`]
    case 'closed':
      return [`  > ${at(entry.time)}  closed: ${entry.steps} steps, ${entry.exceptions} exceptions`]
    case 'aborted':
      return [`  > ${at(entry.time)}  ABORTED: ${entry.reason}`]
  }
}

const signatures = ({ site }: Given): string[] => [
  'SIGNATURES',
  'I was present, and what stands here is what I saw.',
  '',
  ...site.people.flatMap(({ name, roles }) => [
    `  ____________________  ${name} (${roles.join(', ')})  date, time ____________`,
    '',
  ]),
]

/** The same as a page, which is printed as it is; across each page of a rehearsal it says so. */
export function annotatedHtml(given: Given, leaf: string): string {
  const isRehearsal = given.opened.mode === 'rehearsal'
  const mark = isRehearsal ? '<div class="mark">REHEARSAL</div>' : ''
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${inHtml(given.opened.name)}</title>
<style>@page{margin:18mm}pre{white-space:pre-wrap;font:11px/1.5 monospace}.mark{position:fixed;top:40%;left:10%;font:80px sans-serif;color:#0002;transform:rotate(-30deg)}</style></head>
<body>${mark}<pre>${inHtml(annotated(given, leaf))}</pre></body></html>
`
}
