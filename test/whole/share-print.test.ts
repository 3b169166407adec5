// The page of a share for a sealed envelope, and its rows typed back at a terminal.
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { describe, test } from 'node:test'
import { rowsOf } from '../../src/quorum/share-rows.ts'
import { partition } from '../support/partition.ts'
import { spawnTerminal } from '../support/terminal.ts'

const lineIn = (text: string) => text.split('\n').find((line) => line.startsWith('krs1'))!

describe('share print', { concurrency: 2 }, () => {
  test('the encrypted file is a picture, and the share itself stands there only where that is asked for', async () => {
    using place = await partition('sealed')
    const open = ['--passphrase-file', place.passphraseFile('alice')]
    const print = (out: string, ...more: string[]) =>
      place.keyrite(['share', 'print', place.share('alice'), '--out', place.path(out), ...open, ...more])
    const { json, stdout } = await print('alice.html', '--bag', '<b>4711')
    const page = readFileSync(place.path('alice.html'), 'utf8')
    assert.equal(statSync(place.path('alice.html')).mode & 0o777, 0o600)
    assert.deepEqual([json.data.custodian, json.data.threshold, json.data.plain], ['alice', '2/3', false])
    const { anchor } = await place.data('partition', 'show')
    for (const told of ['alice', 'pay', anchor, '2 of 3', '&lt;b&gt;4711', '<svg']) assert.ok(page.includes(told), told)
    assert.doesNotMatch(page + stdout, /krs1|<script|https?:\/\/(?!www\.w3\.org)/)
    const plain = await print('plain.html', '--plain')
    assert.doesNotMatch(plain.stdout, /krs1/)
    assert.match(readFileSync(place.path('plain.html'), 'utf8'), /NOT ENCRYPTED[\s\S]*1 {2}krs1 /)
    const again = await print('plain.html')
    assert.deepEqual([again.code, again.json.error.code], [3, 'FILE-EXISTS'])
  })

  test('a share that is not encrypted is no picture', async () => {
    using place = await partition()
    const { code, json } = await place.keyrite(['share', 'print', place.share('alice'), '--out', place.path('x.html')])
    assert.deepEqual([code, json.error.code], [3, 'SHARE-FILE'])
  })

  test('rows are typed at the prompt: one that is wrong, skipped or doubled is known at once, and asked for again', async () => {
    using place = await partition()
    const rows = rowsOf(lineIn(readFileSync(place.share('bob'), 'utf8')))
    const typo = rows[3]!.replace(/^./, (letter) => (letter === 'q' ? 'p' : 'q'))
    using terminal = spawnTerminal(['key', 'rotate', 'card', ...place.approvedBy('alice')], {
      home: place.home,
      env: place.folder.env,
    })
    for (const [asked, typed] of [
      [/or your share:/, rows[0]!.toUpperCase()],
      [/row 2 of 4:/, rows[2]!],
      [/row 2 is not that one, but row 3[\s\S]*row 2 of 4:/, rows[0]!],
      [/row 2 is not that one, but row 1[\s\S]*row 2 of 4:/, rows[1]!.replace(/(.{4})/g, '$1-')],
      [/row 3 of 4:/, rows[2]!],
      [/row 4 of 4:/, typo],
      [/row 4 is mistyped: its checks do not fit[\s\S]*row 4 of 4:/, rows[3]!],
    ] as const) {
      await terminal.waitFor(asked)
      terminal.type(typed)
      terminal.press('enter')
    }
    const { code } = await terminal.exit
    assert.equal(code, 0, terminal.screen())
    assert.match(terminal.screen(), /bob approves/)
    const denied = place.records().filter(({ type }) => type === 'denied')
    assert.deepEqual(denied, [], 'a row is no share that was refused')
    assert.ok(!terminal.screen().includes(rows[1]!.slice(0, 8)), 'a row was shown')
  })
})
