// How text fits a window, what is coloured, and how numbers read.
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { counted } from '../../src/domain/words.ts'
import { Bar, barLine, silent, Tenths } from '../../src/terminal/bar.ts'
import { lookOf, PLAIN, type Wishes } from '../../src/terminal/look.ts'
import { cut, marked, type TableSpec, table } from '../../src/terminal/table.ts'
import { StreamTerminal } from '../../src/terminal/terminal.ts'
import { widthOf, wrapped } from '../../src/terminal/wrap.ts'

const spec: TableSpec = {
  head: [{ name: 'key', give: 'cut' }, 'state', { name: 'for', give: 2 }, { name: 'fingerprint', give: 1 }],
  rows: [
    ['payments/card-dek#12', marked('compromised', 'bad'), '3 days', 'cmac5:0011223344'],
    ['mail#1', 'active', '', 'cmac5:5566778899'],
  ],
}
const tty = { isTTY: true, columns: 60 }
const at = (columns: number, wishes: Wishes = { NO_COLOR: '1', LANG: 'C.UTF-8' }) =>
  lookOf({ isTTY: true, columns }, wishes, false)

/** The width of the window, and the first two lines of the table. */
const tables: [columns: number, head: string, row: string][] = [
  [
    60,
    'key                   state        for     fingerprint',
    'payments/card-dek#12  compromised  3 days  cmac5:0011223344',
  ],
  [58, 'key                   state        for', 'payments/card-dek#12  compromised  3 days'],
  [40, 'key                   state', 'payments/card-dek#12  compromised'],
  [30, 'key                state', 'payments…d-dek#12  compromised'],
  [20, 'key          payments/card-dek#12', 'state        compromised'],
]
for (const [columns, head, row] of tables)
  test(`a table in ${columns} columns`, () =>
    assert.deepEqual(table(spec, at(columns)).split('\n').slice(0, 2), [head, row]))

test('a table in a pipe is whole, and many rows keep their columns', () => {
  assert.equal(table(spec), table(spec, at(500)))
  const rows = Array.from({ length: 150 }, (_, i) => [`k#${i}`, i === 149 ? '漢字漢字' : 'x', `end${i}`])
  const lines = table({ head: ['a', 'b', 'c'], rows }).split('\n')
  assert.equal(lines.length, 151)
  for (const [i, line] of lines.slice(1, 150).entries()) assert.equal(line.indexOf(`end${i}`), 17)
})

test('text wraps in its column, and a word that is too long is broken', () => {
  const state = 'not usable: the folder /srv/a/very/long/name is open to others'
  const head: TableSpec['head'] = ['name', { name: 'state', give: 'wrap' }, 'keys']
  const lines = table({ head, rows: [['pay', state, '7']] }, at(32)).split('\n')
  assert.ok(lines.every((line) => widthOf(line) <= 32))
  const cells = lines.slice(1).map((line) => line.slice(6, 26))
  assert.equal(cells.join('').replaceAll(' ', ''), state.replaceAll(' ', ''))
  assert.ok(cells.includes('/srv/a/very/long/nam'))
})

test('what is cut is cut in the middle, and says so', () => {
  assert.equal(cut('payments/card-dek#12', 12, '…'), 'paymen…ek#12')
  assert.equal(cut('payments/card-dek#12', 12, '...'), 'payme...k#12')
  assert.equal(cut('mail#1', 12, '…'), 'mail#1')
  assert.equal(at(60, { LANG: 'C', LC_ALL: '' }).ellipsis, '...')
  assert.equal(at(60, { LANG: 'C', LC_ALL: 'en_GB.utf8' }).ellipsis, '…')
  assert.equal(at(60, { LANG: 'de_DE.UTF-8', LC_ALL: 'POSIX' }).ellipsis, '...')
})

