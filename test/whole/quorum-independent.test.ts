// What is left of custodians who were replaced twice, read by a program that shares no line with keyrite: with shares of today alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProgram } from '../support/keyrite.ts'
import { inRepo } from '../support/paths.ts'
import { softhsm } from '../support/softhsm.ts'
import { succession, TOGETHER } from '../support/succession.ts'

test('the ledger, the PINs of the token, and the backups of every epoch', async () => {
  const story = await succession(TOGETHER)
  using place = story.place
  const read = async (...args: string[]) => {
    const { code, json, stdout, stderr } = await runProgram(
      'python3',
      [inRepo('test/independent/reader.py'), ...args],
      { env: place.folder.env },
    )
    return { code, json, said: `${stdout}${stderr}` }
  }
  const reads = async (...args: string[]) => {
    const { code, json, said } = await read(...args)
    assert.equal(code, 0, said)
    return json
  }
  const files = (set: ReturnType<typeof story.set>) =>
    set.people.slice(0, set.threshold).map((person) => story.file(set, person))
  const old = story.set('custodians')
  for (const epoch of [1, 2, 3]) {
    await place.data('key', 'rotate', 'card', ...story.all())
    await place.data('backup', 'create', place.path(`${epoch}.backup`), ...story.all())
    if (epoch < 3) await story.replace(await story.stage('custodians'))
  }
  const today = files(story.set('custodians'))
  const by = ['--ledger', place.ledger]
  const { groups, pins } = await reads('ledger', place.ledger)
  assert.deepEqual([groups[0].epoch, pins], [3, { so: 3, user: 3 }])
  for (const role of ['so', 'user'])
    assert.equal((await reads('login', ...today, ...by, '--role', role, '--module', softhsm)).ok, true, role)
  for (const epoch of [1, 2, 3]) {
    const { keys, opened } = await reads('backup', place.path(`${epoch}.backup`), ...by, '--shares', ...today)
    assert.deepEqual([epoch, opened], [epoch, keys])
  }
  const refused = await read('pin', ...files(old), ...by)
  assert.deepEqual([refused.code, refused.json.rule], [1, 'SHARE-RETIRED'])
})
