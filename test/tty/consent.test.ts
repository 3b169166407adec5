// Custodians at a terminal approve a change: what they type, what goes wrong, and what they leave when they go.
import assert from 'node:assert/strict'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { quorum } from '../../src/quorum/quorum.ts'
import { sample } from '../support/full.ts'
import { scripted } from '../support/module.ts'
import { blank, CUSTODIANS, copyOf, initArgs, type Kind, partition, type TestPartition } from '../support/partition.ts'
import { ASKS, assertUnseen, assertUntouched, left, likes, reply, sit } from '../support/screen.ts'
import { snapshot } from '../support/snapshot.ts'
import { spawnTerminal, type Terminal } from '../support/terminal.ts'

const PASSPHRASE = /passphrase for alice\.share\.age:/
const generate = ['key', 'generate', 'mail', '--type', 'aes-256']
const destroy = ['key', 'destroy', 'card#1', '--reason', 'gone', '--certificate', 'gone.txt']

/** The text of a share that lies in a file unencrypted. */
const textOf = (place: TestPartition, name: string) =>
  readFileSync(place.share(name), 'utf8')
    .split('\n')
    .find((line) => line.startsWith('krs1'))!

/** Only a key that nobody uses can be destroyed. */
const readyToDestroy = (kind: Kind = 'plain'): Promise<TestPartition> =>
  copyOf(`${kind}-old`, kind, async () => {
    const place = await partition(kind)
    await place.data('key', 'deactivate', 'card#1', '--reason', 'old', ...place.approvedBy('alice', 'bob'))
    return place
  })

/** What the shares come to: the PINs of the token. */
async function pinsOf(place: TestPartition): Promise<string[]> {
  const shares = ['alice', 'bob'].map((name) => quorum.parseShare(textOf(place, name)))
  const secret = await quorum.combineShares(shares)
  const { partition: id } = place.records()[0].plan
  return (['so', 'user'] as const).map((role) => Buffer.from(quorum.derivedPin(secret, id, role).reveal()).toString())
}

const lockOf = (place: TestPartition) => place.path('home', 'pay', 'lock')

async function giveShares(terminal: Terminal, place: TestPartition, ...names: string[]) {
  for (const name of names) await reply(terminal, ASKS, textOf(place, name))
}

/** A folder and a share that is too short are no guesses: they do not count. */
async function toThePause(terminal: Terminal, place: TestPartition): Promise<void> {
  for (const slip of ['.', 'krs1', place.share('alice')]) await reply(terminal, ASKS, slip)
  for (const guess of ['x', 'y', 'z']) await reply(terminal, PASSPHRASE, guess)
  await terminal.waitFor(/3 wrong passphrases or shares; the next try is in 1 second/)
}

test('a typed share is counted by its groups and never seen; the next custodian finds the plan and nothing else', async () => {
  using place = await partition()
  using terminal = sit(place, generate)
  const [alice, bob] = [textOf(place, 'alice'), textOf(place, 'bob')]
  await terminal.waitFor(/mail[\s\S]*custodian 1 of 2, the name of your share file, or your share:/)
  terminal.type(alice.slice(0, 50))
  await terminal.waitFor(/12 of 23 groups/)
  terminal.type(`${alice.slice(50)}x`)
  terminal.press('backspace')
  await terminal.waitFor(/22 of 23 groups/)
  terminal.press('enter')
  await terminal.waitFor(/alice approves[\s\S]*mail[\s\S]*alice approves[\s\S]*custodian 2 of 2, .* your share:/)
  assert.ok(terminal.raw().includes('\x1b[2J\x1b[3J\x1b[H'))
  terminal.type(
    `${bob
      .match(/.{1,4}/g)!
      .join('-')
      .toUpperCase()}\r`,
  )
  assert.equal(await left(terminal), 0)
  const pieces = [alice.slice(0, 12), alice.slice(60), bob.slice(4, 12), bob.slice(60)]
  assertUnseen(terminal, [...pieces, ...(await pinsOf(place))])
  assert.deepEqual(
    place
      .records()
      .flatMap(({ approvals = [] }) => approvals.map(({ via }: { via: string }) => via))
      .slice(-2),
    ['prompt', 'prompt'],
  )
})

