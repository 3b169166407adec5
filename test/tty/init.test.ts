// A partition begins at a terminal: the dialogue, each custodian alone at the screen, and what is left when somebody goes.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { describe, test } from 'node:test'
import { sample } from '../support/full.ts'
import { blank, CUSTODIANS, initArgs, type Kind, TestPartition } from '../support/partition.ts'
import { assertUnseen, hintOn, left, likes, paste, reply, secretsOf, sit } from '../support/screen.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'
import { spawnTerminal, type Terminal, type TerminalOptions } from '../support/terminal.ts'

leaveOutRsa()

/** What is asked, and what somebody answers. */
type Step = readonly [question: RegExp, answer: string]

/** The folder `made` for the shares is not there yet. */
const dialogue = (place: TestPartition): Step[] => [
  [/name of the new partition:/, 'pay'],
  [/path of the PKCS#11 library, [^:]*:/, softhsm],
  [/custodians, such as alice bob carol:/, 'alice, bob carol'],
  [/how many of alice, bob, carol must agree:/, '2'],
  [/folder for the share files, [^:]*:/, place.path('made')],
  [/make it,\s+for you alone\? \(yes or no\)/, 'yes'],
  // A dumb terminal is given numbers, and any other one arrows, where this is dropped.
  [/which token:/, '1'],
  [/token now\?\s+\(yes\s+or\s+no\)/, 'yes'],
]

const issuing = (name: string): Step[] => [
  [new RegExp(`${name}, press enter when you are alone at the screen:`), ''],
  [new RegExp(`passphrase for ${name}:`), likes(name)],
  [/the same once more:/, likes(name)],
  [new RegExp(`${name}: your share is in[\\s\\S]*you approve\\s[\\s\\S]*${name}, your passphrase again:`), likes(name)],
]

async function answer(terminal: Terminal, steps: readonly Step[]) {
  for (const [question, line] of steps) await reply(terminal, question, line)
}

const issueTo = (terminal: Terminal, name: string) => answer(terminal, issuing(name))
const guided = ['partition', 'init', '--passphrase-cost', '14']
const sealedShares = (place: TestPartition, folder: string) =>
  CUSTODIANS.flatMap((name) => [
    ...['--share', place.path(folder, `${name}.share.age`)],
    ...['--passphrase-file', `${name}=${place.passphraseFile(name)}`],
  ])

describe('the dialogue', () => {
  const kinds: [name: string, options: TerminalOptions][] = [
    ['a usual terminal', {}],
    ['60 columns, no colour, LANG=C', { cols: 60, rows: 20, env: { NO_COLOR: '1', LANG: 'C', LC_ALL: 'C' } }],
    ['TERM=dumb', { env: { TERM: 'dumb' } }],
  ]
  for (const [kind, options] of kinds)
    test(`leads from nothing to a partition with sealed shares: ${kind}`, async () => {
      using place = blank('sealed')
      using terminal = sit(place, guided, options)
      await answer(terminal, dialogue(place).slice(0, -1))
      await terminal.waitFor(/two lost shares lock[\s\S]*token now\?\s+\(yes\s+or\s+no\)/)
      assert.doesNotMatch(terminal.screen(), /: pay {2}path of/, 'a question begins a line')
      assert.equal(existsSync(place.path('made')), false)
      terminal.type('yes\r')
      await terminal.waitFor(/alice, press enter/)
      const { temporaryPin } = JSON.parse(readFileSync(place.path('home', 'pay', 'pending.json'), 'utf8'))
      terminal.press('enter')
      await answer(terminal, [...issuing('alice').slice(1), ...issuing('bob'), ...issuing('carol')])
      assert.equal(await left(terminal), 0)
      assert.match(terminal.screen(), /anchor/)
      assert.equal(statSync(place.path('made')).mode & 0o777, 0o700)
      const cleared = kind === 'TERM=dumb' ? '\n'.repeat(30) : '\x1b[3J'
      assert.equal(terminal.raw().replaceAll('\r', '').split(cleared).length - 1, 6, 'before and after each custodian')
      if (kind === 'TERM=dumb') assert.ok(!terminal.raw().includes('\x1b'))
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
      if (options.env?.NO_COLOR) assert.doesNotMatch(terminal.raw(), /\x1b\[(3|9)\dm/)
      assertUnseen(terminal, [...CUSTODIANS.map(likes), temporaryPin, ...(await secretsOf(place, 'made'))])
      await place.data('partition', 'check', ...sealedShares(place, 'made').slice(0, 8))
    })

  test('a wrong answer is said at once, and asked for again', async () => {
    using place = blank('sealed')
    using terminal = sit(place, guided)
    await answer(terminal, [
      [/name of the new partition:/, 'Pay'],
      [/is not a valid partition name[\s\S]*name of the new partition:/, 'pay'],
      [/path of the PKCS#11 library, [^:]*:/, '/nowhere'],
      [/\/nowhere (is|may|does)[\s\S]*path of the PKCS#11 library, [^:]*:/, softhsm],
      [/custodians, such as alice bob carol:/, 'alice alice'],
      [/named twice[\s\S]*custodians, such as alice bob carol:/, 'alice, bob carol'],
      [/how many of alice, bob, carol must agree:/, '4'],
      [/from 2 to 3[\s\S]*how many of alice, bob, carol must agree:/, '2'],
      [/folder for the share files, [^:]*:/, place.path('softhsm2.conf')],
      [/is not a folder[\s\S]*folder for the share files, [^:]*:/, 'alice=shares'],
      [/of bob, carol should go is not given[\s\S]*folder for the share files, [^:]*:/, 'bo=x'],
      [/did you mean bob\?[\s\S]*folder for the share files, [^:]*:/, place.path('shares')],
      [/which token:/, ''],
      [/token now\?/, 'perhaps'],
      [/type yes or no[\s\S]*token now\?/, 'no'],
    ])
    assert.equal(await left(terminal), 3)
    assert.match(terminal.screen(), /not confirmed: no partition was made \[rule CONFIRMED\]\n.*changed nothing/)
    assertNothing(place)
  })
})

describe('somebody goes', () => {
  const before = dialogue(blank()).length
  const all = (place: TestPartition) => [...dialogue(place), ...issuing('alice'), ...issuing('bob')]

  const steps = [
    ...all(blank())
      .slice(0, before + 5)
      .entries(),
  ]
  // Of each kind one: a line, a list, yes or no; and all of those that come when the token is initialised.
  for (const [at, [question]] of sample(steps, ([i]) => i === 0 || i >= before - 2)) {
    const key = at % 3 === 2 ? 'ctrl-d' : 'ctrl-c'
    test(`${key} at ${question}`, async () => {
      using place = blank('sealed')
      using terminal = sit(place, guided)
      await answer(terminal, all(place).slice(0, at))
      await terminal.waitFor(question)
      terminal.press(key)
      assert.equal(await left(terminal), 130)
      if (at < before) return assertNothing(place, terminal)
      assert.match(terminal.screen(), /interrupted; the blank token was initialised and holds nothing yet/)
      await assertBeginsAgain(place)
    })
  }

  test('the terminal is closed while a passphrase is chosen', async () => {
    using place = blank('sealed')
    const env = place.folder.env
    using terminal = spawnTerminal(asking(place), { home: place.home, cwd: place.folder.dir, env })
    await answer(terminal, [...issuing('alice'), ...issuing('bob').slice(0, 1)])
    await terminal.waitFor(/passphrase for bob:/)
    terminal.close()
    assert.deepEqual(await terminal.exit, { code: 130, signal: undefined })
    await assertBeginsAgain(place, 'sealed')
  })
})

function assertNothing(place: TestPartition, terminal?: Terminal) {
  if (terminal) assert.match(terminal.screen(), /interrupted; nothing changed/)
  assert.equal(existsSync(place.path('made')), false)
  assert.equal(existsSync(place.home), false)
  assert.deepEqual(readdirSync(place.path('tokens')), [])
}

/** The same partition, on the same token, and with the share files that are there. `kind`: of the new ones; a passphrase takes a while. */
async function assertBeginsAgain(place: TestPartition, kind: Kind = 'plain') {
  const [token] = readdirSync(place.path('tokens'))
  assert.equal(existsSync(place.path('home', 'pay', 'lock')), false)
  await place.data(...initArgs(new TestPartition(place.folder, kind)))
  assert.deepEqual(readdirSync(place.path('tokens')), [token])
}

const asking = (place: TestPartition) =>
  initArgs(place).filter((arg, i, args) => ![arg, args[i - 1]].includes('--passphrase-file'))

describe('issue', () => {
  test('each share goes to a place of its own, and one passphrase for all is warned of', async () => {
    using place = blank('sealed')
    const file = ['--passphrase-file', place.passphraseFile('alice')]
    const args = asking(place).filter((arg, i, all) => ![arg, all[i - 1]].includes('--shares-dir'))
    const sticks = CUSTODIANS.flatMap((name) => {
      mkdirSync(place.path(`stick of ${name}`))
      return ['--shares-dir', `${name}=${place.path(`stick of ${name}`)}`]
    })
    using terminal = sit(place, [...args, ...sticks, ...file])
    await terminal.waitFor(/warning: the shares of alice, bob and carol are under one\s+passphrase/)
    await terminal.waitFor(/alice: the file was opened again; its share approves/)
    assert.equal(await left(terminal), 0)
    assert.doesNotMatch(terminal.screen(), /has read the share back/)
    for (const name of CUSTODIANS) assert.deepEqual(readdirSync(place.path(`stick of ${name}`)), [`${name}.share.age`])
  })

  test('two that differ, one too short and a wrong one are asked for again', async () => {
    using place = blank('sealed')
    using terminal = sit(place, asking(place), { cols: 60 })
    await reply(terminal, /press enter/, '')
    await reply(terminal, /passphrase for alice:/, 'the first words')
    await reply(terminal, /once more:/, 'some other words')
    await terminal.waitFor(/these two differ/)
    await reply(terminal, /passphrase for alice:/, 'eleven char')
    await terminal.waitFor(/that is too short: 12 characters or more/)
    await reply(terminal, /passphrase for alice:/, likes('alice'))
    await reply(terminal, /once more:/, likes('alice'))
    await reply(terminal, /alice, your passphrase again:/, 'mistyped words')
    await reply(terminal, /wrong passphrase; try again[\s\S]*alice, your passphrase again:/, likes('alice'))
    for (const name of ['bob', 'carol']) await issueTo(terminal, name)
    assert.equal(await left(terminal), 0)
    assertUnseen(terminal, ['the first words', 'some other words', 'mistyped words', ...CUSTODIANS.map(likes)])
  })

  test('ctrl-c in the middle says what is true, every command says the same, and what they hint at begins again', async () => {
    using place = blank('sealed')
    using terminal = sit(place, asking(place))
    await issueTo(terminal, 'alice')
    await reply(terminal, /press enter/, '')
    await terminal.waitFor(/passphrase for bob:/)
    terminal.press('ctrl-c')
    await terminal.waitFor(/interrupted; the blank token was initialised and holds nothing yet/)
    assert.equal(await left(terminal), 130)
    const hint = hintOn(terminal)
    for (const words of ['key list', 'key generate a --type aes-256', 'partition recover', 'audit verify']) {
      const { code, json } = await place.keyrite(words.split(' '))
      const { error } = json
      const [on, drop] = error.hint.split('  # or drop it: ')
      assert.deepEqual([code, error.code, on, error.changed], [3, 'PARTITION-FINISHED', hint, false], words)
      assert.match(drop, /partition recover --abandon$/)
      assert.equal(error.message, 'the init of pay is not finished: not everyone has approved')
    }
    using again = paste(place, hint)
    await again.waitFor(/resumes +an init that was interrupted: share files from it no longer work/)
    for (const name of CUSTODIANS) await issueTo(again, name)
    assert.equal(await left(again), 0)
  })
})
