// Reports of ledgers that tell of everything: the same bytes as of a time whatever came later, in each form, and found out where they were changed.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, mock, test } from 'node:test'
import { treeOf } from '../../src/docs/generate.ts'
import { reportCsv } from '../../src/views/reports/csv.ts'
import { reportHtml } from '../../src/views/reports/html.ts'
import { reportMarkdown } from '../../src/views/reports/markdown.ts'
import { askedIn, digestOf, REPORT_KINDS, type Report, reportJson } from '../../src/views/reports/shape.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { commandsOf } from '../support/commands.ts'
import { perform } from '../support/in-process.ts'
import { recordOf, textOf } from '../support/ledger.ts'
import { ManifestStory } from '../support/manifest-story.ts'
import { inRepo } from '../support/paths.ts'
import { makeFolder } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'

const folder = makeFolder('report')
const path = (name: string) => join(folder, name)
const report = (...args: string[]) => perform(['report', ...args], { home: path('nowhere') })
const of = (ledger: string) => ['--ledger', path(ledger)]
const KEY = 'payments/card-dek'

let cast: Cast
let story: Story
/** Of record 60, and the next one's is later. */
let then = ''

before(async () => {
  cast = await newCast()
  story = Story.tell(cast)
  then = recordOf(story.lines[60]!).time
  writeFileSync(path('whole'), story.text)
  writeFileSync(path('then'), textOf(story.lines.slice(0, 61)))
})

const independently = (file: string, ledger: string): string =>
  execFileSync('python3', [inRepo('test', 'independent', 'report.py'), path(file), path(ledger)], { encoding: 'utf8' })

async function made(kind: string, ledger: string, ...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await report(kind, ...of(ledger), '--as-of', then, ...more)
  assert.equal(code, 0, stderr)
  return stdout
}

test('a report as of a time is the same bytes, whatever came later, and each form says the same digest', async () => {
  for (const kind of REPORT_KINDS) {
    const args = kind === 'access' ? [KEY] : []
    const json = await made(kind, 'whole', ...args, '--format', 'json')
    assert.equal(await made(kind, 'then', ...args, '--format', 'json'), json)
    const data: Report = JSON.parse(json)
    assert.equal(reportJson(data), json)
    assert.equal(digestOf(data), data.digest)
    assert.deepEqual([data.records, data.last.seq, data.asOf], [61, 60, then])
    for (const form of ['md', 'csv', 'html']) {
      const text = (await made(kind, 'whole', ...args, '--format', form)).replaceAll('<wbr>', '')
      assert.ok(text.includes(data.digest), form)
      assert.equal(askedIn(text)?.kind, kind)
    }
  }
})

test('a recovery that was taken up is not said to be open, and what was open then is', async () => {
  const { sections }: Report = JSON.parse(await made('dual-control', 'whole', '--format', 'json'))
  const results = sections.find(({ id }) => id === 'changes')!.rows.map(({ result }) => result)
  assert.deepEqual(
    results.filter((result) => /open|interrupted/.test(`${result}`)),
    ['interrupted, taken up by record 33', 'open', 'open'],
  )
})

test('access tells who did what with a key: as the records have it', async () => {
  const { sections, findings }: Report = JSON.parse(await made('access', 'whole', `${KEY}#1`, '--format', 'json'))
  const rows = (id: string) => sections.find((one) => one.id === id)!.rows
  assert.deepEqual(
    rows('life').map(({ state, operation }) => [state, operation]),
    [
      ['active', 'key.generate'],
      ['deactivated', 'key.rotate'],
    ],
  )
  const rotated = rows('changes').find((row) => row.operation === 'key.rotate' && row.result === 'done')!
  const { approvals } = recordOf(story.lines[Number(rotated.record)]!)
  const seats = approvals.map((one: Record<string, string>) => `${one.custodian} of ${one.group}, epoch ${one.epoch}`)
  assert.deepEqual(rotated['approved by'], seats)
  assert.match(
    findings.map(({ message }) => message).join('\n'),
    /no manifest is in force: nothing is judged by policy/,
  )
  assert.match(findings.map(({ message }) => message).join('\n'), /4 attempts were refused/)
})

