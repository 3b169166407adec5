// Custodians are replaced at a terminal: one person usually brings both shares, and the prompt counts both sets; it ends with the paper to be burnt.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { left, reply, sit } from '../support/screen.ts'
import { leaveOutRsa } from '../support/softhsm.ts'
import { succession, TOGETHER } from '../support/succession.ts'

leaveOutRsa()

test('quorum replace at a terminal', async () => {
  const story = await succession(TOGETHER)
  using place = story.place
  await place.data('backup', 'create', place.path('1.backup'), ...story.all())
  const next = await story.stage('custodians', '--remove', 'carol', '--add', 'dan')
  const old = story.set('custodians')
  using terminal = sit(place, ['quorum', 'replace'])
  await reply(terminal, /a folder elsewhere, such as that of a stick, for a copy of the ledger:/, 'stick')
  await terminal.waitFor(/leaves +carol[\s\S]*backup +1\.backup, record/)
  await reply(terminal, /this can't be undone; type custodians to go on:/, 'custodians')
  const asks = (counts: string) =>
    new RegExp(`${counts},\\s+the\\s+name\\s+of\\s+your\\s+share\\s+file,\\s+or\\s+your\\s+share:`)
  await reply(terminal, asks('old set 0 of 2, new set 0 of 2'), story.file(old, 'alice'))
  await reply(terminal, asks('old set 1 of 2, new set 0 of 2'), story.file(next, 'alice'))
  await reply(terminal, asks('old set 1 of 2, new set 1 of 2'), story.file(next, 'alice'))
  await terminal.waitFor(/alice has approved already/)
  await reply(terminal, asks('old set 1 of 2, new set 1 of 2'), story.file(old, 'carol'))
  await terminal.waitFor(/\n {2}1 of bob, dan \(new set\) must still approve/)
  await reply(terminal, asks('old set 2 of 2, new set 1 of 2'), story.file(old, 'bob'))
  await terminal.waitFor(
    /this share is bob's of custodians, epoch 1, and enough of\s+those\s+have\s+approved\s+bring one of custodians, epoch 2: that of bob, dan/,
  )
  await reply(terminal, asks('old set 2 of 2, new set 1 of 2'), story.file(next, 'dan'))
  await terminal.waitFor(/the new shares of custodians are in force: epoch 2, 2 of 3/)
  await terminal.waitFor(/to be burnt, with every copy, once the copy of the ledger was carried away/)
  await terminal.waitFor(/alice +1\s+bob +1\s+carol +1/)
  assert.equal(await left(terminal), 0)
})
