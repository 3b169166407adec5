// Forgeries of a ceremony's record: what is bent, by somebody who may have the station's key, and the rule that finds it.
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonical } from '../../src/domain/canonical.ts'
import { pae, utf8 } from '../../src/domain/encoding.ts'
import { leafOf } from '../../src/domain/record.ts'
import { signHead } from './ceremony-place.ts'
import type { TestPartition } from './partition.ts'
import { attempt, changed, insert, type Lines, type RecordForgery, resigned, step, without } from './record-bending.ts'
import { stepForgeries } from './step-forgeries.ts'

export const recordForgeries: RecordForgery[] = [
  ...stepForgeries,
  {
    rule: 'JOURNAL-SIGNED',
    what: 'a value is changed',
    lines: changed('1.3', ({ values }) => void (values.change = 'CHG-9999')),
  },
  { rule: 'JOURNAL-CHAIN', what: 'a line is dropped', lines: (lines) => lines.toSpliced(3, 1) },
  {
    rule: 'JOURNAL-CHAIN',
    what: 'two lines changed places',
    lines: (lines) => [...lines.slice(0, 2), lines[3], lines[2], ...lines.slice(4)],
  },
  { rule: 'JOURNAL-END', what: 'it is cut behind a line', lines: (lines) => lines.slice(0, -2) },
  {
    rule: 'JOURNAL-END',
    what: 'it is cut within a line',
    files: (folder) => edit(folder, 'journal.jsonl', (text) => text.slice(0, -40)),
  },
  { rule: 'JOURNAL-LINE', what: 'a member that has no name', lines: changed('1.1', (entry) => void (entry.zz = 1)) },
  {
    rule: 'CEREMONY-FILES',
    what: 'another script',
    files: (folder) => edit(folder, 'script.toml', (text) => text.replace('aloud', 'to himself')),
  },
  {
    rule: 'CEREMONY-FILES',
    what: 'another site',
    files: (folder) => edit(folder, 'site.toml', (text) => text.replace('Vault 2', 'Vault 3')),
  },
  {
    rule: 'RECORD-FILES',
    what: 'another photo',
    keepsManifest: true,
    files: (folder) => edit(folder, attachment(folder), () => 'another photo'),
  },
  {
    rule: 'RECORD-FILES',
    what: 'a file that nobody named',
    keepsManifest: true,
    files: (folder) => writeFileSync(join(folder, 'more'), 'x'),
  },
  ...['record.txt', 'record.html', 'head'].map(
    (name): RecordForgery => ({
      rule: 'RECORD-FILES',
      what: `another ${name}, and a manifest of it`,
      files: (folder) => edit(folder, name, (text) => text.replace(/[0-9]/, (digit) => `${9 - Number(digit)}`)),
    }),
  ),
  {
    rule: 'RECORD-FILES',
    what: 'another photo, and a manifest of it',
    files: (folder) => edit(folder, attachment(folder), () => 'another photo'),
  },
  {
    rule: 'RECORD-FILES',
    what: 'no photo, and a manifest without it',
    files: (folder) => rmSync(join(folder, attachment(folder))),
  },
  {
    rule: 'RECORD-FILES',
    what: 'a file more, and a manifest of it',
    files: (folder) => writeFileSync(join(folder, 'summary.pdf'), 'all went well'),
  },
  { rule: 'JOURNAL-SIGNED', what: 'another station signs it', by: 'stranger' },
  resigned('CEREMONY-OPENING', 'another beginning', ([first]) => void (first.entry.host.user = 'nobody')),
  resigned('CEREMONY-CLOCK', 'a clock that nobody read', ([first]) => void delete first.entry.clock),
  resigned(
    'CEREMONY-CLOCK',
    'a clock that is far off',
    ([first]) => void (first.entry.clock = { host: '2026-01-05T08:00:00.000Z', wall: '2026-01-05T08:01:00.001Z' }),
  ),
  resigned('CEREMONY-REHEARSAL', 'that of a rehearsal', ([first]) => void (first.entry.mode = 'rehearsal')),
  resigned(
    'STEP-MARKED',
    'what was done before the quorum approved',
    changed('1.3', ({ values }) => void (values.change = 'CHG-9999')),
  ),
  resigned(
    'STEP-MARKED',
    'other plans',
    changed('2.1', (entry) => void (entry.plans = [Buffer.alloc(32).toString('base64url')])),
  ),
  resigned('STEP-ONCE', 'a step is taken twice', (lines) => insert(lines, '3.2', structuredClone(step(lines, '3.2')))),
  resigned('STEP-MISSING', 'a step is not taken', (lines) => without(lines, '3.2')),
  resigned('STEP-ORDER', 'two steps are taken the other way round', (lines) =>
    insert(without(lines, '3.1'), '3.2', step(lines, '3.1')),
  ),
  resigned(
    'STEP-KNOWN',
    'a step that the script does not have',
    changed('3.1', (entry) => void (entry.step = '9.9')),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'another command',
    changed('3.3', ({ command }) => void command.push('--json')),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'another end of it',
    changed('3.3', (entry) => void (entry.exit = 3)),
  ),
  resigned('STEP-AS-WRITTEN', 'a command that the step does not say, as one that failed', (lines) =>
    insert(lines, '3.2', attempt(lines, { type: 'failed', command: ['key', 'generate', 'evil'], exit: 3 })),
  ),
  resigned('STEP-AS-WRITTEN', 'a recovery that is none', (lines) =>
    insert(lines, '3.2', attempt(lines, { step: '3.3/recover', command: ['key', 'generate', 'evil'] })),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'a change that another command makes',
    changed('2.1', ({ command }) => void command.splice(0, 2, 'key', 'destroy')),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'somebody else',
    changed('3.2', (entry) => void (entry.by[0].roles = ['operator'])),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'another code was compared',
    changed('2.2', ({ values }) => void (values['plan.code'] = 'x')),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'a number that is none',
    changed('2.3', ({ values }) => void (values.bag = '12')),
  ),
  resigned(
    'CEREMONY-BESIDE',
    'records of nobody: work beside the script',
    changed('2.1', (entry) => void delete entry.records),
  ),
  resigned('CEREMONY-SPAN', 'a record before the opening', (lines) => {
    const { entry } = step(lines, '3.1')
    entry.records = [{ seq: 0, leaf: 'A'.repeat(43) }]
    return undefined
  }),
  resigned('CEREMONY-SPAN', 'a step behind the end', (lines) => {
    const last = step(lines, '3.3').entry
    step(lines, '3.2').entry.records = last.records
    delete last.records
    delete last.plans
    return undefined
  }),
  resigned(
    'RECORD-LISTED',
    'a record that is not there',
    changed('2.1', ({ records }) => void (records[0].seq = 999)),
  ),
  resigned('CEREMONY-CLOSING', 'exceptions are counted otherwise', (lines) =>
    lines.filter(({ entry }) => entry.type !== 'exception'),
  ),
  {
    rule: 'WITNESS-HEAD',
    what: 'a witness signed something else',
    files: (folder, place) => {
      writeFileSync(place.path('other'), 'something else')
      cpSync(signHead(place, 'witness', place.path('other')), join(folder, 'witness-1.sig'))
      rmSync(place.path('other.sig'))
    },
  },
  {
    rule: 'WITNESS-MISSING',
    what: 'a witness has not signed',
    files: (folder) => rmSync(join(folder, 'auditor-1.sig')),
  },
  {
    rule: 'WITNESS-KNOWN',
    what: 'one signs in the role of another',
    files: (folder) => cpSync(join(folder, 'witness-1.sig'), join(folder, 'auditor-1.sig')),
  },
  {
    rule: 'WITNESS-FILE',
    what: 'a signature that is none',
    files: (folder) => writeFileSync(join(folder, 'witness-1.sig'), 'signed'),
  },
]