test('of a CA key there are its certificate, the request and the certificate of the other, and its lists', async () => {
  const ca = recordOf(story.lines.find((line) => line.includes('"op":"cert.root"'))!).plan.keys[0].name
  const { sections }: Report = JSON.parse((await report('access', ca, ...of('whole'), '--format', 'json')).stdout)
  const rows = (id: string) => sections.find((one) => one.id === id)!.rows
  assert.deepEqual(
    rows('certified').map(({ what }) => what),
    ['request', 'request', 'certificate of its own'],
  )
  const signed = rows('signed')
  assert.match(signed.map(({ what }) => what).join(), /^certificate of its own,certificate.*,revocation list 1: /)
  const issued = signed.find(({ request }) => request !== undefined)!
  assert.match(`${issued.request}`, /, sha256 [0-9a-f]{64}$/)
  assert.match(`${issued.serial} ${issued.until} ${issued.file}`, /^[0-9a-f]+ \S+Z \S+/)
})

test('python and openssl come to the same digest, anchor, root and approvals', async () => {
  writeFileSync(path('e.json'), await made('evidence', 'whole', '--format', 'json'))
  const check = (file: string) => independently(file, 'whole')
  assert.match(check('e.json'), /^digest, anchor and root hold; [1-9]\d* approvals by openssl\n$/)
  const data: Report = JSON.parse(readFileSync(path('e.json'), 'utf8'))
  const row = data.sections
    .find(({ id }) => id === 'changes')!
    .rows.find((one) => one.operation === 'key.rotate' && one.result === 'done')!
  row['approved by'] = ['carol of ops, epoch 1']
  writeFileSync(path('forged.json'), reportJson({ ...data, digest: digestOf(data) }))
  assert.throws(() => check('forged.json'), /what is said of record \d+ does not hold/)
})

test('made by a clock that is behind the ledger, a report stays what the ledger gives when records of that very time follow', async () => {
  let data = {} as Report
  const last = recordOf(story.lines.at(-1)!)
  const goOn = (time: string) => {
    const later = new Story(cast, { more: (record) => void (record.time = time) })
    later.goOnAfter(story.lines)
    later.note('more')
    return later.text
  }
  mock.timers.enable({ apis: ['Date'], now: Date.parse(last.time) - 3_600_000 })
  try {
    const { code, stdout, stderr } = await report('keys', ...of('whole'), '--format', 'json')
    assert.equal(code, 0, stderr)
    assert.match(stderr, /is to come: records may follow/)
    writeFileSync(path('ahead.json'), stdout)
    data = JSON.parse(stdout)
    assert.deepEqual([data.asOf, data.through], [last.time, last.seq])
    writeFileSync(path('then-too'), goOn(last.time))
    for (const ledger of ['whole', 'then-too']) {
      const verified = await report('verify', path('ahead.json'), ...of(ledger), '--json')
      assert.deepEqual([verified.code, verified.json.data.later], [0, ledger === 'whole' ? 0 : 1])
      assert.match(independently('ahead.json', ledger), /hold/)
      const again = await report(...data.command.split(' ').slice(2), ...of(ledger), '--format', 'json')
      assert.equal(again.stdout, stdout)
    }
  } finally {
    mock.timers.reset()
  }
  const command = data.command.replace(`${last.seq}`, `${last.seq - 2}`)
  assert.equal((await report(...command.split(' ').slice(2), ...of('whole'))).code, 2, 'it would leave one out')
})

