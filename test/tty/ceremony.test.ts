// A whole ceremony at a terminal: three custodians, two witnesses, an exception, a break at which the program ends; then its record, verified.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { comeBack, open, run, SCRIPT, signAndRecord, TAKEN, writeCeremony } from '../support/ceremony-place.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { forge, recordForgeries } from '../support/record-forgeries.ts'
import { left, reply, sit } from '../support/screen.ts'
import type { Terminal } from '../support/terminal.ts'

test('a ceremony is run, broken off and resumed, signed by its witnesses, and verified offline', async () => {
  using place = await partition()
  writeCeremony(place)
  await refuse(place)
  {
    using terminal = run(place)
    await open(terminal)
    for (const id of ['1.1', '1.2']) await TAKEN[id]!(terminal, place)
    await reply(terminal, /step 1\.3[\s\S]*Enter: enter it/, 'e')
    await reply(terminal, /what is not as the script has it/, 'the lamp is broken')
    await reply(terminal, /can the step be taken all the same/, 'y')
    await reply(terminal, /Enter: enter it/, '')
    await reply(terminal, /number of the change\s+change:/, 'CHG-1410')
    for (const id of ['2.1', '2.2', '2.3']) await TAKEN[id]!(terminal, place)
    await reply(terminal, /who stays, 2 at least/, 'Wim de Wit, Olga Ortiz')
    await reply(terminal, /Enter: all are back/, 'q')
    assert.equal(await left(terminal), 0)
    assert.match(terminal.screen(), /step 2\.1 of q4[\s\S]*journal so far/)
  }
  const { findings, numbers } = (await place.data('monitor')).partitions[0]
  const [found] = findings.filter(({ check }: { check: string }) => check === 'ceremony')
  assert.match(found.message, /^the ceremony q4 is open since \S+ \S+ UTC, and stands still before step 2\.4$/)
  assert.deepEqual([found.severity, found.hint], ['warning', 'to go on with it: keyrite ceremony resume q4'])
  assert.ok(JSON.stringify(numbers).includes('"keyrite_ceremony_open"'))
  {
    using terminal = sit(place, ['ceremony', 'resume'])
    await comeBack(terminal, 'AB1234')
    for (const id of ['2.5', '2.6', '2.7']) await TAKEN[id]!(terminal, place)
    await findAway(terminal, place)
    for (const id of ['3.2', '3.3']) await TAKEN[id]!(terminal, place)
    assert.equal(await left(terminal), 0)
  }
  const [{ state, exceptions, signatures }] = (await place.data('ceremony', 'status')).ceremonies
  assert.deepEqual([state, exceptions, signatures], ['closed', 1, 0])
  await signAndRecord(place)
  const { anchor } = await place.data('partition', 'show')
  const told = await verify(place, 'record', '--anchor', anchor)
  assert.deepEqual(told.json.data.witnesses, [
    { name: 'Ada Audit', role: 'auditor' },
    { name: 'Wim de Wit', role: 'witness' },
  ])
  assert.match(told.json.data.notRecomputed.join(), /^tool\.sha256 of step 2\.7: [0-9a-f]{64}$/)
  assert.match(
    readFileSync(place.path('record/record.txt'), 'utf8'),
    /EXCEPTION at step 1\.3\n {4}what {4}\| the lamp is broken/,
  )
  await inspectAll(place)
  checkWithSsh(place)
  await findForgeries(place)
})

test('a change beside an open ceremony: its plan says so, the ceremony tells of it before it goes on, and its verification where to look', async () => {
  using place = await partition()
  writeCeremony(place)
  {
    using terminal = run(place)
    await open(terminal)
    await TAKEN['1.1']!(terminal, place)
    await reply(terminal, /step 1\.2[\s\S]*Enter: /, 'p')
    await reply(terminal, /who stays, 2 at least/, 'Wim de Wit, Olga Ortiz')
    assert.equal(await left(terminal), 0)
  }
  const { stderr, code } = await place.keyrite(['key', 'generate', 'beside', '--type', 'aes-256', ...by(place)])
  assert.equal(code, 0)
  assert.match(
    stderr.replaceAll(/\s+/g, ' '),
    / ceremony q4 is under way, and this is NO STEP of it: its verification will say so /,
  )
  const { seq } = place.records().findLast(({ type }) => type === 'intent')
  {
    using terminal = sit(place, ['ceremony', 'resume'])
    await comeBack(terminal)
    const asked = new RegExp(
      `record ${seq} \\(key[.]generate\\) belongs to no step: somebody worked beside the\\s+script`,
    )
    await terminal.waitFor(asked)
    await reply(terminal, /what is to be said of that/, 'an incident, INC-7')
    await TAKEN['1.2']!(terminal, place)
    // It was told of once.
    await reply(terminal, /step 1\.3[\s\S]*Enter: /, 'p')
    await reply(terminal, /who stays, 2 at least/, 'Wim de Wit, Olga Ortiz')
    assert.equal(await left(terminal), 0)
  }
  const [{ exceptions }] = (await place.data('ceremony', 'status')).ceremonies
  assert.equal(exceptions, 1)
})

