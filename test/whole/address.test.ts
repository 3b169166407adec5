// What a command hints at is found with the home and the partition that were given to it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'

const generate = (place: TestPartition) => [
  'key',
  'generate',
  'new',
  '--type',
  'aes-256',
  ...place.approvedBy('alice', 'bob'),
]

test('whoever reads of an open change gets a command that finds it', async () => {
  using place = await partition()
  await killedAfter(place, generate, onDisk)
  const where = ['--home', 'home', '--partition', 'pay']
  const plainly = (...args: string[]) => perform(args, { home: '/nowhere', cwd: place.path(), env: place.folder.env })
  const flags = `keyrite --home ${place.home} --partition pay`
  const list = await plainly('key', 'list', ...where)
  assert.match(list.stderr, new RegExp(`whether it was done\n  ${flags} partition recover$`, 'm'))
  for (const [noun, verb] of [
    ['partition', 'show'],
    ['audit', 'verify'],
  ]) {
    const { stdout } = await plainly(noun!, verb!, ...where)
    assert.match(stdout, new RegExp(`whether it was done: ${flags} partition recover$`, 'm'))
  }
  const copy = await plainly('audit', 'verify', '--ledger', place.ledger, ...where)
  assert.match(copy.stdout, /whether it was done$/m)
  const doctor = await plainly('doctor', '--json', ...where)
  assert.equal(doctor.json.error.hint, `${flags} partition recover`)
  const changing = await plainly('key', 'rotate', 'card', ...where)
  assert.match(changing.stderr, new RegExp(`^  ${flags} partition recover$`, 'm'))
})

test('a blank token is offered to the same home', async () => {
  using place = await partition()
  const args = ['token', 'list', '--module', softhsm, '--no-probe', '--home', place.home]
  const { stdout } = await perform(args, { env: place.folder.env })
  assert.match(stdout, new RegExp(`^ {2}keyrite --home ${place.home} partition init --module `, 'm'))
  assert.match(stdout, /^ {2}partition +the token of partition pay$/m)
})
