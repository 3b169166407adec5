// Checkpoints as signed notes, good and bent, before two verifiers that share no line: one verdict, and it is the right one.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ledgersOf } from '../../src/ledger/ledgers.ts'
import { auditText, checkpointOf, ruleOf } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { newSigner } from '../support/custody.ts'
import { readCases } from '../support/independent.ts'
import { makeFolder } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'

const { readText } = ledgersOf({
  pid: process.pid,
  clock: () => new Date(),
  tool: { name: 'keyrite', version: '0.1.0' },
  host: { user: 'ops', name: 'host' },
})
const path = join(makeFolder('notes'), 'note')

const ours = (ledger: string, note: Uint8Array): string => {
  writeFileSync(path, note)
  return ruleOf(() => auditText(ledger, { checkpoints: [readText(path)] }))
}

/** A ledger of two records, and a note of it. */
async function noted(alg: 'ES256' | 'EdDSA' | 'PS256') {
  const cast = { ...(await newCast()), audit: newSigner(alg) }
  const { text: ledger, lines } = Story.forge(cast, { note: () => {} })
  return { ledger, cast, note: await checkpointOf(lines, cast.partition, cast.audit) }
}

const byWitness = (name: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.from('\u2014 '), Buffer.from(name as string), Buffer.from(' AAAAAAAA\n')])

test('a note by each kind of audit key, and one that is bent: both verifiers say the same', async () => {
  const [es, ed, ps] = await Promise.all([noted('ES256'), noted('EdDSA'), noted('PS256')])
  const { ledger, note, cast } = es
  const other = await checkpointOf(Story.forge(cast, { created: () => {} }).lines, cast.partition, cast.audit)
  const wrongLine = other.slice(other.indexOf('\u2014'))
  const beside = (name: string | Uint8Array) => ({ ledger, note: Buffer.concat([Buffer.from(note), byWitness(name)]) })
  const rows: [rule: string, what: string, { ledger: string; note: Uint8Array }][] = [
    ...[es, ed, ps].map((one): (typeof rows)[number] => [
      'none',
      one.cast.audit.key.alg,
      { ledger: one.ledger, note: Buffer.from(one.note) },
    ]),
    ['none', 'a line by a witness', beside('witness.example/w')],
    ['CHECKPOINT-SIGNED', 'a wrong line by the same key', { ledger, note: Buffer.from(note + wrongLine) }],
    [
      'CHECKPOINT-SIGNED',
      'a wrong line before it',
      { ledger, note: Buffer.from(note.replace('\u2014', `${wrongLine}\u2014`)) },
    ],
    ['FILE-TEXT', 'a name that is no UTF-8', beside(Buffer.from('w\xff', 'latin1'))],
    ...['\u001c', '\u0085', '\ufeff', '\u00a0', '\u200b', '\t', '+', 'e\u0301'].map((char): (typeof rows)[number] => [
      'CHECKPOINT-SHAPE',
      `a name with U+${char.codePointAt(0)!.toString(16)}`,
      beside(`wit${char}ness`),
    ]),
  ]
  const theirs = await readCases(rows.map(([, , one]) => one))
  for (const [i, [rule, what, one]] of rows.entries()) {
    assert.equal(ours(one.ledger, one.note), rule, what)
    assert.equal(theirs[i] === 'none', rule === 'none', `${what}: theirs ${theirs[i]}`)
  }
})
