// An auditor has a copy of a ledger and a checkpoint, and neither home nor token: what reads, reads them, whoever may open them.
import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { runProgram } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'

let place: TestPartition
let anchor: string
before(async () => {
  place = await partition()
  const approved = place.approvedBy('alice', 'bob')
  await place.data('key', 'rotate', 'card', ...approved)
  await place.data('key', 'generate', 'paid/mac', '--type', 'hmac-sha256', ...place.approvedBy('alice', 'carol'))
  const said = ['--reason', 'rest', '--ticket', 'CHG-4711', '--requested-by', 'Dana Ops']
  await place.data('key', 'suspend', 'paid/mac', ...said, ...approved)
  await place.data('key', 'destroy', 'card#1', '--confirm', 'card#1', '--certificate', 'gone.txt', ...approved)
  await place.data('backup', 'create', 'pay.backup', ...approved)
  await place.keyrite(['key', 'rotate', 'card', '--share', place.share('alice')])
  anchor = (await place.data('partition', 'show')).anchor
  copyFileSync(place.ledger, place.path('copy'))
  chmodSync(place.path('copy'), 0o644)
  copyFileSync(place.path('home', 'pay', 'checkpoint'), place.path('note'))
  chmodSync(place.path('note'), 0o444)
})
after(() => place[Symbol.dispose]())

/** In no home at all. */
const reads = (args: string[], input?: string) =>
  perform(args, { cwd: place.folder.dir, home: place.path('none'), ...(input !== undefined && { input }) })

async function read(...args: string[]) {
  const { code, json, stdout, stderr } = await reads([...args, '--json'])
  assert.equal(code, 0, stdout + stderr)
  return json.data
}

const COPY = ['--ledger', 'copy']

describe('without a home', () => {
  test('key list has what the table has, and no URI of what is gone', async () => {
    const { keys } = await read('key', 'list', ...COPY, '--anchor', anchor, '--checkpoint', 'note')
    const seen = keys.map((key: { [member: string]: string }) => [
      `${key.name}#${key.version}`,
      key.state,
      key.needs,
      'uri' in key,
    ])
    assert.deepEqual(seen, [
      ['paid/mac#1', 'suspended', undefined, true],
      ['card#2', 'active', undefined, true],
      ['card#1', 'destroyed', undefined, false],
    ])
    assert.equal(keys[0].since, keys[0].history.at(-1).time)
  })

  test('a certificate of destruction, its text and its JSON, is the one that the ledger names', async () => {
    const both = ['--certificate', 'gone.txt', '--certificate', 'gone.txt.json']
    const { certificates } = await read('audit', 'verify', ...COPY, ...both)
    const { seq: record, time } = place.records().find(({ keys }) => keys?.[0]?.state === 'destroyed')
    const told = { key: 'card#1', record, time }
    assert.deepEqual(certificates, [
      { file: 'gone.txt', ...told },
      { file: 'gone.txt.json', ...told },
    ])
    const text = readFileSync(place.path('gone.txt'), 'utf8')
    writeFileSync(place.path('other.txt'), text.replace('card#1', 'card#2'))
    const { code, stderr } = await reads(['audit', 'verify', ...COPY, '--certificate', 'other.txt'])
    assert.equal(code, 5)
    assert.match(
      stderr,
      /^keyrite: other\.txt is no certificate that this ledger names, .* \[rule CERTIFICATE-RECORDED\]$/m,
    )
    assert.match(stderr, /^ {2}keyrite audit show --ledger copy --op key\.destroy$/m)
  })

  test('key show, quorum show and partition show', async () => {
    const gone = await read('key', 'show', 'card#1', ...COPY)
    // The backup was made when it was destroyed already.
    assert.deepEqual([gone.uri, gone.heldBy], [undefined, { backups: [], tokens: [] }])
    const { heldBy, needs } = await read('key', 'show', 'card', ...COPY)
    assert.deepEqual([heldBy.backups.map(({ name }: { name: string }) => name), needs], [['pay.backup'], undefined])
    assert.equal((await read('quorum', 'show', ...COPY)).groups[0].threshold, 2)
    const { ledger, ...shown } = await read('partition', 'show', ...COPY)
    assert.deepEqual([shown.anchor, ledger.path], [anchor, 'copy'])
    const { stdout } = await reads(['partition', 'show', ...COPY])
    assert.match(stdout, /^file +copy$/m)
  })

  test('from standard input', async () => {
    const ledger = readFileSync(place.path('copy'), 'utf8')
    const { code, json, stderr } = await reads(
      ['audit', 'verify', '--ledger', '-', '--anchor', anchor, '--json'],
      ledger,
    )
    assert.equal(code, 0, stderr)
    assert.equal(json.data.verified, 'authenticated by its anchor')
    const shown = await reads(
      ['audit', 'show', '--ledger', '-', '--checkpoint', 'note', '--last', '1', '--json'],
      ledger,
    )
    assert.equal(shown.json.data.records.length, 1)
    const note = readFileSync(place.path('note'), 'utf8')
    assert.equal((await reads(['key', 'list', ...COPY, '--checkpoint', '-'], note)).code, 0)
  })

  test('a copy that is not what was signed is refused by every one of them', async () => {
    writeFileSync(place.path('edited'), readFileSync(place.path('copy'), 'utf8').replace('QUORUM-MET', 'QUORUM-NOT'))
    for (const words of [
      ['key', 'list'],
      ['key', 'show', 'card'],
      ['quorum', 'show'],
      ['partition', 'show'],
    ])
      assert.equal((await reads([...words, '--ledger', 'edited'])).code, 5, words.join(' '))
    const other = ['--anchor', 'AAAAA BBBBB CCCCC DDDDD EEEEJ']
    for (const words of [
      ['key', 'list'],
      ['audit', 'show'],
    ])
      assert.equal((await reads([...words, ...COPY, ...other, '--json'])).json.error.code, 'ANCHOR-MATCHES')
  })
})

