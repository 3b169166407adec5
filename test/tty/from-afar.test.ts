// A change that waits at a terminal for a custodian elsewhere, who is asked for everything at another one; and what Ctrl-C leaves.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { planCode } from '../../src/domain/proposal.ts'
import { elsewhere, filesIn, inboxOf, planIn, wide } from '../support/afar.ts'
import type { TestPartition } from '../support/partition.ts'
import { ASKS, assertUnseen, left, likes, reply, sit } from '../support/screen.ts'
import { leaveOutRsa } from '../support/softhsm.ts'
import type { Terminal } from '../support/terminal.ts'

leaveOutRsa()

const ASKS_FOR_ONE =
  /the\s+name\s+of\s+a\s+contribution,\s+or\s+enter\s+alone\s+to\s+go\s+on\s+with\s+those\s+who\s+are\s+here:/

/** Those at the terminal give their shares. */
async function present(terminal: Terminal, place: TestPartition, ...names: string[]): Promise<void> {
  for (const name of names) {
    await reply(terminal, ASKS, place.share(name))
    await reply(terminal, new RegExp(`passphrase for ${name}`), likes(name))
    await terminal.waitFor(new RegExp(`${name} approves`))
  }
}

const rotate = (place: TestPartition) => {
  mkdirSync(inboxOf(place), { mode: 0o700 })
  return sit(place, ['key', 'rotate', 'card', '--remote', inboxOf(place)], { cols: 140 })
}

test('two at the terminal, one at another: a mistyped code is heard once more, and the contribution is named', async () => {
  using place = await wide(3, 5, 'sealed')
  using dan = await elsewhere(place, 'dan')
  using terminal = rotate(place)
  await present(terminal, place, 'alice', 'bob')
  const [, code] = await terminal.waitFor(/who reads ([0-9A-Z ]{24}) to them/)
  await terminal.waitFor(/2 of 3 at this terminal, 1 from afar still missing/)
  await terminal.waitFor(ASKS_FOR_ONE)
  const [name] = filesIn(inboxOf(place), '.plan')
  const file = join(inboxOf(place), name!)
  assert.equal(planCode(planIn(file)), code)
  assert.ok(!name!.includes(code!.slice(0, 4)))

  using other = sit(place, ['plan', 'approve', file], { home: dan.path('nowhere'), cwd: dan.dir, cols: 140 })
  await reply(other, /a copy of the ledger:/, dan.ledger)
  await reply(other, /the anchor, from your own paper:/, dan.anchor)
  await other.waitFor(
    /key\.rotate card[\s\S]*signed +at the terminal, by alice, bob[\s\S]*on a number from your own paper/,
  )
  await reply(other, /the code, as it is read to you:/, 'K7QD 9XMA 2FJT 6V1C H8RW')
  await reply(other, /that is not the code of this plan[\s\S]*the code, as it is read to you:/, code!.toLowerCase())
  await reply(other, /where your sealed share goes:/, dan.path('contribution'))
  await reply(other, /the name of your share file, or your share:/, place.share('dan'))
  await reply(other, /passphrase for dan/, likes('dan'))
  await other.waitFor(/dan approves/)
  assert.equal(await left(other), 0)
  assertUnseen(other, [likes('dan')])

  terminal.type(`${dan.path('nothing')}\r`)
  await terminal.waitFor(/there is no contribution[\s\S]*enter\s+alone/)
  terminal.type(`${dan.path('contribution')}\r`)
  await terminal.waitFor(/dan approves from afar[\s\S]*2 of 3 at this terminal, 1 from afar\n/)
  await present(terminal, place, 'bob', 'alice')
  await terminal.waitFor(/contribution": of no use any more; delete it there, and where it came from/)
  await terminal.waitFor(/warning: new shares of custodians are due: the share of dan, epoch 1, came from afar/)
  assert.equal(await left(terminal), 0)
  assertUnseen(terminal, [likes('alice'), likes('bob')])
  assert.equal(existsSync(file), false)
  assert.deepEqual(
    place
      .records()
      .findLast(({ type }) => type === 'intent')
      .approvals.map(({ via }: { via: string }) => via),
    ['contribution', 'file', 'file'],
  )
})

test('ctrl-c ends the wait, and the plan goes with it; enter alone goes on with who is here', async () => {
  using place = await wide(3, 5, 'sealed')
  using terminal = rotate(place)
  await present(terminal, place, 'alice', 'bob')
  await terminal.waitFor(ASKS_FOR_ONE)
  assert.equal(filesIn(inboxOf(place), '.plan').length, 1)
  const goesOn = /then 1 more of custodians must be here to approve; go on without\s+those\s+elsewhere\? \(yes or no\)/
  terminal.press('enter')
  await reply(terminal, goesOn, 'no')
  await terminal.waitFor(ASKS_FOR_ONE)
  terminal.press('enter')
  await reply(terminal, goesOn, 'yes')
  await terminal.waitFor(/custodian 1 of 3/)
  terminal.press('ctrl-c')
  assert.equal(await left(terminal), 130)
  assert.deepEqual(filesIn(inboxOf(place), ''), [])
  assert.equal(place.records().at(-1).type, 'outcome')
})
