// Shares on cards: made for a recipient that token list tells, opened by a key that stays on its token, and refused by name.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { CARD_PIN, type Card, card } from '../support/card.ts'
import { faultyModule, loggedCalls } from '../support/module.ts'
import { blank, initArgs, type TestPartition } from '../support/partition.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'
import { spawnTerminal } from '../support/terminal.ts'

leaveOutRsa()

interface Place {
  place: TestPartition
  alice: Card
  carol: Card
}

/** Alice and carol have a card each, and bob a passphrase. */
async function build(): Promise<Place> {
  const place = blank('sealed')
  const [alice, carol] = [await card(place, 'alice'), await card(place, 'carol')]
  const made = [`alice=${alice.recipient}`, `carol=${carol.recipient}`].flatMap((text) => ['--recipient', text])
  const unread = await place.keyrite([...initArgs(place), ...made])
  assert.deepEqual([unread.code, unread.json.error.code], [2, 'INPUT-MISSING'])
  await place.data(...initArgs(place), ...made, ...alice.flags, ...carol.flags)
  return { place, alice, carol }
}

const whole = (file: string) => readFileSync(file, 'utf8')

describe('shares on cards', () => {
  test('approve, drill, acknowledge and restore; what is wrong with a card is said by name, and costs it no try', async () => {
    const { place, alice, carol } = await build()
    using _ = place
    const present = (name: string) => ['--share', place.share(name)]
    const both = [...present('alice'), ...present('carol'), ...alice.flags, ...carol.flags]
    assert.match(whole(place.share('alice')), /^-----BEGIN AGE ENCRYPTED FILE-----/)
    await place.data('key', 'generate', 'card', '--type', 'aes-256', ...both)
    const { drills } = await place.data('quorum', 'drill', ...present('alice'), ...alice.flags)
    assert.equal(drills[0].custodian, 'alice')
    writeFileSync(place.path('form'), 'a form')
    const form = ['custodian', 'acknowledge', 'carol', '--form', place.path('form')]
    assert.equal((await place.data(...form, ...present('carol'), ...carol.flags)).custodian, 'carol')

    const show = (...more: string[]) => place.keyrite(['share', 'show', place.share('alice'), ...more])
    const shown = await show(...alice.flags)
    const { custodian, state, protection, card: told } = shown.json.data
    assert.deepEqual([custodian, state, protection], ['alice', 'in force', 'card'])
    assert.equal(told.recipient, alice.recipient)
    assert.match(told.tag, /^[A-Za-z0-9+/]{6}$/)
    assert.doesNotMatch(shown.stdout + shown.stderr, /krs1|their-pin/)

    // Refused: each by its name, and where a PIN would be at risk, before it is tried.
    writeFileSync(place.path('wrong'), 'another\n', { mode: 0o600 })
    const pin = ['--card-pin-file', alice.pinFile]
    const refusals: [flags: string[], code: string, says: RegExp][] = [
      [[], 'SHARE-CARD', /is for a card/],
      [['--card', `${softhsm},0123`, ...pin], 'CARD-PRESENT', /the card 0123 is not there/],
      [carol.flags, 'CARD-KEY', /no key on the card is the one that this share is for \(tag \S{6} in the file\)/],
      [
        ['--card', softhsm, '--card-pin-file', place.path('wrong')],
        'CARD-PIN',
        /wrong does not hold the PIN of the card/,
      ],
    ]
    for (const [flags, code, says] of refusals) {
      const { code: exit, json } = await show(...flags)
      assert.deepEqual([exit, json.error.code, json.error.changed], [3, code, false])
      assert.match(json.error.message, says)
    }
    for (const [fault, says] of [
      ['last-try', /has one try left, and none is made/],
      ['locked', /is locked/],
    ] as const) {
      const log = place.path(`${fault}.log`)
      const { module, env } = faultyModule(fault, { log })
      const run = ['share', 'show', place.share('alice'), '--card', module, ...pin]
      const { code, json } = await place.keyrite(run, { env })
      assert.deepEqual([code, json.error.code], [3, 'PIN-TRIES'])
      assert.match(json.error.message, says)
      const names = loggedCalls(log).map(({ name }) => name)
      assert.ok(names.includes('C_FindObjects') && !names.includes('C_Login'), names.join(' '))
    }
    const before = place.records().length
    const denied = await place.keyrite([
      ...['key', 'rotate', 'card', ...present('alice'), '--card', softhsm],
      ...['--card-pin-file', place.path('wrong')],
    ])
    assert.deepEqual([denied.code, denied.json.error.code, denied.json.error.changed], [3, 'CARD-PIN', false])
    assert.deepEqual([place.records().length, place.records().at(-1).reason], [before + 1, 'CARD-PIN'], denied.stderr)

    // A lost partition comes back by the same cards.
    await place.data('backup', 'create', place.path('backup'), ...both)
    const [serial, slot] = [place.serial, await place.blankSlot()]
    const how = ['--module', softhsm, '--slot', slot, '--no-checkpoint', '--confirm', 'pay']
    const restored = await place.keyrite(['backup', 'restore', place.path('backup'), ...how, ...both])
    assert.equal(restored.code, 0, restored.stderr)
    assert.notEqual(place.serial, serial)
    assert.ok((await place.data('partition', 'check', ...both)).keys)
  })

  test('a share moves between a card and a passphrase, and onto no card that does not open it again', async () => {
    const { place, alice } = await build()
    using _ = place
    const [clear, onCard] = [place.path('alice.phrase.age'), place.path('alice.card.age')]
    const move = (from: string, to: string, ...how: string[]) =>
      place.keyrite(['share', 'passphrase', from, '--out', to, '--passphrase-cost', '14', ...how])
    const phrase = place.passphraseFile('alice')
    await move(place.share('alice'), clear, '--new-passphrase-file', phrase, ...alice.flags)
    const opened = await place.data('share', 'show', clear, '--passphrase-file', phrase)
    assert.deepEqual([opened.custodian, opened.protection], ['alice', 'passphrase'])
    const moved = await move(clear, onCard, '--passphrase-file', phrase, '--recipient', alice.recipient, ...alice.flags)
    assert.equal(moved.code, 0, moved.stderr)
    assert.equal((await place.data('share', 'show', onCard, ...alice.flags)).protection, 'card')
    // A key that may sign alone: the file that it was to open is gone again.
    const signer = await card(place, 'signer', '--usage-sign')
    const to = ['--recipient', signer.recipient, ...signer.flags]
    const failed = await move(clear, place.path('no.age'), '--passphrase-file', phrase, ...to)
    assert.deepEqual([failed.code, failed.json.error.code], [3, 'CARD-KEY'])
    assert.match(failed.json.error.message, /may not derive/)
    assert.ok(!existsSync(place.path('no.age')))
    const hybrid = await move(clear, place.path('no.age'), '--recipient', 'age1tagpq1xyz', ...alice.flags)
    assert.deepEqual([hybrid.code, /post-quantum/.test(hybrid.json.error.message)], [2, true])
  })

  test('at a terminal the PIN is typed unseen, a wrong one is said, and a card that is not there is put in', async () => {
    const { place, alice } = await build()
    using _ = place
    renameSync(alice.folder, place.path('drawer'))
    const args = ['quorum', 'drill', '--share', place.share('alice'), '--card', `${softhsm},${alice.serial}`]
    using terminal = spawnTerminal(args, { home: place.home, env: place.folder.env })
    await terminal.waitFor(/is not there[\s\S]*put in the card for alice\.share\.age/)
    renameSync(place.path('drawer'), alice.folder)
    terminal.press('enter')
    for (const [asked, typed] of [
      [/PIN of the card alice, serial \w+, for alice\.share\.age:/, 'a wrong one'],
      [/that is not the PIN of the card[\s\S]*PIN of the card alice/, CARD_PIN],
    ] as const) {
      await terminal.waitFor(asked)
      terminal.type(typed)
      terminal.press('enter')
    }
    const { code } = await terminal.exit
    assert.equal(code, 0, terminal.screen())
    assert.match(terminal.screen(), /the share of alice was at hand/)
    assert.doesNotMatch(terminal.screen(), /their-pin|a wrong one/)
    rmSync(alice.folder, { recursive: true })
    const lost = await place.keyrite(['share', 'show', place.share('alice'), ...alice.flags])
    assert.deepEqual([lost.code, lost.json.error.code], [3, 'CARD-PRESENT'])
  })
})
