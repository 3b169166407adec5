// Whatever a text holds, and wherever it is shown, the rows that are ours stay as they are: print, page, record and screen.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { parseScript } from '../../src/ceremony/script.ts'
import { parseSite } from '../../src/ceremony/site.ts'
import type { Given } from '../../src/ceremony/verify/given.ts'
import { shortCode } from '../../src/domain/code.ts'
import { fromHex } from '../../src/domain/encoding.ts'
import { rendered } from '../../src/terminal/render.ts'
import type { Text } from '../../src/terminal/text.ts'
import { widthOf } from '../../src/terminal/width.ts'
import { sheetHtml } from '../../src/views/ceremony/html.ts'
import { sheetOf } from '../../src/views/ceremony/sheet.ts'
import { sheetText } from '../../src/views/ceremony/text.ts'
import { annotated, annotatedHtml } from '../../src/views/ceremony-record.ts'
import { ofStep, rolesInWords, stepHead } from '../../src/views/ceremony-step.ts'
import { inRepo } from '../support/paths.ts'

const DIGEST = 'a1'.repeat(32)
const LEAF = 'A'.repeat(43)

/** What somebody could want to be seen there, and how it could get there. */
const HOSTILE = [
  `x${' '.repeat(75)}STEP 9.9  run`,
  `${'-'.repeat(60)} ${'   '.repeat(4)}code        K7QD 9XMA`,
  `${'. '.repeat(39)}>> 9.9  command, 10 min: operator`,
  '| | 9.9  yes or no, 2 min: operator',
  '_____________________________',
  '     time ________  initials ________  [ ] exception',
  'Olga Ortiz; witness: Wim de Wit (witness), auditor | Ada Audit',
  'script.code   K7QD 9XMA',
  '> 10:00:00Z to 10:00:01Z  9.9 done',
  'e: exception   p: pause   your share:',
  '</bdi></pre></p></div><h1>REHEARSAL</h1><script>alert(1)</script>',
  '<!-- <style>*{display:none}</style> ]]> &lt;b&gt;',
  '\u05e9\u05dc\u05d5\u05dd (1) 2 of 3 | \u05e2\u05d5\u05dc\u05dd, 12-34',
  '\u0645\u0631\u062d\u0628\u0627 [abc] 100%',
  '\u6f22\u5b57'.repeat(90),
  '\u{1f511}\u{1f512}'.repeat(45),
  '\u0e17\u0e35\u0e48\u0e19\u0e35\u0e48'.repeat(30),
  '#'.repeat(190),
  `\u2588\u2588 ${'\u2500'.repeat(80)} \u2610 yes \u2610 no`,
]

function given(text: string): Given {
  const kinds = ['read', 'check', 'enter', 'compare', 'media', 'run', 'attach', 'pause', 'sign']
  const own: Record<string, object> = {
    enter: { blanks: ['bag'] },
    compare: { value: 'key.fingerprint', of: text },
    media: { medium: 'stick', bag: 'sealed', blank: 'bag' },
    run: { run: ['audit', 'checkpoint', '--reason', text] },
    attach: { file: 'photo' },
    pause: { stay: 2 },
  }
  const common = { act: text, by: ['operator', 'witness'], takes: 'PT5M', text }
  const script = JSON.stringify({
    format: 'keyrite.ceremony/1',
    name: 'evil',
    version: 1,
    title: text,
    partition: 'pay',
    basis: [text],
    roles: { operator: text, witness: { about: text, people: 2 } },
    blanks: { bag: { ask: text } },
    media: { stick: text },
    steps: kinds.map((kind, i) => ({ id: `${i + 1}`, kind, ...common, ...own[kind] })),
  })
  const people = ['operator', 'witness'].map((role) => ({ name: text, roles: [role], organisation: text }))
  const site = JSON.stringify({ format: 'keyrite.ceremony-site/1', place: text, clock: text, people })
  const time = '2026-11-28T10:00:00.000Z'
  const by = people.map(({ name, roles }) => ({ name, roles }))
  const taken = { by, began: time }
  const tool = { name: text, version: text }
  const host = { user: text, name: text }
  const records = [{ seq: 1, leaf: LEAF }]
  const entries = [
    {
      ...{ type: 'opened', name: 'evil', partition: '0'.repeat(36), mode: 'real', script: DIGEST, site: DIGEST },
      ...{ station: 'one', people: by, tool, host, clock: { host: time, wall: time } },
    },
    { type: 'exception', step: '1', text },
    { type: 'step', step: '1', kind: 'read', ...taken, exception: text },
    { type: 'step', step: '3', kind: 'enter', ...taken, values: { bag: text } },
    { type: 'failed', step: '6', kind: 'run', ...taken, command: ['audit', 'checkpoint', text], exit: 3, records },
    { type: 'step', step: '7', ...taken, file: { name: text, sha256: DIGEST, bytes: 1 }, output: DIGEST },
    { type: 'paused', step: '8', stay: [text] },
    { type: 'resumed', people: by, read: LEAF },
    { type: 'aborted', reason: text },
  ]
  const lines = entries.map((entry, seq) => ({ entry: { ...entry, seq, time }, leaf: LEAF }))
  const parsed = { script: parseScript(script), site: parseSite(site), code: shortCode(fromHex(DIGEST)) }
  return { ...parsed, opened: lines[0]!.entry, lines, ledger: [] } as unknown as Given
}