/** The medium with the photo is not there at first: nothing of the step is in the journal until it is. */
async function findAway(terminal: Terminal, place: TestPartition): Promise<void> {
  const photo = place.path('photo.jpg')
  renameSync(photo, `${photo}.away`)
  await TAKEN['3.1']!(terminal, place)
  await reply(terminal, /nothing is attached yet[\s\S]*Enter: attach it/, '?')
  renameSync(`${photo}.away`, photo)
  await terminal.waitFor(/script {6}q4, version 1\s+code/)
  await reply(terminal, /the ceremony goes on; a pause ends the program[\s\S]*Enter: attach it/, '')
}

/** Before anybody is asked. */
async function refuse(place: TestPartition): Promise<void> {
  for (const [from, to, said] of [
    ['[requires]', '[requires]\nrehearsal = "P14D"', /requires a rehearsal within P14D/],
    [
      '["key","rotate","card"]',
      '["partition", "init", "pay", "--module", "{site.photo}", "--custodian", "alice", "--custodian", "bob", "--threshold", "2"]',
      /CEREMONY-(BEGINS|POSSIBLE)/,
    ],
  ] as const) {
    writeFileSync(place.path('odd.toml'), SCRIPT.replace(from, to))
    using terminal = sit(place, ['ceremony', 'run', 'odd.toml', '--site', 'q4.site.toml'])
    assert.equal(await left(terminal), 3)
    assert.match(terminal.screen(), said)
  }
}

/** What each file of a ceremony says of itself. */
async function inspectAll(place: TestPartition): Promise<void> {
  const told = async (file: string) => (await place.keyrite(['inspect', file])).json.data
  const [script, site] = [await told('q4.toml'), await told('q4.site.toml')]
  assert.deepEqual([script.kind, script.name, script.steps], ['ceremony-script', 'q4', 14])
  assert.deepEqual([site.kind, site.place, site.people], ['ceremony-site', 'Vault 2', 6])
  const [journal, head] = [await told('record/journal.jsonl'), await told('record/head')]
  assert.deepEqual(
    [journal.kind, journal.steps, journal.exceptions, journal.last],
    ['ceremony-journal', 13, 1, 'closed'],
  )
  assert.deepEqual([head.kind, head.name, head.journal], ['ceremony-head', 'q4', journal.journal])
  const record = await told('record')
  assert.deepEqual(
    [record.kind, record.signed, record.journal],
    ['ceremony-record', 'auditor-1, witness-1', head.journal],
  )
  const signature = await told('record/witness-1.sig')
  assert.deepEqual([signature.kind, signature.for], ['witness-signature', 'keyrite-ceremony'])
  assert.match(signature.by, /^ssh-ed25519 SHA256:\S{43}$/)
}

const verify = (place: TestPartition, folder: string, ...more: string[]) =>
  place.keyrite(['ceremony', 'verify', folder, '--ledger', 'pay.ledger', ...more])

/** By Debian's own program. */
function checkWithSsh(place: TestPartition): void {
  writeFileSync(place.path('signers'), `wim ${readFileSync(place.path('witness.pub'), 'utf8')}`)
  const args = ['-Y', 'verify', '-f', place.path('signers'), '-I', 'wim', '-n', 'keyrite-ceremony', '-s']
  const input = readFileSync(place.path('record/head'))
  const said = execFileSync('ssh-keygen', [...args, place.path('record/witness-1.sig')], { input, encoding: 'utf8' })
  assert.match(said, /^Good "keyrite-ceremony" signature for wim/)
}

/** Each is named by its rule; others may be named beside it. */
async function findForgeries(place: TestPartition): Promise<void> {
  const missed: string[] = []
  for (const [i, forgery] of recordForgeries.entries()) {
    const folder = `forged-${i}`
    forge(forgery, place.path(folder), place)
    const { code, json } = await verify(place, folder)
    const faults = (json.error?.data?.faults ?? json.data?.faults ?? [json.error]) as { code: string }[]
    const codes = faults.map((fault) => fault?.code)
    if (code !== 5 || !codes.includes(forgery.rule)) missed.push(`${forgery.rule}: ${forgery.what}: ${code} ${codes}`)
  }
  assert.deepEqual(missed, [])
  const folders = ['record', ...recordForgeries.map((_, i) => `forged-${i}`)]
  const args = [inRepo('test/independent/ceremony.py'), place.path('pay.ledger'), ...folders]
  const verdicts = JSON.parse(execFileSync('python3', args, { cwd: place.folder.dir, encoding: 'utf8' }))
  assert.deepEqual(verdicts.record, [])
  assert.deepEqual(
    recordForgeries
      .filter(({ rule }, i) => !verdicts[`forged-${i}`].includes(rule))
      .map(({ rule, what }) => `${rule}: ${what}`),
    [],
  )
}
