// How text fits a window, what is coloured, and how numbers read.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { apart, type Hint, keyrite, sh, to } from '../../src/domain/hints.ts'
import { counted } from '../../src/domain/words.ts'
import { Bar, barLine, silent, Tenths } from '../../src/terminal/bar.ts'
import { lookOf, PLAIN, type Wishes } from '../../src/terminal/look.ts'
import { jsonLine, jsonRows, render } from '../../src/terminal/render.ts'
import { cut, table } from '../../src/terminal/table.ts'
import { StreamTerminal } from '../../src/terminal/terminal.ts'
import { type Field, fields, marked, type Part, type TableSpec, whole } from '../../src/terminal/text.ts'
import { widthOf } from '../../src/terminal/width.ts'

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
  [20, 'key          payment', '             s/card-'],
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

test('a table of many rows begins with the bytes that few of them have: wide letters, colours, cells that wrap', () => {
  const head: TableSpec['head'] = ['key', { name: 'what', give: 'wrap' }, 'state', 'n']
  const rows = Array.from({ length: 90 }, (_, i) => [
    i % 7 === 0 ? '漢字' : `key-${i % 10}`,
    i % 5 === 0 ? 'so long that it takes three lines or more of them' : '',
    marked(i % 3 === 0 ? 'compromised' : 'active', i % 2 ? 'bad' : 'proven'),
    `${i % 4}`,
  ])
  for (const look of [at(40), at(40, { TERM: 'xterm', LANG: 'C.UTF-8' })]) {
    const [few, many] = [rows.slice(0, 50), rows].map((some) => table({ head, rows: some }, look))
    assert.equal(many!.slice(0, few!.length + 1), `${few}\n`)
  }
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

/** What stands on a screen of so many columns. */
const on = (columns: number, ...parts: Part[]): string[] => render(parts, at(columns)).split('\n')

test('a hint: each command stands alone, as one line that a shell reads, and words lead to it', () => {
  const hint = (said: Hint): Part => ({ hint: said, indent: '  ' })
  assert.deepEqual(on(30, hint(sh('cp', '/home/of pay/ledger.jsonl', '/stick/pay.ledger'))), [
    '  cp \\',
    "    '/home/of pay/ledger.jsonl' \\",
    '    /stick/pay.ledger',
  ])
  assert.deepEqual(on(30, hint('to rehearse: --home DIR; to replace it: --slot ID')), [
    '  to rehearse: --home DIR; to',
    '    replace it: --slot ID',
  ])
  const both = apart(
    keyrite('backup', 'restore', 'f', '--slot', '3'),
    to('or drop it', keyrite('partition', 'recover', '--abandon')),
    'not both',
  )
  assert.deepEqual(on(200, hint(both)), [
    '  keyrite backup restore f --slot 3',
    '  or drop it:',
    '    keyrite partition recover --abandon',
    '  not both',
  ])
  assert.deepEqual(on(30, hint(both)).slice(0, 3), ['  keyrite backup restore f \\', '    --slot 3', '  or drop it:'])
  assert.deepEqual(on(80, hint({ ...to('see', keyrite('key', 'list')), after: "it's new: install that keyrite: x" })), [
    '  see:',
    '    keyrite key list',
    "  it's new: install that keyrite: x",
  ])
})

test('whatever the width, a shell reads the command of a hint', () => {
  const words = ['backup', "it's  # here: keyrite x; \\ y", 'a\\\nb', '\u001b[1m', '--reason', 'x'.repeat(50), '漢 字']
  for (let columns = 8; columns < 160; columns += 30) {
    const rows = on(columns, { hint: sh('printf', '%s.', ...words), indent: '  ' }).join('\n')
    const shell = execFileSync('bash', ['-c', rows], { encoding: 'utf8' })
    assert.equal(shell, words.map((word) => `${word}.`).join(''), rows)
  }
})

test('what goes on stays below its value, and a word that is too long is broken there', () => {
  const pairs: Field[] = [
    ['group', 'custodians: 2 of 3 (alice, bob, carol)'],
    ['uri', 'pkcs11:token=pay;serial=7edf93b9f5b5958b'],
    ['none', undefined],
  ]
  assert.deepEqual(on(30, 'warning: two lost shares lock everyone out', fields(pairs)), [
    'warning: two lost shares lock',
    '  everyone out',
    'group  custodians: 2 of 3',
    '       (alice, bob, carol)',
    'uri    pkcs11:token=pay;serial',
    '       =7edf93b9f5b5958b',
  ])
  assert.deepEqual(on(30, { head: ['ok       pay: settings    '], line: ['/usr/lib/softhsm.so'] }), [
    'ok       pay: settings    /usr',
    '  /lib/softhsm.so',
  ])
  const approves = 'alice approves K7QD 9XMA 2FJT 6V1C H8RW'
  assert.deepEqual(on(26, approves), ['alice approves', '  K7QD 9XMA 2FJT 6V1C H8RW'])
  assert.deepEqual(on(20, approves), ['alice approves', '  K7QD 9XMA 2FJT', '  6V1C H8RW'])
  assert.deepEqual(on(20, { line: ['rotated card: #2', '   ', whole('ledger 2 K7QD')] }), [
    'rotated card: #2',
    '  ledger 2 K7QD',
  ])
  assert.deepEqual(render(fields(pairs), PLAIN).split('\n').length, 2)
})

describe('nothing that is said can be drawn with', () => {
  const nothing = [
    '\x1b[8A',
    '\r',
    '\n',
    '\t',
    '\u009b2K',
    '\u202e',
    '\u00a0',
    '\u2800',
    '\u3164',
    '\u115f',
    '\u3000',
    '\ufe0f',
  ]
  const steering = [...nothing, '\u{e0041}', '\u200b', '\u2028', '\ufeff', '\ud800', '\ue000', '\u{1d159}']
  for (const text of steering)
    test(JSON.stringify(text), () => {
      const shown = on(40, `a${text}b`, fields([['name', [`a${text}`, marked(text, 'bad')]]], '  '), {
        head: ['key'],
        rows: [[text]],
      })
      assert.equal(shown.length, 4)
      assert.match(shown.join(''), /^[ -~]*$/)
    })
  test('marks that combine with nothing, or pile up', () => {
    assert.equal(on(80, '\u0301a')[0], '\\u{301}a')
    assert.equal(on(80, `a \u0301`)[0], 'a \\u{301}')
    assert.equal(on(80, `e\u0301${'\u0301'.repeat(4)}`)[0], `e${'\u0301'.repeat(4)}\\u{301}`)
    assert.equal(on(80, 'cafe\u0301 \u05e9\u05dc\u05d5\u05dd')[0], 'cafe\u0301 \u05e9\u05dc\u05d5\u05dd')
  })
})

/** A row that is drawn by words that are too long, by blanks, or after a command, would begin where rows of a plan begin. */
for (const fill of ['x', ' ', '\u00a0', '\u6f22', 'e\u0301', '\u{1f600}'])
  for (const first of ['rotation', 'as noted: keyrite', 'K7QD 9XMA'])
    test(`a value can draw no row of its own: ${first}, ${JSON.stringify(fill)}`, () => {
      for (let length = 40; length < 180; length++) {
        const value = `${first}${fill.repeat(length)}    code       AAAA BBBB CCCC${fill.repeat(60)}.`
        const shown = on(80, fields([['reason', value]], '    '))
        for (const [i, row] of shown.entries()) {
          assert.ok(widthOf(row) <= 80, row)
          assert.match(row, i === 0 ? /^ {4}reason {2}\S/ : /^ {12}\S/)
        }
      }
    })

/** What a terminal of so many columns makes of lines that are longer. */
const wrappedAt = (columns: number, text: string): string[] =>
  text.split('\n').flatMap((row) => row.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [''])

test('nor can blanks where nothing is broken: in a pipe, in a table, as a hint, in a file and in JSON, on a screen of any width', () => {
  for (let length = 4; length < 200; length++) {
    const value = `done${' '.repeat(length)}code       AAAA BBBB`
    const parts: Part[] = [
      value,
      { line: ['warning:', value] },
      fields([['reason', value]]),
      { head: ['key', 'reason'], rows: [['k#1', value]] },
      { hint: keyrite('key', 'sign', 'k', '--in', value), indent: '' },
      { verbatim: `  ${value}` },
      { verbatim: jsonRows({ value }) },
      { verbatim: jsonLine({ value }) },
    ]
    for (const columns of [24, 80, 132])
      for (const part of parts)
        for (const look of [PLAIN, at(columns)])
          for (const row of wrappedAt(columns, render(part, look))) {
            assert.doesNotMatch(row, /^ *code {2}/)
            // Of our own there are the margins, and what pads a head.
            assert.doesNotMatch(row.replace(/^ *(key|reason|\w#\d)? */, ''), / {4}/)
          }
  }
  assert.deepEqual(JSON.parse(jsonRows({ a: 'x     y' })), { a: 'x     y' })
  assert.equal(render(fields([['reason', `fixed${' '.repeat(70)}it`]]), PLAIN), 'reason  fixed\\u{20}{70}it')
  assert.equal(render('    of ours   2', PLAIN), '    of ours   2')
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