describe('how sure a reader may be', () => {
  const READERS = [
    ['key', 'list'],
    ['key', 'show', 'card'],
    ['quorum', 'show'],
    ['partition', 'show'],
    ['audit', 'show', '--last', '1'],
    ['audit', 'verify'],
  ]
  const OF_BACKUP = [
    ['backup', 'show', 'pay.backup'],
    ['backup', 'verify', 'pay.backup'],
  ]

  test('every one says what no anchor vouches for, and which change is open', async () => {
    const lines = readFileSync(place.path('copy'), 'utf8').trimEnd().split('\n')
    const open = lines.findLastIndex((line) => line.includes('"type":"intent"'))
    writeFileSync(
      place.path('open'),
      lines
        .slice(0, open + 1)
        .map((line) => `${line}\n`)
        .join(''),
    )
    for (const words of [...READERS, ...OF_BACKUP]) {
      const { code, stdout, stderr } = await reads([...words, '--ledger', 'open'])
      // A backup that the ledger doesn't say was made is no backup.
      assert.equal(code, words[0] === 'backup' ? 5 : 0, stderr)
      assert.match(stdout + stderr, /consistent, not authenticated/, words.join(' '))
      assert.match(
        stdout + stderr,
        new RegExp(`backup\\.create of record ${open} was interrupted, and nobody knows`),
        words.join(' '),
      )
    }
  })

  test('a backup too is held against anchor and checkpoint', async () => {
    const proofs = [...COPY, '--anchor', anchor, '--checkpoint', 'note']
    const { code, stderr } = await reads(['backup', 'verify', 'pay.backup', ...proofs])
    assert.deepEqual([code, stderr], [0, ''])
  })

  test('a ledger of another partition than the one that is named', async () => {
    const { code, json } = await reads(['--partition', 'other', 'key', 'list', ...COPY, '--json'])
    assert.deepEqual(
      [code, json.error.code, json.error.hint],
      [2, 'PARTITION-KNOWN', 'keyrite key list --ledger copy --json --partition pay'],
    )
  })

  const BROKEN: [what: string, bend: (text: Buffer) => Buffer, rule: string][] = [
    ['a torn end', (text) => text.subarray(0, -40), 'LEDGER-TORN'],
    [
      'no UTF-8',
      (text) => Buffer.concat([text.subarray(0, -40), Buffer.of(0xff), text.subarray(-39)]),
      'LINE-CANONICAL',
    ],
    [
      'not what was signed',
      (text) => Buffer.from(text.toString().replace('QUORUM-MET', 'QUORUM-NOT')),
      'SIGNATURE-VALID',
    ],
  ]
  for (const [what, bend, rule] of BROKEN)
    test(`${what}: what can be read is shown, and where it ends`, async () => {
      writeFileSync(place.path('broken'), bend(readFileSync(place.path('copy'))))
      const { code, json } = await reads(['audit', 'show', '--ledger', 'broken', '--json'])
      const last = place.records().length - 1
      const shown = rule === 'SIGNATURE-VALID' ? last + 1 : last
      assert.deepEqual([code, json.error.code, json.data.records.length], [5, rule, shown])
      assert.match(json.error.message, new RegExp(`record ${rule === 'LEDGER-TORN' ? last - 1 : last}\\b`))
      if (rule !== 'LEDGER-TORN') assert.equal(json.error.hint, 'keyrite audit verify --ledger broken')
    })
})

