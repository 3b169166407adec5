// New shares are handed out at a terminal: what each person sees alone at the screen, and what is left when somebody goes.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { describe, test } from 'node:test'
import { partition, type TestPartition } from '../support/partition.ts'
import { ASKS, assertUnseen, left, reply, sit } from '../support/screen.ts'
import { leaveOutRsa } from '../support/softhsm.ts'
import { identity, newShare, staged } from '../support/stage.ts'
import type { Terminal } from '../support/terminal.ts'

leaveOutRsa()

const textOf = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .find((line) => line.startsWith('krs1'))!

const chosen = (name: string) => `${name} drinks cold tea`

/** What somebody reads before anything is asked of them. */
const JOINS =
  /new shares of pay\s+group +custodians, epoch 2: any 2 of 3 custodians, for so, user, recovery\s+custodians +alice, bob, dan\s[\s\S]*opens +nothing yet: the shares of epoch 1 count until quorum replace\s+you sign +by reading it back: [\s\S]*press enter when you are alone/

async function takesShare(terminal: Terminal, name: string): Promise<void> {
  await terminal.waitFor(JOINS)
  terminal.press('enter')
  await reply(terminal, new RegExp(`passphrase for ${name}:`), chosen(name))
  await reply(terminal, /the same once more:/, chosen(name))
  const read = `with that you\\s+confirm\\s+that[\\s\\S]*${name}, your passphrase again:`
  await reply(terminal, new RegExp(read), chosen(name))
  await terminal.waitFor(new RegExp(`${name} has read the share back and confirms custodians, epoch 2`))
}

const stage = ['quorum', 'stage', '--remove', 'carol', '--add', 'dan', '--passphrase-cost', '14']
const noteOf = (place: TestPartition) => place.path('home', 'pay', 'issue.json')

