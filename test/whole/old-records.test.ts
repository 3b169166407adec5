// An old record that was changed in the file, with the index of the last change beside it: who reads it is told, and a SIEM never sees it.
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { EXPORT_FORMATS } from '../../src/cli/options.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import { leafOf } from '../../src/domain/record.ts'
import { indexIn } from '../../src/ledger/index-file.ts'
import { OpenIndex } from '../../src/ledger/open-index.ts'
import { perform } from '../support/in-process.ts'
import { partition, type TestPartition } from '../support/partition.ts'

let whole: TestPartition
before(async () => {
  whole = await partition()
  await whole.data('key', 'suspend', 'card', '--reason', 'a pause', ...whole.approvedBy('alice', 'bob'))
})
after(() => whole[Symbol.dispose]())

const linesOf = (place: TestPartition): string[] => readFileSync(place.ledger, 'utf8').trimEnd().split('\n')

const indexed = (place: TestPartition) => OpenIndex.of(indexIn(join(place.home, 'pay')), place.ledger)?.seq

/** Of record 1 the second approver has another name, as long. */
function edit(place: TestPartition, more: How): void {
  const lines = linesOf(place)
  const seen = indexed(place)!
  const edited = lines[1]!.replace('"custodian":"bob"', '"custodian":"eve"')
  assert.notEqual(edited, lines[1])
  writeFileSync(place.ledger, `${more(lines.with(1, edited), seen).join('\n')}\n`)
  assert.deepEqual([seen, indexed(place)], [4, 4])
}

type How = (lines: string[], seen: number) => string[]

/** Each line names the one before it again, but for the last of which the index tells. */
const chained: How = (lines, seen) => {
  for (let seq = 2; seq < seen; seq++)
    lines[seq] = lines[seq]!.replace(/"prev":"[\w-]{43}"/, `"prev":"${toBase64url(leafOf(lines[seq - 1]!))}"`)
  return lines
}

const HOW: { [how: string]: How } = { 'as it is': (lines) => lines, 'chained anew': chained }

describe('an old record that was changed', { concurrency: 2 }, () => {
  for (const [how, more] of Object.entries(HOW))
    test(`audit show tells who vouches for what: ${how}`, async () => {
      using place = whole.copy()
      const { anchor } = await place.data('audit', 'verify')
      copyFileSync(join(place.home, 'pay', 'checkpoint'), place.path('note'))
      edit(place, more)
      const { json: verified } = await place.keyrite(['audit', 'verify'])
      const rule = verified.error.code
      for (const proofs of [[], ['--anchor', anchor, '--checkpoint', place.path('note')], ['--ledger', place.ledger]]) {
        const { code, stdout, stderr } = await perform(['audit', 'show', ...proofs], {
          home: place.home,
          cwd: place.path(),
        })
        assert.equal(code, 5, stderr)
        assert.match(stderr, new RegExp(`record 1: .*${rule}`))
        const [first, ...others] = stdout.split(/^(?=\d+ {2}2)/m)
        assert.match(first!, /^0 [\s\S]* signed by the audit key/)
        assert.equal(others.length, 4)
        assert.match(others[0]!, /approved by alice \(from a file\), eve/)
        for (const record of others) {
          assert.match(record, new RegExp(`\n {5}not known to be signed: record 1: .*${rule}`))
          assert.doesNotMatch(record, /signed (by|with)/)
        }
        for (const filter of [
          ['--by', 'eve'],
          ['--key', 'card'],
          ['--op', 'key.generate'],
          ['--from', '1', '--last', '4'],
          ['--last', '1'],
        ]) {
          const found = await place.keyrite(['audit', 'show', ...proofs, ...filter])
          assert.deepEqual([found.code, found.json.error.code], [5, rule], filter.join(' '))
          const { records } = found.json.data
          assert.ok(records.length > 0)
          for (const { vouched } of records) assert.equal(vouched, false)
        }
      }
    })

  for (const [how, more] of Object.entries(HOW))
    test(`audit export tells nothing of it, and moves no cursor: ${how}`, async () => {
      using place = whole.copy()
      const [kept, fresh, log] = [place.path('kept'), place.path('fresh'), place.path('log')]
      await place.data('audit', 'export', '--cursor', kept, '--out', log)
      const before = [kept, log].map((path) => readFileSync(path, 'utf8'))
      await place.data('quorum', 'drill', '--share', place.share('alice'))
      edit(place, more)
      for (const format of EXPORT_FORMATS) {
        const plain = await perform(['audit', 'export', '--format', format], { home: place.home, cwd: place.path() })
        assert.deepEqual([plain.code, plain.stdout], [5, ''], format)
        const out = place.path(`${format}.log`)
        const { code } = await place.keyrite(['audit', 'export', '--format', format, '--cursor', fresh, '--out', out])
        assert.deepEqual([code, existsSync(out), existsSync(fresh)], [5, false, false], format)
      }
      const { code } = await place.keyrite(['audit', 'export', '--cursor', kept, '--out', log])
      assert.deepEqual([code, ...[kept, log].map((path) => readFileSync(path, 'utf8'))], [5, ...before])
    })

  test('of a sound one every record is told once, with an index and without', async () => {
    using place = whole.copy()
    await place.data('quorum', 'drill', '--share', place.share('alice'))
    const { records } = await place.data('audit', 'show')
    assert.deepEqual(
      records.map(({ record }: { record: { seq: number } }) => record.seq),
      place.records().map(({ seq }) => seq),
    )
    assert.equal('vouched' in records[0], false)
  })
})