describe('verify', () => {
  const verify = async (file: string, ledger: string) => {
    const { code, json } = await report('verify', path(file), ...of(ledger), '--json')
    return [code, json.error?.code ?? json.data.digest, json.error?.message]
  }

  test('what the ledger gives, in each form, and what was changed', async () => {
    for (const form of ['md', 'json', 'csv', 'html']) {
      const text = await made('access', 'then', KEY, '--format', form)
      writeFileSync(path(form), text)
      assert.equal((await verify(form, 'whole'))[0], 0, form)
      writeFileSync(path(form), text.replaceAll(/bob of ops/g, 'carol of ops'))
      const [code, rule, message] = await verify(form, 'whole')
      assert.deepEqual([code, rule], [5, 'REPORT-DIFFERS'])
      assert.match(message, form === 'json' ? /its data digest is not of its data/ : /line \d+ differs$/)
    }
  })
  test('what is left out, what is of another ledger, and what is no report', async () => {
    const data: Report = JSON.parse(await made('dual-control', 'whole', '--format', 'json'))
    data.sections[1]!.rows.pop()
    writeFileSync(path('short'), reportJson({ ...data, digest: digestOf(data) }))
    assert.match((await verify('short', 'whole')).join(), /^5,REPORT-DIFFERS,.*: sections differs$/)
    writeFileSync(path('other'), Story.tell(await newCast(), 70).text)
    writeFileSync(path('good'), await made('dual-control', 'whole'))
    assert.match((await verify('good', 'other')).join(), /^5,REPORT-DIFFERS,/)
    writeFileSync(
      path('early'),
      readFileSync(path('good'), 'utf8').replaceAll(/--as-of \S+Z/g, '--as-of 2001-01-01T00:00:00.000Z'),
    )
    assert.match(
      (await verify('early', 'whole')).join(),
      /^5,REPORT-DIFFERS,.*: of 2001-01-01T00:00:00.000Z it tells nothing$/,
    )
    assert.match((await verify('whole', 'whole')).join(), /^5,REPORT-FILE,/)
    writeFileSync(path('cut'), reportJson(data).slice(0, -100))
    assert.match((await verify('cut', 'whole')).join(), /^5,REPORT-DIFFERS,.*line 1 differs$/)
  })
  test('a ledger that breaks a rule gives no report, and a time to come neither', async () => {
    writeFileSync(path('broken'), story.text.replace('"seq":2,', '"seq":3,'))
    const broken = await report('keys', ...of('broken'), '--json')
    assert.deepEqual([broken.code, broken.json.error.code], [5, 'CHAIN-SEQ'])
    const early = await report('keys', ...of('whole'), '--as-of', '2001-01-01', '--json')
    assert.equal(early.code, 2)
    const late = await report('keys', ...of('whole'), '--as-of', '2999-01-01', '--json')
    assert.match(late.json.error.message, /is to come/)
    // The clock of whoever verifies may be behind.
    writeFileSync(path('later'), (await report('keys', ...of('whole'), '--format', 'json')).stdout)
    mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-06T00:00:00.000Z') })
    const ahead = await report('verify', path('later'), ...of('whole'))
    mock.timers.reset()
    assert.equal(ahead.code, 0)
    assert.match(ahead.stderr, /by the clock of this machine .* is to come/)
    const nobody = await report('access', 'nobody', ...of('whole'), '--json')
    assert.deepEqual([nobody.code, nobody.json.error.code], [3, 'KEY-EXISTS'])
    const behind = await report('keys', ...of('whole'), '--since', '2026-02-01', '--until', '2026-01-01', '--json')
    assert.equal(behind.code, 2)
  })
})

