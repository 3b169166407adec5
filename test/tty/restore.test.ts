// A restore at a terminal: the plan and the name, then the shares; and what is left when somebody goes.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Secret } from '../../src/domain/secret.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import { backedUp, type TestPartition } from '../support/partition.ts'
import { ASKS, assertUnseen, hintOn, left, likes, paste, reply, secretsOf, sit } from '../support/screen.ts'
import { leaveOutRsa, loseTokens, softhsm } from '../support/softhsm.ts'
import { spawnTerminal, type Terminal } from '../support/terminal.ts'

leaveOutRsa()

const restore = ['backup', 'restore', 'backup', '--module', softhsm, '--no-checkpoint']
const NAME = /backup\.restore[\s\S]*the uninitialised token in slot 0[\s\S]*type pay to go on:/
const PASSPHRASE = /passphrase for \w+\.share\.age:/

/** The token is lost, and there is a backup. */
async function afterLoss(): Promise<TestPartition> {
  const place = await backedUp('sealed')
  loseTokens(place.folder)
  return place
}

type Step = readonly [question: RegExp, answer: (place: TestPartition) => string]

const steps: Step[] = [
  [NAME, () => 'pay'],
  [ASKS, (place) => place.share('alice')],
  [PASSPHRASE, () => likes('alice')],
  [ASKS, (place) => place.share('bob')],
  [PASSPHRASE, () => likes('bob')],
]

async function answer(terminal: Terminal, place: TestPartition, given = steps) {
  for (const [question, line] of given) await reply(terminal, question, line(place))
}

test('a foreign share and a wrong passphrase are said at once; the plan has a code when it is approved', async () => {
  using place = await afterLoss()
  using secret = new Secret(new Uint8Array(32).fill(7))
  const [foreign] = await quorum.makeShares(secret, 3, 2)
  const text = quorum.formatShareFile(foreign!, {}).trim()
  using terminal = sit(place, restore, { cols: 60, rows: 20 })
  await reply(terminal, /backup\.restore[\s\S]*the uninitialised token in slot 0[\s\S]*type pay to go on:/, 'pay')
  await terminal.waitFor(/backup\.restore[\s\S]*code +(\w{4} ){4}\w{4}\s[\s\S]*giving your share approves this/)
  await reply(terminal, ASKS, text)
  await terminal.waitFor(/of another\s+partition, or of none/)
  await reply(terminal, ASKS, place.share('alice'))
  await reply(terminal, PASSPHRASE, likes('bob'))
  await terminal.waitFor(/wrong passphrase/)
  await answer(terminal, place, steps.slice(2))
  assert.equal(await left(terminal), 0)
  const groups = Array.from({ length: 20 }, (_, i) => text.slice(4 * i + 4, 4 * i + 16))
  assertUnseen(terminal, [likes('alice'), likes('bob'), ...groups, ...(await secretsOf(place, 'shares'))])
  assert.ok(readFileSync(place.ledger, 'utf8').includes('backup.restore'))
})

describe('somebody goes', () => {
  for (const [at, [question]] of steps.entries()) {
    const key = at % 2 === 0 ? 'ctrl-c' : 'ctrl-d'
    test(`${key} at question ${at + 1}, ${question}`, async () => {
      using place = await afterLoss()
      const before = readFileSync(place.ledger, 'utf8')
      using terminal = sit(place, restore)
      await answer(terminal, place, steps.slice(0, at))
      await terminal.waitFor(question)
      terminal.press(key)
      assert.equal(await left(terminal), 130)
      assert.equal(readFileSync(place.ledger, 'utf8'), before)
      assert.equal(existsSync(place.path('home', 'pay', 'lock')), false)
      if (at === 0) return assertNothing(place, terminal)
      assert.match(terminal.screen(), /interrupted; the blank token was initialised and holds nothing yet/)
      await assertBeginsAgain(place)
    })
  }

  test('the terminal is closed', async () => {
    using place = await afterLoss()
    using terminal = spawnTerminal(restore, { home: place.home, cwd: place.folder.dir, env: place.folder.env })
    await answer(terminal, place, steps.slice(0, 1))
    await terminal.waitFor(ASKS)
    terminal.close()
    assert.deepEqual(await terminal.exit, { code: 130, signal: undefined })
    await assertBeginsAgain(place)
  })

  test('the hint is the whole command', async () => {
    using place = await afterLoss()
    using terminal = sit(place, restore)
    await answer(terminal, place, steps.slice(0, 1))
    await terminal.waitFor(ASKS)
    terminal.press('ctrl-c')
    assert.equal(await left(terminal), 130)
    const { slots } = await place.data('token', 'list', '--module', place.folder.module, '--no-probe')
    assert.deepEqual(slots[0].partition, { name: 'pay', prepared: 'restore' })
    const { code, json } = await place.keyrite(['key', 'generate', 'a', '--type', 'aes-256'])
    const { code: rule, hint, message } = json.error
    const [on] = hint.split('  # or drop it: ')
    assert.deepEqual([code, rule, on], [3, 'PARTITION-FINISHED', hintOn(terminal)])
    assert.match(message, /^the token \S+ is not there; a restore of pay onto token \S+ was prepared but not approved$/)
    using again = paste(place, on)
    await reply(again, /type pay to go on:/, 'pay')
    await answer(again, place, steps.slice(1))
    assert.equal(await left(again), 0)
  })

  test('a home that was lost, too, is not made where the name is not typed', async () => {
    using place = await afterLoss()
    rmSync(place.home, { recursive: true })
    for (const [name, code] of [['pays\r', 3] as const, ['\x03', 130] as const]) {
      using terminal = sit(place, [...restore, '--ledger', 'backup.ledger'])
      for (let asked = 0; asked < (code === 3 ? 3 : 1); asked++) {
        await terminal.waitFor(asked === 0 ? NAME : /try again[\s\S]*type pay to go on:/)
        terminal.type(name)
      }
      assert.equal(await left(terminal), code)
      assert.match(terminal.screen(), code === 3 ? /you typed "pays", not pay/ : /interrupted; nothing changed/)
      assert.equal(existsSync(place.home), false)
      assert.deepEqual(readdirSync(place.path('tokens')), [])
    }
  })
})

function assertNothing(place: TestPartition, terminal: Terminal) {
  assert.match(terminal.screen(), /interrupted; nothing changed/)
  assert.equal(existsSync(place.path('home', 'pay', 'pending.json')), false)
  assert.deepEqual(readdirSync(place.path('tokens')), [])
}

/** On the same token. */
async function assertBeginsAgain(place: TestPartition) {
  const [token] = readdirSync(place.path('tokens'))
  await place.data(...restore, '--confirm', 'pay', ...place.approvedBy('alice', 'bob'))
  assert.deepEqual(readdirSync(place.path('tokens')), [token])
}
