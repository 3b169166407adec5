// What a custodian does with their own share: whose it is, and another passphrase for it. No token is asked, and nothing is recorded.
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { rowsOf } from '../../src/quorum/share-rows.ts'
import { blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { leaveOutRsa } from '../support/softhsm.ts'
import { spawnTerminal } from '../support/terminal.ts'

leaveOutRsa()

const openedBy = (file: string) => ['--passphrase-file', file]

describe('share show', { concurrency: 2 }, () => {
  test('whose it is, by the roster, by a copy of the ledger, and by its own lines alone', async () => {
    using place = await partition('sealed')
    const show = async (...more: string[]) =>
      place.keyrite(['share', 'show', place.share('alice'), ...openedBy(place.passphraseFile('alice')), ...more])
    const here = await show()
    const { custodian, group, epoch, threshold, state, key } = here.json.data
    assert.deepEqual([custodian, group, epoch, threshold, state], ['alice', 'custodians', 1, '2/3', 'in force'])
    assert.equal(key, place.records()[0].groups[0].custodians[0].key)
    assert.doesNotMatch(here.stdout + here.stderr, /krs1/)
    copyFileSync(place.ledger, place.path('copy'))
    const nowhere = ['--home', place.path('nowhere')]
    const copied = await show(...nowhere, '--ledger', place.path('copy'))
    assert.deepEqual([copied.json.data.state, copied.json.data.name], ['in force', 'pay'])
    const alone = await show(...nowhere)
    assert.deepEqual([alone.json.data.state, alone.json.data.custodian], ['not compared', 'alice'])
  })

  test('the roster decides, not what the file says of itself', async () => {
    using place = await partition()
    const [alice, bob] = ['alice', 'bob'].map((name) => readFileSync(place.share(name), 'utf8'))
    writeFileSync(place.share('alice'), alice!.replace('# custodian: alice', '# custodian: bob'), { mode: 0o600 })
    const { json, stderr } = await place.keyrite(['share', 'show', place.share('alice')])
    assert.deepEqual([json.data.custodian, json.data.state], ['alice', 'in force'])
    assert.match(stderr, /its file says another custodian of it; the roster decides/)
    // The share of another partition, under the lines of this one.
    using other = blank()
    await other.data(...initArgs(other))
    const line = readFileSync(other.share('bob'), 'utf8')
      .split('\n')
      .find((text) => text.startsWith('krs1'))!
    writeFileSync(place.share('bob'), bob!.replace(/^krs1.*$/m, line), { mode: 0o600 })
    assert.equal((await place.data('share', 'show', place.share('bob'))).state, 'not in force')
    assert.equal((await place.data('share', 'show', other.share('bob'))).state, 'not compared')
  })
})

const CHOSEN = 'correct horse battery staple'

const lineOf = (file: string): string => readFileSync(file, 'utf8').match(/^krs1.*$/m)![0]

/** At a terminal, without the name of a file. */
async function atTerminal(place: TestPartition, args: string[], answers: readonly (readonly [RegExp, string])[]) {
  using terminal = spawnTerminal(args, { home: place.home, env: place.folder.env })
  for (const [asked, typed] of answers) {
    await terminal.waitFor(asked)
    terminal.type(typed)
    terminal.press('enter')
  }
  const { code } = await terminal.exit
  assert.equal(code, 0, terminal.screen())
  return terminal.screen()
}

test('a share is typed from paper: show says whose it is, and passphrase puts it into a file that says so too', async () => {
  using place = await partition()
  const [first, second, ...rest] = rowsOf(lineOf(place.share('bob')))
  const wrong = second!.replace(/^./, (letter) => (letter === 'q' ? 'p' : 'q'))
  const shown = await atTerminal(
    place,
    ['share', 'show'],
    [
      [/the name of your share file, or your share:/, 'no/such/file'],
      [/there is no such file[\s\S]*or your share:/, first!],
      [/row 2 of 4:/, wrong],
      [/row 2 is mistyped[\s\S]*row 2 of 4:/, second!],
      [/row 3 of 4:/, rest[0]!],
      [/row 4 of 4:/, rest[1]!],
    ],
  )
  assert.match(shown, /what was typed is the share of bob, and counts today/)
  assert.match(shown, /opened by +nothing: it was typed/)
  assert.ok(!shown.includes(second!.slice(0, 8)), 'a row was shown')
  const out = place.path('bob.again.share.age')
  const sealed = await atTerminal(
    place,
    ['share', 'passphrase', '--out', out, '--passphrase-cost', '14'],
    [
      [/or your share:/, lineOf(place.share('bob'))],
      [/new passphrase:/, CHOSEN],
      [/the same once more:/, CHOSEN],
      [/to read the share back:/, CHOSEN],
    ],
  )
  assert.match(sealed, /the share of bob is in [\s\S]*it was opened again/)
  assert.match(sealed, /whoever has the paper has the share still: seal it in again, or destroy it/)
  assert.doesNotMatch(sealed, /krs1[a-z0-9]{4}|correct horse/)
  writeFileSync(place.path('new'), `${CHOSEN}\n`, { mode: 0o600 })
  const again = await place.keyrite([
    'share',
    'show',
    out,
    ...openedBy(place.path('new')),
    '--home',
    place.path('nowhere'),
  ])
  assert.deepEqual(
    [again.json.data.custodian, again.json.data.epoch, again.json.data.protection],
    ['bob', 1, 'passphrase'],
  )
  for (const verb of [['show'], ['passphrase', '--out', `${out}.x`]]) {
    const { code, json } = await place.keyrite(['share', ...verb])
    assert.deepEqual([code, json.error.code], [2, 'INPUT-MISSING'])
  }
})

describe('share passphrase', { concurrency: 2 }, () => {
  test('the same share under another passphrase, and the old file as it was', async () => {
    using place = await partition('sealed')
    writeFileSync(place.path('new'), `${CHOSEN}\n`, { mode: 0o600 })
    const before = readFileSync(place.share('alice'))
    const out = place.path('shares', 'alice.2.share.age')
    const change = ['share', 'passphrase', place.share('alice'), '--out', out, '--passphrase-cost', '14']
    const flags = ['--new-passphrase-file', place.path('new'), ...openedBy(place.passphraseFile('alice'))]
    const { json } = await place.keyrite([...change, ...flags])
    assert.deepEqual([json.data.file, json.data.custodian], [out, 'alice'])
    assert.deepEqual(readFileSync(place.share('alice')), before)
    const shown = await place.data('share', 'show', out, ...openedBy(place.path('new')))
    assert.deepEqual([shown.custodian, shown.state], ['alice', 'in force'])
    const old = await place.keyrite(['share', 'show', out, ...openedBy(place.passphraseFile('alice'))])
    assert.deepEqual([old.code, old.json.error.code], [3, 'SHARE-PASSPHRASE'])
    const taken = await place.keyrite([...change, ...flags])
    assert.deepEqual([taken.code, taken.json.error.code], [3, 'FILE-EXISTS'])
    const unsaid = await place.keyrite([
      'share',
      'passphrase',
      place.share('alice'),
      '--out',
      `${out}.x`,
      ...flags.slice(2),
    ])
    assert.deepEqual([unsaid.code, unsaid.json.error.code], [2, 'INPUT-MISSING'])
  })

  test('at a terminal it is typed twice, and once more to read the share back', async () => {
    using place = await partition()
    const out = place.path('alice.share.age')
    const args = ['share', 'passphrase', place.share('alice'), '--out', out, '--passphrase-cost', '14']
    using terminal = spawnTerminal(args, { home: place.home, env: place.folder.env })
    for (const [asked, typed] of [
      [/new passphrase:/, CHOSEN],
      [/the same once more:/, 'something else, longer'],
      [/these two differ[\s\S]*new passphrase:/, CHOSEN],
      [/the same once more:(?![\s\S]*differ)/, CHOSEN],
      [/to read the share back:/, 'a typing mistake'],
      [/wrong passphrase[\s\S]*to read the share back:/, CHOSEN],
    ] as const) {
      await terminal.waitFor(asked)
      terminal.type(typed)
      terminal.press('enter')
    }
    const { code } = await terminal.exit
    assert.equal(code, 0, terminal.screen())
    assert.match(terminal.screen(), /it was opened again/)
    assert.match(terminal.screen(), /rm .*alice\.share\.txt/)
    assert.doesNotMatch(terminal.screen(), /correct horse|krs1/)
  })
})