test('where a manifest is in force, it judges: what is due, what nothing is judged by, and which duties are overdue', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.parse('2027-06-01T00:00:00.000Z') })
  writeFileSync(path('by'), ManifestStory.whole(cast).text)
  const told = async (...args: string[]): Promise<Report> =>
    JSON.parse((await report(...args, ...of('by'), '--format', 'json', '--as-of', '2027-05-01')).stdout)
  const found = ({ findings }: Report) => findings.map(({ message }) => message).join('\n')
  const keys = await told('keys')
  assert.match(found(keys), /^by the manifest in force it is due to publish: dek#3; since 2026-12-\d\d/m)
  assert.match(found(keys), /1 key version that the manifest does not name, and that nothing is judged by: other#1/)
  assert.doesNotMatch(found(keys), /no manifest is in force/)
  const list = (...args: string[]) => perform(['key', 'list', '--due', ...args, ...of('by')], { home: path('nowhere') })
  const listed = await list('--by', '2027-06-02')
  assert.match(listed.stdout, /^dek#3 +publish /m)
  assert.match(listed.stdout, /^duty: partition\.check: never, counted from 2026-01-\d\d, due since 2026-04-\d\d$/m)
  assert.equal((await list('--by', '2027-06-02', '--json')).json.data.by, '2027-06-02T23:59:59.999Z')
  const ofKeys = await list('dek', '--json')
  assert.deepEqual(ofKeys.json.data.duties, [])
  assert.equal((await list('other', '--fail-if-due', '--json')).code, 0)
  const evidence = await told('evidence')
  assert.match(found(evidence), /^overdue since 2026-04-\d\dT.*: partition\.check, never done, counted from 2026-01-/m)
  const standing = ({ sections }: Report) => sections.find(({ id }) => id === 'duties')!.rows[0]!.standing
  assert.equal(standing(evidence), 'overdue, never done')
  const early = JSON.parse((await report('evidence', ...of('by'), '--format', 'json', '--as-of', '2026-03-31')).stdout)
  assert.equal(standing(early), 'not done yet, and not due')
  assert.doesNotMatch(found(early), /partition\.check/)
  const access = await told('access', 'dek#2')
  const users = access.sections.find(({ id }) => id === 'may-use')!.rows
  assert.deepEqual(
    users.map(({ application, may }) => [application, may]),
    [['till', ['encrypt', 'decrypt']]],
  )
  assert.doesNotMatch(found(access), /other#1|dek#1/)
  const tokens = access.sections.find(({ id }) => id === 'app-changes')!.rows
  assert.deepEqual(
    tokens.map(({ operation, applications, result }) => [operation, applications, result]),
    [['app.init', ['till'], 'done']],
  )
  writeFileSync(path('by.json'), reportJson(evidence))
  assert.match(independently('by.json', 'by'), / approvals by openssl/)
  mock.timers.reset()
})

test('the page of requirements names commands that there are, and says of each row what shows it', () => {
  const page = readFileSync(inRepo('docs', 'requirements.md'), 'utf8')
  const known = commandsOf(treeOf('0')).map(({ words }) => words.join(' '))
  const named = [...page.matchAll(/`(keyrite [^`]+)`/g)].map(([, line]) => line!)
  assert.ok(named.length > 50)
  for (const line of named)
    assert.ok(
      known.some((words) => `${line} `.startsWith(`${words} `) && words !== 'keyrite'),
      line,
    )
  const rows = page
    .split('\n## ')
    .slice(2)
    .flatMap((part) =>
      part
        .split('\n')
        .filter((row) => row.startsWith('| '))
        .slice(1),
    )
  for (const row of rows) assert.match(row, /`keyrite |people attest|as PCI DSS 3|as 3\.6/, row)
})

test('nothing that a ledger holds is more than text', async () => {
  const data: Report = JSON.parse(await made('dual-control', 'then', '--format', 'json'))
  const odd = [
    '=HYPERLINK("http://x")',
    '<script src="http://x"></script>',
    '| a | **b** [c](http://x) `d`',
    '  -1+cmd|x',
    '@x',
    '"',
    'a;=b',
    '<img/src=x/onerror=alert(1)>',
  ]
  const row = { record: 1, time: then, operation: odd[0]!, said: odd, result: odd[3]!, keys: odd[2]!, plan: odd[4]! }
  data.sections = [{ ...data.sections[1]!, title: odd[1]!, rows: [row] }]
  data.findings = odd.map((message) => ({ severity: 'note', message }))
  const html = reportHtml(data)
  assert.doesNotMatch(
    html,
    /<(?!\/?(html|head|meta|title|style|body|h1|h2|dl|dt|dd|p|ul|li|b|table|thead|tbody|tr|th|td|div|span|time|wbr|br|!DOCTYPE)\b)/,
  )
  assert.doesNotMatch(html, /<[^>]*\b(src|href|on\w+)\s*=|url\(|@import/)
  const cells = reportCsv(data).split(/\r\n|,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
  assert.deepEqual(
    cells.filter((cell) => /^"?\s*[=+\-@]/.test(cell)),
    [],
  )
  // Where a semicolon parts cells.
  assert.doesNotMatch(reportCsv(data), /;\s*[=+\-@]/)
  const md = reportMarkdown(data)
  assert.doesNotMatch(md, /<(?!br>)|(?<!\\)\[c|https?:\/\/|(?<!\\)`/)
  const table = md.split('\n').filter((line) => line.startsWith('| '))
  assert.equal(new Set(table.map((line) => line.replaceAll('\\|', '').split('|').length)).size, 1)
})
