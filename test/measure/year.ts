// A year of many keys under four policies, by a clock that is set to the days of its three ceremonies: made, delivered to two applications,
// rotated when due. After each of them the token, the applications' tokens and the manifest agree. In the first the program is killed when half of the
// keys are there: what is recovered is made no second time. `npm run test:year`, or `npm run test:year -- 400` for fewer keys.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { appInit } from '../support/application.ts'
import { launcher } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { approved, envOn, step, unattended } from './dated.ts'

const APPS = ['cards', 'web']

/** `count`: of each policy. */
const manifest = (count: number): string => `format = "keyrite.manifest/1"
[policies.dek]
type = "aes-256"
rotate-every = "P1Y"
publish-before = "P14D"
process-for = "P2Y"
[policies.mac]
type = "hmac-sha256"
rotate-every = "P1Y"
publish-before = "P14D"
[policies.tmk]
type = "aes-256"
usage = ["wrap", "unwrap"]
rotate-every = "P6M"
[policies.sign]
type = "ec-p256"
rotate-every = "P2Y"
[keys.dek]
policy = "dek"
count = ${count}
deliver = ["cards", "web"]
[keys.mac]
policy = "mac"
count = ${count}
deliver = ["cards"]
[keys.tmk]
policy = "tmk"
count = ${count}
[keys.sign]
policy = "sign"
count = ${count}
`

/** The objects that lie on tokens, of whatever kind. */
const objectsIn = (place: TestPartition): number =>
  readdirSync(place.path('tokens'), { recursive: true }).filter((name) => `${name}`.endsWith('.object')).length

/** Killed once so many objects more are there, with whatever was under way beside the module. */
async function killedAmid(place: TestPartition, more: number, ...args: string[]): Promise<void> {
  const wanted = objectsIn(place) + more
  const child = spawn(launcher, [...args, ...unattended], { env: envOn(place, 0), stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  while (objectsIn(place) < wanted && child.exitCode === null) await pause(20)
  child.kill('SIGKILL')
  assert.equal(await ended, 'SIGKILL', 'it was to be killed, and had ended')
  // The process beside the module makes its last keys.
  for (let before = -1; before !== objectsIn(place); await pause(1000)) before = objectsIn(place)
  console.log(`killed with ${objectsIn(place) + more - wanted} of ${2 * more} objects there`)
}

/** After a ceremony: nothing is due, and each token has what the ledger says. */
async function agrees(place: TestPartition, days: number, file: string): Promise<void> {
  await step(place, '  partition check', days, 'partition', 'check', ...approved(place))
  await step(place, '  app check', days, 'app', 'check', '--all', ...approved(place))
  const { due } = await step(place, '  manifest diff', days, 'manifest', 'diff', file)
  assert.deepEqual(due, [], 'nothing is left to do')
}

/** How many versions there are in each state, waiting ones by themselves. */
async function versions(place: TestPartition): Promise<Record<string, number>> {
  const { keys } = await place.data('key', 'list')
  const counts: Record<string, number> = {}
  for (const { state, published, name, version } of keys) {
    if (name === 'card') continue
    const what = `#${version} ${published ? 'waiting' : state}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  return counts
}

async function year(count: number): Promise<void> {
  const each = count / 4
  using place = await partition()
  for (const app of APPS) await place.data(...appInit(place, app))
  const file = place.path('keys.toml')
  writeFileSync(file, manifest(each))
  let made = 0
  const apply = (...more: string[]) => [
    ...['manifest', 'apply', file, '--list', place.path(`list-${++made}`)],
    ...[...more, ...approved(place)],
  ]
  const backUp = () => ['backup', 'create', place.path(`backup-${++made}`), ...approved(place)]

  console.log(`\nthe first ceremony, of ${count} keys`)
  await killedAmid(place, Math.floor((count + each) / 2), ...apply())
  const { keys: found } = await step(place, 'recover', 0, 'partition', 'recover', ...approved(place))
  assert.ok(found.length > 0 && found.length < count, `${found.length} keys were recovered`)
  const { keys } = await step(place, 'apply again', 0, ...apply())
  assert.equal(found.length + keys.length, count, 'nothing is made twice, and nothing is lacking')
  assert.deepEqual(await versions(place), { '#1 active': count })
  await step(place, 'back up', 0, ...backUp())
  await step(place, 'deliver', 0, ...apply())
  await agrees(place, 0, file)

  console.log(
    '\nthe second, two weeks before the year is over: what applications read is published, the rest is rotated',
  )
  const by366 = ['--by', new Date(Date.now() + 366 * 86_400_000).toISOString().slice(0, 10)]
  await step(place, 'publish, rotate', 353, ...apply(...by366))
  assert.deepEqual(await versions(place), {
    '#1 active': 3 * each,
    '#1 deactivated': each,
    '#2 active': each,
    '#2 waiting': 2 * each,
  })
  await step(place, 'back up', 353, ...backUp())
  await agrees(place, 353, file)

  console.log('\nthe third, when it is over: what was published takes over')
  await step(place, 'promote', 367, ...apply())
  assert.deepEqual(await versions(place), { '#1 active': each, '#1 deactivated': 3 * each, '#2 active': 3 * each })
  await agrees(place, 367, file)
  await step(place, 'audit verify', 367, 'audit', 'verify')
  const records = place.records().length
  const again = await step(place, 'apply once more', 367, ...apply())
  assert.deepEqual([again, place.records().length], [{ nothing: true }, records], 'applied again it does nothing')
}

const count = Number(process.argv[2] ?? 5000)
if (!Number.isSafeInteger(count) || count < 8 || count % 4 !== 0)
  throw new Error('how many keys? a number that 4 divides, such as 400')
await year(count)