describe('what is coloured', () => {
  const cases: [name: string, coloured: boolean, screen: typeof tty | object, wishes: Wishes, json: boolean][] = [
    ['a terminal', true, tty, { TERM: 'xterm' }, false],
    ['a pipe', false, {}, { TERM: 'xterm' }, false],
    ['--json', false, tty, { TERM: 'xterm' }, true],
    ['NO_COLOR', false, tty, { TERM: 'xterm', NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', true, tty, { TERM: 'xterm', NO_COLOR: '' }, false],
    ['TERM=dumb', false, tty, { TERM: 'dumb' }, false],
    ['FORCE_COLOR in a pipe', true, {}, { FORCE_COLOR: '1' }, false],
    ['FORCE_COLOR=0', false, tty, { FORCE_COLOR: '0' }, false],
    ['NO_COLOR against FORCE_COLOR', false, tty, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ]
  for (const [name, coloured, screen, wishes, json] of cases)
    test(name, () => assert.equal(lookOf(screen, wishes, json).paint('bad', 'x'), coloured ? '\x1b[31mx\x1b[39m' : 'x'))
  test('a coloured table has the same columns', () => {
    const coloured = table(spec, at(60, { TERM: 'xterm', LANG: 'C.UTF-8' }))
    assert.ok(coloured.includes('\x1b[31mcompromised\x1b[39m'))
    assert.equal(coloured.split('\n').map(widthOf).join(), table(spec, at(60)).split('\n').map(widthOf).join())
  })
})

test('a gap is a place to go on, a command is none, and a sentence that hints is wrapped', () => {
  const lines = [
    'ok       pay: settings    /usr/lib/softhsm.so',
    '  cp /home/pay/ledger.jsonl /stick/pay.ledger',
    '  chmod 600 /home/pay/ledger.jsonl',
    '  --ledger /stick/pay.backup.ledger',
    '  to rehearse: --home DIR; to replace it: --slot ID',
  ]
  assert.equal(
    wrapped(lines.join('\n'), 30),
    [
      'ok       pay: settings',
      '         /usr/lib/softhsm.so',
      ...lines.slice(1, 4),
      '  to rehearse: --home DIR; to',
      '    replace it: --slot ID',
    ].join('\n'),
  )
})

test('a command in the middle of a sentence is not broken', () => {
  const command = "keyrite --home '/my home' key list"
  assert.equal(
    wrapped(`what it may become: ${command} # all of them`, 30),
    `what it may become:\n  ${command}\n  # all of them`,
  )
})

test('long lines go on below their value, commands and long words stay whole', () => {
  const lines = [
    'group      custodians: 2 of 3 (alice, bob, carol)',
    'warning: two lost shares lock everyone out',
    '  keyrite partition init --module /usr/lib/softhsm.so --slot 1',
    'uri        pkcs11:token=pay;serial=7edf93b9f5b5958b',
  ]
  assert.equal(
    wrapped(lines.join('\n'), 30),
    [
      'group      custodians: 2 of 3',
      '           (alice, bob, carol)',
      'warning: two lost shares lock',
      '  everyone out',
      lines[2],
      lines[3],
    ].join('\n'),
  )
  assert.equal(wrapped('alice approves K7QD 9XMA 2FJT 6V1C H8RW', 25), 'alice approves\n  K7QD 9XMA 2FJT 6V1C H8RW')
  assert.equal(wrapped(lines.join('\n'), PLAIN.columns), lines.join('\n'))
})

test('a bar says how many, how fast and how long, and never wraps', () => {
  const line = (columns: number) => barLine({ what: 'keys read', total: 100_000 }, 1500, 2, columns)
  assert.equal(line(80), '  keys read: 1500 of 100000, 750 a second, 3 min left')
  assert.equal(line(48), '  keys read: 1500 of 100000, 750 a second')
  assert.equal(line(30), '  keys read: 1500 of 100000')
  assert.equal(line(10), '  keys re')
})

test('a bar is for people at a terminal; where the cursor cannot go back there are lines', () => {
  const progress = (isTTY: boolean, json: boolean, TERM: string) => {
    const stderr = Object.assign(new PassThrough(), { isTTY })
    const manners = { json, mayAsk: false, wishes: { TERM } }
    return new StreamTerminal({ stdout: new PassThrough(), stderr }, manners, undefined).progress('keys', 2)
  }
  assert.ok(progress(true, false, 'xterm') instanceof Bar)
  assert.ok(progress(true, false, 'dumb') instanceof Tenths)
  assert.equal(progress(true, true, 'xterm'), silent)
  assert.equal(progress(false, false, 'xterm'), silent)
})

test('a bar is gone before anything else is written: both outputs may be one screen', (t) => {
  t.mock.timers.enable({ apis: ['Date'] })
  const screen = Object.assign(new PassThrough(), { isTTY: true, columns: 60 })
  const manners = { json: false, mayAsk: false, wishes: { TERM: 'xterm', NO_COLOR: '1' } }
  const terminal = new StreamTerminal({ stdout: screen, stderr: screen }, manners, undefined)
  {
    using progress = terminal.progress('keys', 10)
    t.mock.timers.tick(2000)
    progress.at(4)
    terminal.warn('a word')
    progress.at(8)
    terminal.answer({ data: {}, text: 'made' })
  }
  const bar = (done: number, rest: string) => `\r  keys: ${done} of 10, ${rest} left\x1b[K\r\x1b[K`
  assert.equal(
    screen.read().toString(),
    `${bar(4, '2 a second, 3 s')}warning: a word\n${bar(8, '4 a second, 1 s')}made\n`,
  )
})

test('one is one', () => {
  assert.deepEqual(
    [0, 1, 2].map((n) => counted(n, 'key')),
    ['0 keys', '1 key', '2 keys'],
  )
  assert.equal(counted(2, 'copy', 'copies'), '2 copies')
})