const attachment = (folder: string): string =>
  readdirSync(folder).find((name) => name.endsWith('.att') && readFileSync(join(folder, name), 'utf8') === 'a photo')!

function edit(folder: string, name: string, change: (text: string) => string): void {
  writeFileSync(join(folder, name), change(readFileSync(join(folder, name), 'utf8')))
}

/** A bent copy of the record, and where it lies. */
export function forge({ lines, by, files, keepsManifest }: RecordForgery, folder: string, place: TestPartition): void {
  cpSync(place.path('record'), folder, { recursive: true })
  if (lines || by) {
    const path = join(folder, 'journal.jsonl')
    const all: Lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const bent = lines?.(all) ?? all
    const texts = by ? chained(bent, keyOf(by, place)) : bent.map((line) => canonical(line))
    writeFileSync(path, texts.map((text) => `${text}\n`).join(''))
    if (by) signAll(folder, texts.at(-1)!, bent, place)
  }
  files?.(folder, place)
  if (!keepsManifest) writeManifest(folder)
}

const keyOf = (by: 'station' | 'stranger', place: TestPartition): KeyObject =>
  by === 'station'
    ? createPrivateKey(readFileSync(place.path('home', 'pay', 'station.key')))
    : generateKeyPairSync('ed25519').privateKey

function chained(lines: Lines, key: KeyObject): string[] {
  const texts: string[] = []
  for (const [seq, { entry, signature }] of lines.entries()) {
    const prev = texts.length === 0 ? null : Buffer.from(leafOf(texts.at(-1)!)).toString('base64url')
    const time = seq === 0 || entry.time >= lines[seq - 1].entry.time ? entry.time : lines[seq - 1].entry.time
    Object.assign(entry, { seq, prev, time })
    const value = sign(null, pae('application/vnd.keyrite.journal+json', utf8(canonical(entry))), key).toString(
      'base64url',
    )
    texts.push(canonical({ entry, signature: { ...signature, value } }))
  }
  return texts
}

/** The witnesses are with the forger: only what they can not know finds it. */
function signAll(folder: string, last: string, lines: Lines, place: TestPartition): void {
  const { name, partition, script } = lines[0].entry
  const journal = Buffer.from(leafOf(last)).toString('base64url')
  writeFileSync(
    join(folder, 'head'),
    `${canonical({ head: { format: 'keyrite.ceremony-head/1', name, partition, script, journal } })}\n`,
  )
  for (const role of ['witness', 'auditor']) {
    const made = signHead(place, role, join(folder, 'head'))
    cpSync(made, join(folder, `${role}-1.sig`))
    rmSync(made)
  }
}

function writeManifest(folder: string): void {
  rmSync(join(folder, 'manifest.json'))
  const files = readdirSync(folder).map((name) => {
    const bytes = readFileSync(join(folder, name))
    return { name, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }
  })
  writeFileSync(
    join(folder, 'manifest.json'),
    `${canonical({ manifest: { format: 'keyrite.ceremony-record/1', files } })}\n`,
  )
}