test('a sealed share is named by its file; a wrong passphrase is refused and asked for again', async () => {
  using place = await partition('sealed')
  using terminal = sit(place, generate)
  const given: [question: RegExp, line: string][] = [
    [ASKS, place.share('alice')],
    [/passphrase for alice\.share\.age:/, 'not the right one'],
    [/wrong passphrase\n +try again, or [\s\S]*passphrase for alice\.share\.age:/, 'alice likes tea'],
    [ASKS, place.share('carol')],
    [/passphrase for carol\.share\.age:/, ''],
    [/no passphrase was given[\s\S]* your share:/, place.share('bob')],
    [/passphrase for bob\.share\.age:/, 'bob likes tea'],
  ]
  for (const [question, line] of given) await reply(terminal, question, line)
  assert.equal(await left(terminal), 0)
  assert.deepEqual(
    place.records().flatMap(({ reason = [] }) => reason),
    ['SHARE-PASSPHRASE'],
  )
  assertUnseen(terminal, ['not the right one', 'alice likes tea', 'bob likes tea'])
})

test('names of files are seen, and Tab completes them; the ledger keeps how each share came', async () => {
  using place = await partition('sealed')
  using terminal = sit(place, generate, { cols: 60 })
  await terminal.waitFor(ASKS)
  terminal.type('sh\tal\t\r')
  await reply(terminal, PASSPHRASE, likes('alice'))
  assert.match(terminal.screen(), /shares\//)
  await terminal.waitFor(ASKS)
  terminal.type('shares/\t')
  await terminal.waitFor(/shares\/alice\.share\.age\n +shares\/bob\.share\.age\n +shares\/carol\.share\.age\n/)
  terminal.type('nothing\x15shares/b\t\r')
  await reply(terminal, /passphrase for bob\.share\.age:/, likes('bob'))
  assert.equal(await left(terminal), 0)
  const vias = place.records().flatMap(({ approvals = [] }) => approvals.map(({ via }: { via: string }) => via))
  assert.deepEqual(vias.slice(-2), ['file', 'file'])
})

test('nothing is seen but what begins the name of a file that is there', async () => {
  using place = await partition()
  using terminal = sit(place, generate)
  const share = textOf(place, 'alice')
  const lines = [`"${share}"`, `# ${share}`, share.slice(1), 'AGE-SECRET-KEY-1QQQQQQQQ', `shares/${share.slice(5)}`]
  for (const line of lines) {
    await terminal.waitFor(ASKS)
    for (const letter of line) terminal.type(letter)
    await terminal.waitFor(/\(hidden\)/)
    terminal.press('enter')
  }
  await reply(terminal, /in shares\/, and a share begins[\s\S]*your share:/, '')
  await reply(terminal, /type a name like [\s\S]*your share:/, share)
  await terminal.waitFor(/alice approves/)
  assertUnseen(terminal, [share.slice(5, 12), share.slice(30), 'QQQQQQQQ'])
  terminal.press('ctrl-c')
  assert.equal(await left(terminal), 130)
})

describe('stopped and continued', () => {
  interface Stop {
    at: string
    args?: string[]
    reach(terminal: Terminal, place: TestPartition): Promise<unknown>
    /** What stands there when it goes on. */
    asks: RegExp
    /** What is typed there is no secret. */
    shows?: true
  }
  const stops: Stop[] = [
    { at: 'a share', reach: (terminal) => terminal.waitFor(ASKS), asks: /your\s+share:/ },
    {
      at: 'a passphrase',
      reach: (terminal, place) => reply(terminal, ASKS, place.share('alice')).then(() => terminal.waitFor(PASSPHRASE)),
      asks: PASSPHRASE,
    },
    {
      at: 'the pause after three guesses',
      reach: toThePause,
      asks: PASSPHRASE,
    },
    {
      at: 'a text',
      args: ['key', 'suspend', 'card'],
      reach: (terminal) => terminal.waitFor(/reason, for the ledger:/),
      asks: /reason, for the ledger:/,
      shows: true,
    },
    {
      at: 'a choice from a list',
      args: ['key', 'generate', 'mail'],
      reach: (terminal) => terminal.waitFor(/type:[\s\S]*aes-256/),
      asks: /type:[\s\S]*aes-256/,
    },
  ]
  for (const { at, args = generate, reach, asks, shows } of stops)
    test(`at ${at}: the question is there again, and nothing of what is typed`, async () => {
      using place = await partition('sealed')
      using terminal = shellWithJobs(place)
      await terminal.waitFor(/READY> $/)
      terminal.type(`keyrite ${args.join(' ')}\r`)
      await reach(terminal, place)
      process.kill(JSON.parse(readFileSync(lockOf(place), 'utf8')).owners[0].pid, 'SIGTSTP')
      await terminal.waitFor(/Stopped[\s\S]*READY> $/)
      terminal.type('fg\r')
      await terminal.waitFor(new RegExp(`fg[\\s\\S]*${asks.source}`))
      terminal.type('\x15unseen words')
      if (shows) await terminal.waitFor(/unseen words/)
      else assertUnseen(terminal, ['unseen words'])
      terminal.press('ctrl-c')
      await terminal.waitFor(/nothing changed[\s\S]*READY> $/)
      terminal.type('echo "left $? $(stty | grep -c -e -echo) "\r')
      assert.equal(await left(terminal), 130)
      if (!shows) assertUnseen(terminal, ['unseen words'])
    })
})

/** A shell that a person sits at, with jobs that it can stop. */
const shellWithJobs = (place: TestPartition): Terminal =>
  spawnTerminal(['--norc', '--noprofile', '-i'], {
    program: 'bash',
    home: place.home,
    cwd: place.folder.dir,
    env: { ...place.folder.env, PS1: 'READY> ' },
  })

test('what is wrong with a share is said at once, and the next try counts', async () => {
  using place = await partition()
  using stranger = await partition('sealed')
  const alice = textOf(place, 'alice')
  const wrong = `${alice.slice(0, 42)}${alice[42] === 'q' ? 'p' : 'q'}${alice.slice(43)}`
  using terminal = sit(place, generate)
  await reply(terminal, ASKS, wrong)
  await terminal.waitFor(/a character is wrong, in group 11 of 23/)
  await reply(terminal, ASKS, 'hunter2 is no file')
  await terminal.waitFor(/no such file here, and a share begins with krs1; a name is like shares\/alice\.share\.age/)
  await giveShares(terminal, place, 'alice')
  await reply(terminal, ASKS, stranger.share('bob'))
  await reply(terminal, /passphrase for bob\.share\.age:/, 'bob likes tea')
  await giveShares(terminal, place, 'carol')
  assert.equal(await left(terminal), 0)
  assert.equal(place.records().filter(({ type }) => type === 'denied').length, 2, 'a name of no file is no attempt')
  assertUnseen(terminal, [alice, wrong, 'hunter2', 'bob likes tea'])
})

test("a share of another partition is named as whose it is; the third refusal brings a pause; ~ is one's home", async () => {
  using place = await partition()
  using other = blank()
  await other.data(...initArgs(other))
  cpSync(other.path('home', 'pay'), place.path('home', 'hr'), { recursive: true })
  using terminal = sit(place, ['--partition', 'pay', ...generate], { env: { HOME: place.folder.dir } })
  await giveShares(terminal, other, 'bob')
  await terminal.waitFor(/this share is bob's, but of partition hr/)
  await giveShares(terminal, place, 'alice')
  await terminal.waitFor(/1 of bob, carol must still approve/)
  await giveShares(terminal, place, 'alice', 'alice', 'alice')
  await terminal.waitFor(/alice has approved already[\s\S]*3 wrong passphrases or shares; the next try is in 1 second/)
  terminal.type('krs1 typed too early\r')
  await reply(terminal, ASKS, "'~/shares/carol.share.txt'")
  assert.equal(await left(terminal), 0)
  assert.deepEqual(
    place.records().flatMap(({ reason = [] }) => reason),
    ['SHARE-FOREIGN', 'SHARE-REPEATED', 'SHARE-REPEATED', 'SHARE-REPEATED'],
  )
})

test('a key goes only when its name was typed', async () => {
  using place = await readyToDestroy()
  using terminal = sit(place, destroy)
  await reply(terminal, /key\.destroy card#1[\s\S]*code [\s\S]*type card#1 to go on:/, 'card#2')
  await reply(terminal, /try again[\s\S]*type card#1 to go on:/, 'yes')
  await reply(terminal, /try again[\s\S]*type card#1 to go on:/, 'card#2')
  assert.equal(await left(terminal), 3)
  assert.match(terminal.screen(), /you typed "card#2", not card#1 \[rule CONFIRMED\]/)
  using again = sit(place, destroy.slice(0, -2))
  await reply(again, /certificate of destruction, or enter for none:/, 'gone.txt')
  await reply(again, /type card#1 to go on:/, 'card#1')
  await giveShares(again, place, 'alice', 'carol')
  assert.equal(await left(again), 0)
  assert.match(again.screen(), /destroyed card#1: .*; certificate:\s+\/.*\/gone\.txt\s+and\s+\/.*\/gone\.txt\.json/)
  assert.match(readFileSync(place.path('gone.txt'), 'utf8'), /^plan .*, approved by alice, carol$/m)
})

test('keys that were pressed before a question are no answer to it', async () => {
  using place = await partition()
  using terminal = sit(place, generate)
  terminal.type('krs1 typed too early\r')
  await giveShares(terminal, place, 'alice', 'bob')
  assert.equal(await left(terminal), 0)
  assert.equal(place.records().filter(({ type }) => type === 'denied').length, 0)
})

test('what is typed while the share of a file is opened, before any question, is not seen', async () => {
  using place = await partition('sealed')
  using terminal = sit(place, [...generate, ...place.approvedBy('alice')])
  await terminal.waitFor(/ code {2,}\S/)
  terminal.type('bob likes tea')
  await terminal.waitFor(ASKS)
  assert.match(terminal.screen(), /alice approves/)
  terminal.press('ctrl-c')
  assert.equal(await left(terminal), 130)
  assertUnseen(terminal, ['bob likes'])
})

/** Where somebody may go: the command, and how far it is. */
const places: [name: string, args: string[], reach: (terminal: Terminal, place: TestPartition) => Promise<unknown>][] =
  [
    ['the first share', generate, (terminal) => terminal.waitFor(ASKS)],
    [
      'a share half typed',
      generate,
      (terminal) =>
        reply(terminal, ASKS, '')
          .then(() => terminal.waitFor(ASKS))
          .then(() => terminal.type('krs1qq')),
    ],
    [
      'a passphrase',
      generate,
      (terminal, place) => reply(terminal, ASKS, place.share('alice')).then(() => terminal.waitFor(PASSPHRASE)),
    ],
    [
      'the second share',
      generate,
      async (terminal, place) => {
        await reply(terminal, ASKS, place.share('alice'))
        await reply(terminal, PASSPHRASE, 'alice likes tea')
        await terminal.waitFor(ASKS)
      },
    ],
    ['the name to type', destroy, (terminal) => terminal.waitFor(/to go on:/)],
  ]

/** The same questions after others; to be sure, one way to go is enough. */
const later: typeof places = [
  [
    'the share for a destruction',
    destroy,
    (terminal) => reply(terminal, /to go on:/, 'card#1').then(() => terminal.waitFor(ASKS)),
  ],
  [
    'the passphrase for a destruction',
    destroy,
    async (terminal, place) => {
      await reply(terminal, /to go on:/, 'card#1')
      await reply(terminal, ASKS, place.share('alice'))
      await terminal.waitFor(PASSPHRASE)
    },
  ],
  ['the pause after three guesses', generate, toThePause],
]

/** How they may go. */
const ways: [name: string, go: (terminal: Terminal, place: TestPartition) => void][] = [
  ['ctrl-c', (terminal) => terminal.press('ctrl-c')],
  ['ctrl-d', (terminal) => terminal.press('ctrl-d')],
  ['SIGTERM', (_, place) => process.kill(JSON.parse(readFileSync(lockOf(place), 'utf8')).owners[0].pid, 'SIGTERM')],
]

describe('an end before the approval changes nothing', () => {
  const questions = [...places, ...sample(later, (_, i) => i === later.length - 1)]
  for (const [at, [where, args, reach]] of questions.entries())
    for (const [how, go] of at >= places.length ? ways.slice(0, 1) : sample(ways, (_, i) => i === at % ways.length))
      test(`${how} at ${where}`, async () => {
        using place = await (args === destroy ? readyToDestroy('sealed') : partition('sealed'))
        const [before, records] = [snapshot(place.folder.dir), place.records()]
        using terminal = sit(place, args)
        await reach(terminal, place)
        go(terminal, place)
        await terminal.waitFor(/nothing changed/)
        assert.equal(await left(terminal), 130)
        assertUntouched(place, before, records)
      })

  test('a terminal that is closed', async () => {
    using place = await partition('sealed')
    const [before, records] = [snapshot(place.folder.dir), place.records()]
    const env = { ...place.folder.env }
    using terminal = spawnTerminal(generate, { home: place.home, cwd: place.folder.dir, env })
    await terminal.waitFor(ASKS)
    terminal.close()
    assert.deepEqual(await terminal.exit, { code: 130, signal: undefined })
    assertUntouched(place, before, records)
  })
})

test('a reason that is wanted is asked for, and the plan says what can not be undone', async () => {
  using place = await partition()
  using terminal = sit(place, ['key', 'compromise', 'card'], { cols: 60 })
  await terminal.waitFor(/reason, for the ledger:/)
  for (const letter of 'krs13dc9fetz29j9') terminal.type(letter)
  await terminal.waitFor(/\(hidden\)/)
  assertUnseen(terminal, ['3dc9fetz'])
  terminal.type('\x15it was seen\r')
  await terminal.waitFor(
    /key\.compromise card#1[\s\S]*can't be\s+undone[\s\S]*can't be\s+rotated\s+any\s+more[\s\S]*rotate it first/,
  )
  await terminal.waitFor(/reason +it was seen/)
  await giveShares(terminal, place, 'alice', 'bob')
  assert.equal(await left(terminal), 0)
  assert.equal(place.records().find(({ plan }) => plan?.op === 'key.compromise').plan.reason, 'it was seen')
})

test('who interrupts the work is told once that it goes on', async () => {
  using place = await partition()
  const { module, env } = scripted(['C_GenerateKey * sleep 40'])
  place.useModule(module)
  using terminal = sit(place, [...generate, '--count', '200', ...place.approvedBy('alice', 'bob')], { env })
  await terminal.waitFor(/keys made/)
  terminal.press('ctrl-c')
  await terminal.waitFor(/the change has started; finishing it first/)
  terminal.press('ctrl-c')
  assert.equal(await left(terminal), 0)
  assert.equal(terminal.screen().split('the change has started').length, 2)
})

describe('terminals of every kind', () => {
  const kinds: [name: string, options: { cols?: number; env?: Record<string, string> }][] = [
    ['60 columns, no colour, LANG=C', { cols: 60, env: { NO_COLOR: '1', LANG: 'C', LC_ALL: 'C' } }],
    ['TERM=dumb', { env: { TERM: 'dumb' } }],
  ]
  for (const [name, options] of kinds)
    test(name, async () => {
      using place = await readyToDestroy()
      using terminal = sit(place, destroy, options)
      await reply(terminal, /to go\s+on:/, 'card#1')
      await giveShares(terminal, place, 'alice', 'bob')
      assert.equal(await left(terminal), 0)
      if (name === 'TERM=dumb') assert.ok(!terminal.raw().includes('\x1b'), 'an escape sequence for a dumb terminal')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
      if (options.env?.NO_COLOR) assert.doesNotMatch(terminal.raw(), /\x1b\[(3|9)\dm/)
      assertUnseen(
        terminal,
        CUSTODIANS.map((custodian) => textOf(place, custodian).slice(10, 40)),
      )
    })

  test('stdout and stderr in files: the plan is on the terminal all the same', async () => {
    using place = await partition()
    const [out, err] = [place.path('out'), place.path('err')]
    const env = { ...place.folder.env, OUT: out, ERR: err }
    const script = 'keyrite key generate mail --type aes-256 --json >"$OUT" 2>"$ERR"; echo "left $? 0 "'
    using terminal = spawnTerminal(['-c', script], { program: 'sh', home: place.home, env })
    await terminal.waitFor(/mail/)
    await giveShares(terminal, place, 'alice', 'bob')
    assert.equal(await left(terminal), 0)
    const answer = JSON.parse(readFileSync(out, 'utf8'))
    assert.equal(answer.ok, true)
    const everything = `${terminal.screen()}${readFileSync(out)}${readFileSync(err)}`
    for (const name of CUSTODIANS) assert.ok(!everything.includes(textOf(place, name)))
    assert.ok(!existsSync(lockOf(place)))
  })

  test('stderr on another terminal: the plan is on the one that asks', async () => {
    using place = await partition()
    using other = spawnTerminal(['-c', 'tty; sleep 60'], { program: 'sh' })
    const [device] = await other.waitFor(/\/dev\/\S+/)
    using terminal = spawnTerminal(['-c', `keyrite ${generate.join(' ')} 2>"${device}"; echo "left $? 0 "`], {
      program: 'sh',
      home: place.home,
      env: place.folder.env,
    })
    await terminal.waitFor(/mail[\s\S]*code /)
    await terminal.waitFor(ASKS)
    terminal.press('ctrl-c')
    assert.equal(await left(terminal), 130)
    await other.waitFor(/mail[\s\S]*code [\s\S]*nothing changed/)
  })
})
