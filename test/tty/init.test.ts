// A partition begins at a terminal: the dialogue, each custodian alone at the screen, and what is left when somebody goes.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { describe, test } from 'node:test'
import { blank, CUSTODIANS, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { assertUnseen, hintOn, left, paste, reply, sit } from '../support/screen.ts'
import { softhsm } from '../support/softhsm.ts'
import type { Terminal } from '../support/terminal.ts'

const likes = (name: string) => `${name} likes tea`

/** The folder `made` for the shares is not there yet. */
async function answerDialogue(terminal: Terminal, place: TestPartition) {
  await reply(terminal, /name of the new partition:/, 'Pay')
  await reply(terminal, /is no partition name[\s\S]*name of the new partition:/, 'pay')
  await reply(terminal, /path of the PKCS#11 library:/, '/nowhere')
  await reply(terminal, /\/nowhere (is|may|does)[\s\S]*path of the PKCS#11 library:/, softhsm)
  await reply(terminal, /custodians, such as alice bob carol:/, 'alice alice')
  await reply(terminal, /same name[\s\S]*custodians, such as alice bob carol:/, 'alice, bob carol')
  await reply(terminal, /how many of these 3 must agree:/, '4')
  await reply(terminal, /4 of 3[\s\S]*how many of these 3 must agree:/, '2')
  await reply(terminal, /folder for the share files:/, place.path('made'))
  await reply(terminal, /make it, for you alone\? \(yes or no\)/, 'yes')
}

async function issueTo(terminal: Terminal, name: string) {
  await reply(terminal, new RegExp(`${name}, press enter when you are alone`), '')
  await reply(terminal, new RegExp(`passphrase for ${name}:`), likes(name))
  await reply(terminal, /the same once more:/, likes(name))
  await terminal.waitFor(new RegExp(`${name}: your share is in`))
  await reply(terminal, new RegExp(`you approve [\\s\\S]*${name}, your passphrase again:`), likes(name))
}

describe('the dialogue', () => {
  test('leads from nothing to a partition with sealed shares', async () => {
    using place = blank('sealed')
    using terminal = sit(place, ['partition', 'init', '--passphrase-cost', '14'])
    await answerDialogue(terminal, place)
    assert.doesNotMatch(terminal.screen(), /: pay {2}path of/, 'a question begins a line')
    await terminal.waitFor(/which token:[\s\S]*slot 0, blank/)
    terminal.press('enter')
    await terminal.waitFor(/two lost shares lock everyone out/)
    assert.equal(existsSync(place.path('made')), false)
    await reply(terminal, /make this partition\? \(yes or no\)/, 'yes')
    for (const name of CUSTODIANS) await issueTo(terminal, name)
    assert.equal(await left(terminal), 0)
    assert.match(terminal.screen(), /anchor/)
    assert.equal(statSync(place.path('made')).mode & 0o777, 0o700)
    assert.equal(terminal.raw().split('\x1b[3J').length - 1, 6, 'before and after each custodian')
    assertUnseen(terminal, [...CUSTODIANS.map(likes), 'krs1'.padEnd(6, 'q')])
    const shares = CUSTODIANS.flatMap((name) => [
      ...['--share', place.path('made', `${name}.share.age`)],
      ...['--passphrase-file', `${name}=${place.passphraseFile(name)}`],
    ])
    await place.data('partition', 'verify', ...shares.slice(0, 8))
  })

  test('a no in the end leaves nothing, nor do ctrl-c and ctrl-d there', async () => {
    const gone: [go: (terminal: Terminal) => void, code: number, said: RegExp][] = [
      [(terminal) => terminal.type('no\r'), 3, /you said no: no partition was made \[CONFIRMED\]\n.*changed nothing/],
      [(terminal) => terminal.press('ctrl-c'), 130, /interrupted; nothing changed/],
      [(terminal) => terminal.press('ctrl-d'), 130, /interrupted; nothing changed/],
    ]
    for (const [go, code, said] of gone) {
      using place = blank('sealed')
      using terminal = sit(place, ['partition', 'init'])
      await answerDialogue(terminal, place)
      await terminal.waitFor(/which token:/)
      terminal.press('enter')
      await terminal.waitFor(/make this partition\?/)
      go(terminal)
      assert.equal(await left(terminal), code)
      assert.match(terminal.screen(), said)
      assertNothing(place)
    }
  })

  const early = [/name of the new partition:/, /path of the PKCS/]
  for (const question of early)
    test(`ctrl-c at ${question}`, async () => {
      using place = blank('sealed')
      using terminal = sit(place, ['partition', 'init', ...(question === early[0] ? [] : ['pay'])])
      await terminal.waitFor(question)
      terminal.press('ctrl-c')
      assert.equal(await left(terminal), 130)
      assertNothing(place)
    })

  test('a dumb terminal can choose, too', async () => {
    using place = blank('plain')
    const args = ['partition', 'init', 'pay', '--module', softhsm, '--unsafe-plain-shares', '--threshold', '2']
    using terminal = sit(place, [...args, '--shares-dir', place.path('shares')], { env: { TERM: 'dumb' } })
    await reply(terminal, /custodians, such as/, 'alice bob carol dave')
    await reply(terminal, /which token: \(1 to 1\)/, '1')
    await reply(terminal, /make this partition\?/, 'yes')
    assert.equal(await left(terminal), 0)
    assert.ok(!terminal.raw().includes('\x1b'))
  })
})

function assertNothing(place: TestPartition) {
  assert.equal(existsSync(place.path('made')), false)
  assert.equal(existsSync(place.home), false)
  assert.deepEqual(readdirSync(place.path('tokens')), [])
}

describe('issue', () => {
  const asking = (place: TestPartition) =>
    initArgs(place).filter((arg, i, all) => ![arg, all[i - 1]].includes('--passphrase-file'))

  test('two that differ, an empty one and a wrong one are asked for again', async () => {
    using place = blank('sealed')
    using terminal = sit(place, asking(place), { cols: 60 })
    await reply(terminal, /press enter/, '')
    await reply(terminal, /passphrase for alice:/, 'first words')
    await reply(terminal, /once more:/, 'other words')
    await terminal.waitFor(/these two differ/)
    await reply(terminal, /passphrase for alice:/, '')
    await reply(terminal, /once more:/, '')
    await terminal.waitFor(/an empty passphrase protects nothing/)
    await reply(terminal, /passphrase for alice:/, likes('alice'))
    await reply(terminal, /once more:/, likes('alice'))
    await reply(terminal, /alice, your passphrase again:/, 'mistyped words')
    await reply(terminal, /wrong passphrase; again[\s\S]*alice, your passphrase again:/, likes('alice'))
    for (const name of ['bob', 'carol']) await issueTo(terminal, name)
    assert.equal(await left(terminal), 0)
    assertUnseen(terminal, ['first words', 'other words', 'mistyped words', ...CUSTODIANS.map(likes)])
  })

  test('ctrl-c in the middle says what is true, every command says the same, and what they hint at begins again', async () => {
    using place = blank('sealed')
    using terminal = sit(place, asking(place))
    await issueTo(terminal, 'alice')
    await reply(terminal, /press enter/, '')
    await terminal.waitFor(/passphrase for bob:/)
    terminal.press('ctrl-c')
    await terminal.waitFor(/interrupted; the token is initialised and holds nothing yet/)
    assert.equal(await left(terminal), 130)
    const hint = hintOn(terminal)
    for (const words of ['key list', 'key generate a --type aes-256', 'partition recover', 'audit verify']) {
      const { code, json } = await place.keyrite(words.split(' '))
      const { error } = json
      assert.deepEqual([code, error.code, error.hint, error.changed], [3, 'PARTITION-FINISHED', hint, false], words)
      assert.equal(error.message, 'the beginning of partition pay is not finished: not everyone has approved')
    }
    using again = paste(place, hint)
    for (const name of CUSTODIANS) await issueTo(again, name)
    assert.equal(await left(again), 0)
  })
})

test('a restore asks its custodians', async () => {
  using place = await partition('sealed')
  const backup = place.path('backup')
  await place.data('backup', 'create', backup, ...place.approvedBy('alice', 'bob'))
  for (const token of readdirSync(place.path('tokens'))) rmSync(place.path('tokens', token), { recursive: true })
  using terminal = sit(place, ['backup', 'restore', backup, '--module', softhsm, '--no-checkpoint'])
  await reply(terminal, /backup\.restore[\s\S]*blank, slot 0[\s\S]*type pay to go on:/, 'pay')
  await terminal.waitFor(/backup\.restore[\s\S]*code /)
  for (const name of ['alice', 'bob']) {
    await reply(terminal, /your share \(file, or type it\):/, place.share(name))
    await reply(terminal, /passphrase for \w+\.share\.age:/, likes(name))
  }
  assert.equal(await left(terminal), 0)
  assertUnseen(terminal, [likes('alice'), likes('bob')])
  assert.ok(readFileSync(place.ledger, 'utf8').includes('backup.restore'))
})