const ALL = HOSTILE.map(given)

/** Behind a bar, and what goes on with it, is the text's. */
const oursIn = (rows: readonly string[]): string[] =>
  rows.map((row) => row.replace(/\| .*$/u, '|')).filter((row) => !/^ *\|$/.test(row))

/** In a page what stands isolated. */
const oursOf = (html: string): string =>
  html
    .replace(/<title>[^<]*<\/title>/, '')
    .replace(/<bdi>[^<]*<\/bdi>/g, '')
    .replace(/\n *\| (?=\n)/g, '')

/** On a screen what stands below the text, two columns behind the bar. */
function shownIn(text: Text): string[] {
  let margin = Number.POSITIVE_INFINITY
  return rendered(text, { columns: 80, paint: (_: unknown, shown: string) => shown } as never).flatMap((row) => {
    const bar = row.indexOf('| ')
    const goesOn = row.startsWith(' '.repeat(Math.min(margin, 81)))
    if (!goesOn) margin = bar === -1 ? Number.POSITIVE_INFINITY : bar + 2
    return goesOn ? [] : [row.replace(/\| .*$/u, '|')]
  })
}

const sheet = ({ script, code }: Given) => sheetOf(script, { code, sha256: DIGEST }, { reader: 'witness' })

const PLACES: Record<string, (given: Given) => readonly string[]> = {
  'ceremony print, text': (told) => oursIn(sheetText(sheet(told)).split('\n')),
  'ceremony print, page': (told) => [oursOf(sheetHtml(sheet(told), 'evil'))],
  'record.txt': (told) => oursIn(annotated(told, LEAF).split('\n')),
  'record.html': (told) => [oursOf(annotatedHtml(told, LEAF))],
  'each step on a screen': (told) => told.script.steps.flatMap((step) => shownIn(stepHead(step, told))),
  'why, on a screen': (told) => told.script.steps.flatMap((step) => shownIn(ofStep(step, told))),
  'people on a screen': ({ site }) => shownIn(rolesInWords(site)),
}

for (const [place, draw] of Object.entries(PLACES))
  test(`${place}: nothing is drawn that is not there`, () => {
    const quiet = draw(given('a text'))
    assert.ok(quiet.join('\n').length > 20)
    for (const [i, told] of ALL.entries()) assert.deepEqual(draw(told), quiet, HOSTILE[i])
  })

test('the independent reader makes the same record of each', () => {
  const program = `import json, sys
from formats import recordtext
for told in json.load(sys.stdin):
    text = recordtext.text_of([(line["entry"], line["leaf"]) for line in told["lines"]], told["script"], told["site"])
    sys.stdout.write(json.dumps([text, recordtext.page_of(told["opened"], text)]) + "\\n")`
  const options = { cwd: inRepo('test/independent'), input: JSON.stringify(ALL), encoding: 'utf8' } as const
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
  const made = execFileSync('python3', ['-c', program], { ...options, env })
  for (const [i, line] of made.trimEnd().split('\n').entries())
    assert.deepEqual(JSON.parse(line), [annotated(ALL[i]!, LEAF), annotatedHtml(ALL[i]!, LEAF)], HOSTILE[i])
})

test('no row of text is wider than a page, and none holds what could steer a printer', () => {
  for (const told of ALL) {
    for (const row of `${sheetText(sheet(told))}${annotated(told, LEAF)}`.split('\n')) {
      assert.ok(widthOf(row) <= 80, row)
      assert.match(row, /^\P{C}*$/u)
    }
  }
})
