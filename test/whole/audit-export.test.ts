// An export goes on where its cursor stands: nothing is told twice into a file, or lost, and no other ledger is taken for this one.
import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { describe, test } from 'node:test'
import { runProgram } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'

const drill = (place: TestPartition) => place.data('quorum', 'drill', '--share', place.share('alice'))

/** The numbers of the records that a file tells, in order. */
const seqsIn = (path: string): number[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).seq)

describe('audit export', { concurrency: 2 }, () => {
  test('each record once, whatever was interrupted', async () => {
    using place = await partition()
    const [cursor, out] = [place.path('siem.cursor'), place.path('siem.log')]
    const more = () => place.data('audit', 'export', '--cursor', cursor, '--out', out)
    const last = () => place.records().length - 1
    const all = () => place.records().map(({ seq }) => seq)
    assert.deepEqual((await more()).records, 3)
    copyFileSync(cursor, place.path('before'))
    await drill(place)
    const told = await more()
    assert.deepEqual([told.from, told.seq, told.records, told.file], [last(), last(), 1, out])
    assert.deepEqual((await more()).records, 0)
    // Killed before the cursor was moved, with all of the last lines in the file, some of them, or none.
    const { length } = readFileSync(out)
    for (const size of [
      length,
      length - 10,
      length - readFileSync(out, 'utf8').trimEnd().split('\n').at(-1)!.length - 1,
    ]) {
      truncateSync(out, size)
      copyFileSync(place.path('before'), cursor)
      await more()
      assert.deepEqual(seqsIn(out), all())
    }
    // The file was moved away, as logs are.
    renameSync(out, `${out}.1`)
    await drill(place)
    await more()
    assert.deepEqual([...seqsIn(`${out}.1`), ...seqsIn(out)], all())
    await drill(place)
    writeFileSync(place.path('other'), 'not ours\n')
    for (const [file, code] of [
      [place.path('other'), 'EXPORT-FILE'],
      [place.ledger, 'FILE-HOME'],
    ] as const) {
      const { json } = await place.keyrite(['audit', 'export', '--cursor', cursor, '--out', file])
      assert.deepEqual(json.error.code, code)
    }
    assert.equal(readFileSync(place.path('other'), 'utf8'), 'not ours\n')
  })

  test('a file that finds no room does not stay half written', async () => {
    using place = await partition()
    const out = place.path('siem.log')
    const line = `trap '' XFSZ; ulimit -f 1; ${inRepo('bin', 'keyrite')} --home ${place.home} audit export --out ${out}`
    const full = await runProgram('bash', ['-c', line])
    assert.deepEqual([full.code, existsSync(out)], [3, false], full.stderr)
    assert.match(full.stderr, /can't write \S+siem\.log: the file would be too big \[DISK\]/)
    await place.data('audit', 'export', '--out', out)
  })

  test('on standard output the cursor is moved once the lines were taken', async () => {
    using place = await partition()
    const cursor = place.path('siem.cursor')
    const line = `${inRepo('bin', 'keyrite')} --home ${place.home} audit export --cursor ${cursor}`
    for (const how of ['--format cef', '--json']) {
      const unread = await runProgram('bash', ['-c', `{ sleep 0.1; ${line} ${how}; echo $? >&2; } | true`])
      assert.match(unread.stderr, /nobody reads the output any more: the cursor stays where it was \[DISK\]/)
      assert.match(unread.stderr, /^3$/m)
    }
    const read = await runProgram('sh', ['-c', `${line} --format cef; ${line} --format cef`])
    assert.deepEqual([read.code, read.stdout.split('\n').length, read.stderr], [0, 4, ''])
    assert.match(read.stdout, /^(CEF:0\|Keyrite\|.*\n){3}$/)
  })

  test('a cursor of another ledger, of a branch, or of a longer one is refused, and so is what is no cursor', async () => {
    using place = await partition()
    const [cursor, copy] = [place.path('c'), place.path('copy')]
    copyFileSync(place.ledger, copy)
    await drill(place)
    await place.data('audit', 'export', '--cursor', cursor)
    const kept = readFileSync(cursor, 'utf8')
    const refusal = async (text: string, ...args: string[]) => {
      writeFileSync(cursor, text, { mode: 0o600 })
      const { code, json } = await place.keyrite(['audit', 'export', '--cursor', cursor, ...args])
      assert.deepEqual([json.error.changed, readFileSync(cursor, 'utf8')], [false, text])
      return [code, json.error.code, json.error.message]
    }
    const behind = await refusal(kept, '--ledger', copy)
    assert.deepEqual(behind.slice(0, 2), [5, 'CURSOR-LEDGER'])
    assert.match(`${behind[2]}`, /stands at record 3, and the last of this ledger is 2: it was cut, or is older$/)
    const other = await refusal(
      kept
        .replace(/"partition":"./, '"partition":"0')
        .replace(/"partition":"0[^"]*"/, '"partition":"2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b"'),
    )
    assert.match(`${other[2]}`, /is of the partition 2f5c1a54-/)
    writeFileSync(place.ledger, readFileSync(copy), { mode: 0o600 })
    await drill(place)
    const branch = await refusal(kept)
    assert.deepEqual(branch.slice(0, 2), [5, 'CURSOR-LEDGER'])
    assert.match(`${branch[2]}`, /stands at another record 3 than this ledger has: one of the two is a branch$/)
    assert.deepEqual((await refusal('{}\n')).slice(0, 2), [5, 'CURSOR-SHAPE'])
    symlinkSync(copy, place.path('link'))
    const { json } = await place.keyrite(['audit', 'export', '--cursor', place.path('d'), '--out', place.path('link')])
    assert.equal(json.error.code, 'FILE-LINK')
  })

  test('cursor and lines lie outside of the home, each in a file of its own', async () => {
    using place = await partition()
    const [cursor, pending] = [place.path('c'), place.path('home', 'pay', 'pending.json')]
    mkdirSync(place.path('out'))
    symlinkSync(place.path('out'), place.path('by-link'))
    const told = async (...args: string[]) => {
      const { code, json } = await place.keyrite(['audit', 'export', ...args])
      return [code, json.error?.code]
    }
    for (const args of [
      ['--cursor', pending],
      ['--cursor', cursor, '--out', pending],
      ['--cursor', place.path('home', 'c')],
    ])
      assert.deepEqual(await told(...args), [3, 'FILE-HOME'], args.join(' '))
    const both = [
      [cursor, cursor],
      [cursor, `${cursor}.lock`],
      [place.path('out', 'c'), place.path('by-link', 'c')],
    ] as const
    for (const [one, other] of both)
      assert.deepEqual(await told('--cursor', one, '--out', other), [2, 'USAGE'], `${one} ${other}`)
    for (const path of [pending, cursor, place.path('out', 'c')]) assert.equal(existsSync(path), false, path)
    // One that is there already, under a second name.
    assert.deepEqual(await told('--cursor', cursor, '--out', place.path('lines')), [0, undefined])
    linkSync(cursor, place.path('second'))
    assert.deepEqual(await told('--cursor', cursor, '--out', place.path('second')), [2, 'USAGE'])
  })
})