describe('key list', () => {
  const names = async (...args: string[]) =>
    (await reads(['key', 'list', ...COPY, '-q', ...args])).stdout.trim().split(/\s+/).join(' ')
  const rows: [args: string, wanted: string][] = [
    ['', 'paid/mac#1 card#2 card#1'],
    ['--sort name', 'card#1 card#2 paid/mac#1'],
    ['--sort state', 'card#2 paid/mac#1 card#1'],
    ['paid/', 'paid/mac#1'],
    ['--state active,suspended', 'paid/mac#1 card#2'],
    ['--state active --state destroyed', 'card#2 card#1'],
    ['--type AES-256', 'card#2 card#1'],
    ['--since 2999-01-01', ''],
  ]
  for (const [args, wanted] of rows)
    test(args, async () => assert.equal(await names(...args.split(' ').filter(Boolean)), wanted))

  test('--wide', async () => {
    const { stdout } = await reads(['key', 'list', ...COPY, '--wide'])
    assert.match(stdout, /^card#2 +aes-256 +active +.*encrypt,decrypt +[0-9a-f]{32} /m)
  })
})

describe('audit show', () => {
  const types = async (...args: string[]) =>
    (await read('audit', 'show', ...COPY, ...args)).records
      .map(({ record }: { record: { [member: string]: { op: string } } }) => record.plan?.op ?? record.type)
      .join(' ')
  const ROTATED = 'key.rotate outcome'
  const rows: [args: string, wanted: string][] = [
    ['--key paid/mac', 'key.generate outcome key.suspend outcome'],
    ['--key card#2', `${ROTATED} denied`],
    ['--key card --op rotate', `${ROTATED} denied`],
    ['--op key.rotate', `${ROTATED} denied`],
    ['--op backup.restore', ''],
    ['--by carol', 'partition.init key.generate outcome'],
    ['--op backup.create --since 2000-01-01 --until 2999-12-31', 'backup.create outcome'],
    ['--until 2000-01-01', ''],
  ]
  for (const [args, wanted] of rows) test(args, async () => assert.equal(await types(...args.split(' ')), wanted))

  test('names the files with their hashes', async () => {
    const { stdout } = await reads(['audit', 'show', ...COPY])
    assert.match(
      stdout,
      /^ {5}ticket: CHG-4711 {2}\(said, not proven\)\n {5}asked by: Dana Ops {2}\(said, not proven\)$/m,
    )
    const { stdout: sums } = await runProgram('sha256sum', ['pay.backup', 'gone.txt', 'gone.txt.json'], {
      cwd: place.folder.dir,
    })
    for (const line of sums.trimEnd().split('\n')) {
      const [sha256, name] = line.split(/ +/)
      assert.ok(stdout.includes(`file ${name}, sha256 ${sha256}`), line)
    }
  })
})