describe('quorum stage at a terminal', { concurrency: 2 }, () => {
  test('each new share is chosen a passphrase for and read back; then the custodians of today see whose they are', async () => {
    using place = await partition()
    const bob = identity(place, 'bob')
    using terminal = sit(place, ['quorum', 'stage', '--passphrase-cost', '14', '--reason', 'carol leaves'])
    await terminal.waitFor(/custodians today: alice, bob, carol; 2 of them must agree/)
    await reply(terminal, /who leaves \(names, or enter for nobody\):/, 'carole')
    await reply(terminal, /carole does not belong to custodians; did you mean carol[\s\S]*who leaves [^:]*:/, 'carol')
    await reply(terminal, /who joins \(names, or enter for nobody\):/, 'dan')
    await reply(terminal, /how many of these 3 must agree \(a number, or enter for 2\):/, '4')
    await reply(terminal, /is 4, of 3 custodians[\s\S]*how many of these 3 [^:]*:/, '')
    await reply(terminal, /who is not here today \(names, or enter for nobody\):/, 'carol')
    await reply(terminal, /carol gets no share here: alice, bob, dan do[\s\S]*who is not here today [^:]*:/, 'bob')
    await reply(terminal, /the age recipient of bob, age1\.\.\.:/, 'age1nobody')
    await reply(terminal, /those begin with age1[\s\S]*the age recipient of bob, age1\.\.\.:/, bob.recipient)
    await reply(terminal, /folder for the share files, [^:]*:/, 'new')
    await reply(terminal, /make it,\s+for you alone\? \(yes or no\)/, 'yes')
    await takesShare(terminal, 'alice')
    // Whoever comes next sees what became of the others, and nothing that was typed.
    await terminal.waitFor(/bob: the file is sealed for the recipient, who can open it elsewhere/)
    await takesShare(terminal, 'dan')
    await terminal.waitFor(/leaves +carol[\s\S]*alice: read back\s+bob: not here, sealed for/)
    for (const name of ['alice', 'dan']) {
      await reply(terminal, ASKS, `new/${name}.e2.share.age`)
      await reply(terminal, /passphrase/, chosen(name))
      await terminal.waitFor(
        new RegExp(`this share is ${name}'s of\\s+custodians, epoch 2, which is being\\s+staged[\\s\\S]*bring the `),
      )
    }
    for (const name of ['alice', 'bob']) await reply(terminal, ASKS, textOf(place.share(name)))
    await terminal.waitFor(
      /new shares of custodians, epoch 2, are staged: 2 of 3[\s\S]*staged by +record (\w{5} ){4}\w{5}, as the plan of quorum replace says/,
    )
    await terminal.waitFor(
      /confirmed +2 of 3; quorum replace takes 3\s+missing +bob\s+those who were not here confirm theirs/,
    )
    assert.equal(await left(terminal), 0)
    assertUnseen(terminal, [chosen('alice'), chosen('dan'), textOf(place.share('alice')).slice(8, 40)])
    assert.ok(terminal.screen().replace(/\s/g, '').includes(bob.recipient), 'the recipient is shown whole')
    assert.equal(statSync(place.path('new')).mode & 0o777, 0o700)
    assert.deepEqual(readdirSync(place.path('new')).sort(), [
      'alice.e2.share.age',
      'bob.e2.share.age',
      'dan.e2.share.age',
    ])
    assert.equal(existsSync(noteOf(place)), false)
  })

  for (const [when, steps] of [
    ['before everyone has a share', ['alice']],
    ['before anybody approves', ['alice', 'bob', 'dan']],
  ] as const)
    test(`Ctrl-C ${when} leaves no share behind`, async () => {
      using place = await partition()
      mkdirSync(place.path('new'), { mode: 0o700 })
      const before = readFileSync(place.ledger, 'utf8')
      using terminal = sit(place, [...stage, '--shares-dir', 'new'])
      for (const name of steps) await takesShare(terminal, name)
      await terminal.waitFor(steps.length === 1 ? /bob, press enter/ : ASKS)
      assert.ok(readdirSync(place.path('new')).includes('alice.e2.share.age'))
      terminal.press('ctrl-c')
      await terminal.waitFor(/removed\s+\S+alice\.e2\.share\.age:\s+nothing\s+came\s+of\s+the\s+new\s+shares/)
      assert.equal(await left(terminal), 130)
      assert.deepEqual(readdirSync(place.path('new')), [])
      assert.equal(existsSync(noteOf(place)), false)
      assert.equal(readFileSync(place.ledger, 'utf8'), before)
    })

  test('whoever confirms sees first whom they join', async () => {
    using place = await partition()
    const dan = identity(place, 'dan')
    await staged(place, '--recipient', `dan=${dan.recipient}`)
    using terminal = sit(place, ['quorum', 'confirm'])
    await terminal.waitFor(/staged for pay by record 3\s+group +custodians, epoch 2: any 2 of 3[\s\S]*alice, bob, dan/)
    // A mistyped name is no guess: nobody waits for it.
    for (const name of ['dna', 'dnn', 'nad', 'and'])
      await reply(terminal, /custodian, the name of your share file, or your share:/, `${name}.share.age`)
    await reply(terminal, /custodian, the name of your share file, or your share:/, newShare(place, 'dan', 2, 'age'))
    await reply(terminal, /the age identity file for dan\.e2\.share\.age:/, 'nothing')
    await reply(terminal, /there is no file \S*nothing; type its name again[\s\S]*the age identity file for[^:]*:/, '')
    await reply(terminal, /no identity was given[\s\S]*custodian, the name of[^:]*:/, newShare(place, 'dan', 2, 'age'))
    await reply(terminal, /the age identity file for dan\.e2\.share\.age:/, dan.file)
    await terminal.waitFor(
      /dan confirms custodians, epoch 2[\s\S]*3 new shares are known to be there; quorum replace\s+takes 3[\s\S]*to put them in place:\s+keyrite quorum replace/,
    )
    assert.doesNotMatch(terminal.screen(), /the next try is in/)
    assert.equal(await left(terminal), 0)
  })
})
