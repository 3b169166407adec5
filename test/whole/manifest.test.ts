// A manifest through the years, on real tokens: what is missing is made, what is due is done in its time, and nothing twice.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, mock, test } from 'node:test'
import { lookAsUser } from '../crash/token.ts'
import { appInit, pinOf, serialOf } from '../support/application.ts'
import { readAll } from '../support/independent.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { testModule } from '../support/module.ts'
import { by, copyOf, partition, type TestPartition } from '../support/partition.ts'

const DAY = 86_400_000

const MANIFEST = `format = "keyrite.manifest/1"
[policies.dek]
type = "aes-256"
rotate-every = "P1Y"
publish-before = "P14D"
process-for = "P2Y"
destroy-after = "P30D"
[policies.mac]
type = "hmac-sha256"
rotate-every = "P1Y"
process-for = "P1Y"
[policies.sign]
type = "ec-p256"
usage = ["sign", "verify"]
rotate-every = "P2Y"
publish-before = "P1M"
[policies.stays]
type = "ec-p256"
[keys.dek]
policy = "dek"
count = 3
deliver = ["till", {app = "web", usage = ["encrypt"]}]
[keys.mac]
policy = "mac"
count = 3
[keys.sign]
policy = "sign"
deliver = ["till"]
[keys.root]
policy = "stays"
[duties]
"partition.check" = "P92D"
"quorum.drill" = "P92D"
`

/** With the key `card`, which no manifest names. */
const ready = (): Promise<TestPartition> =>
  copyOf('two-applications', 'plain', async () => {
    const place = await partition()
    for (const name of ['till', 'web']) await place.data(...appInit(place, name))
    return place
  })

afterEach(() => mock.timers.reset())

/** So many days after the beginning. */
let begun = 0
function onDay(day: number): void {
  mock.timers.reset()
  mock.timers.enable({ apis: ['Date'], now: begun + day * DAY })
}

const write = (place: TestPartition, text = MANIFEST): string => {
  writeFileSync(place.path('keys.toml'), text)
  return place.path('keys.toml')
}
const apply = (place: TestPartition, ...more: string[]) =>
  place.data('manifest', 'apply', place.path('keys.toml'), '--expires', '7d', ...more, ...by(place))
let backups = 0
const backUp = (place: TestPartition) => place.data('backup', 'create', place.path(`b${++backups}`), ...by(place))

/** `publish dek-1#2`, and behind a dash why it waits. */
async function due(place: TestPartition, ...more: string[]): Promise<string[]> {
  const { due: all } = await place.data('manifest', 'diff', place.path('keys.toml'), ...more)
  const told = (all as { action: string; name: string; version: number; app?: string; waits?: string }[]).map(
    ({ action, name, version, app, waits }) =>
      `${action} ${name}#${version}${app ? ` at ${app}` : ''}${waits ? ` - ${waits}` : ''}`,
  )
  return told.sort()
}

const states = async (place: TestPartition, name: string): Promise<string[]> =>
  (await place.data('key', 'list', name, '--sort', 'name')).keys.map(
    (key: { version: number; state: string; published?: true }) =>
      `#${key.version} ${key.state}${key.published ? ', waits' : ''}`,
  )

const labels = async (place: TestPartition, app: string): Promise<string[]> =>
  lookAsUser(place.folder, await serialOf(place, app), pinOf(place, app), (objects) =>
    objects
      .filter(({ class: kind }) => kind !== 'public')
      .map(({ label }) => label)
      .sort(),
  )

test('four policies through three years: made, delivered, published, promoted, rotated, withdrawn and destroyed', async () => {
  using place = await ready()
  begun = Date.now()
  write(place)
  onDay(0)
  assert.equal((await due(place)).filter((one) => one.startsWith('generate')).length, 8)
  const { keys } = await apply(place)
  assert.equal(keys.length, 8)
  assert.equal((await due(place)).filter((one) => one.endsWith('no backup holds it')).length, 7)
  await backUp(place)
  const delivered = await apply(place)
  assert.deepEqual(
    delivered.apps.map(({ app, copies }: { app: string; copies: object[] }) => `${app} ${copies.length}`),
    ['till 4', 'web 3'],
  )
  assert.deepEqual(await labels(place, 'till'), ['dek-1', 'dek-2', 'dek-3', 'sign'])
  const records = place.records().length
  assert.deepEqual(await apply(place), { nothing: true })
  assert.equal(place.records().length, records, 'applying twice does nothing twice')
  assert.deepEqual((await place.data('manifest', 'diff', place.path('keys.toml'))).unmanaged, ['card#1'])

  onDay(352)
  assert.deepEqual(await due(place), ['publish dek-1#2', 'publish dek-2#2', 'publish dek-3#2'])
  const year = ['--by', new Date(begun + 380 * DAY).toISOString()]
  await apply(place, ...year)
  assert.deepEqual(await states(place, 'dek-1'), ['#1 active', '#2 active, waits'])
  assert.deepEqual(await states(place, 'mac-1'), ['#1 deactivated', '#2 active'], 'nobody has it: in one step')
  assert.deepEqual((await labels(place, 'till')).slice(0, 2), ['dek-1', 'dek-1#2'])
  assert.deepEqual(await labels(place, 'web'), ['dek-1', 'dek-2', 'dek-3'], 'who only writes waits for the promotion')
  assert.match((await due(place, ...year))[0]!, /^promote dek-1#2 - not before .*: its readers have it for P14D first$/)

  onDay(368)
  assert.match((await due(place))[0]!, /^promote dek-1#2 - no backup holds it$/)
  await backUp(place)
  const promoted = await apply(place, '--list', place.path('list'))
  assert.equal(promoted.keys.length, 6)
  assert.match(
    readFileSync(place.path('list'), 'utf8'),
    new RegExp(`^plan ${promoted.plan.code}\\nmanifest [^]*\\npromote {2}dek-1#2 `),
  )
  assert.deepEqual(await states(place, 'dek-1'), ['#1 deactivated', '#2 active'])
  assert.deepEqual((await labels(place, 'till')).slice(0, 2), ['dek-1', 'dek-1#1'])
  assert.deepEqual(await labels(place, 'web'), ['dek-1', 'dek-2', 'dek-3'])
  assert.deepEqual((await place.data('key', 'list', '--due')).due, [])
  const ahead = await place.keyrite([
    'key',
    'list',
    'dek-1',
    '--due',
    '--by',
    new Date(begun + 730 * DAY).toISOString(),
    '--fail-if-due',
  ])
  assert.deepEqual([ahead.code, ahead.json.error.code, ahead.json.data?.due.length], [5, 'KEYS-DUE', 1])

  onDay(368 + 2 * 366 + 40)
  const late = await due(place)
  assert.equal(late.filter((one) => one === 'withdraw dek-1#1 at till').length, 1)
  assert.ok(late.includes('destroy dek-1#1 - till may have a copy'), late.join())
  await apply(place, '--accept', 'unbacked')
  assert.deepEqual(
    (await labels(place, 'till')).filter((one) => one.endsWith('#1')),
    [],
  )
  const end = (await due(place)).filter((one) => one.startsWith('destroy'))
  assert.deepEqual(
    end,
    ['destroy dek-1#1', 'destroy dek-2#1', 'destroy dek-3#1'].map(
      (one) => `${one} - nothing is destroyed without --destroy`,
    ),
  )
  const refused = await place.keyrite(['manifest', 'apply', place.path('keys.toml'), '--destroy', ...by(place)])
  assert.deepEqual([refused.code, refused.json.error.code], [2, 'INPUT-MISSING'], refused.stderr)
  // What the same plan makes is no stranger on the token where it looks for what is left.
  write(place, `${MANIFEST}[keys.late]\npolicy = "mac"\n`)
  await apply(place, '--destroy', '--confirm', 'pay')
  assert.deepEqual(await states(place, 'late'), ['#1 active'])
  assert.deepEqual((await states(place, 'dek-1'))[0], '#1 destroyed')
  assert.deepEqual(
    (await due(place)).filter((one) => !one.includes(' - ')),
    [],
  )
  await place.data('partition', 'check', ...by(place))
  await place.data('app', 'check', '--all', ...by(place))
  await place.data('audit', 'verify')
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

const ENDED = `format = "keyrite.manifest/1"
[policies.aes]
type = "aes-256"
process-for = "P1D"
destroy-after = "P1D"
[policies.ec]
type = "ec-p256"
process-for = "P1D"
destroy-after = "P1D"
[keys.card]
policy = "aes"
[keys.sign]
policy = "ec"
`

test('a destruction that is killed half way through a pair is finished by the recovery', async () => {
  using place = await partition()
  begun = Date.now()
  await place.data('key', 'generate', 'sign', '--type', 'ec-p256', ...by(place))
  for (const name of ['card', 'sign']) await place.data('key', 'deactivate', name, '--reason', 'its end', ...by(place))
  write(place, ENDED)
  onDay(3)
  await apply(place)
  mock.timers.reset()
  write(place, `${ENDED}[keys.late]\npolicy = "aes"\n`)
  place.useModule(testModule())
  let [intended, calls] = [false, 0]
  await killedAfter(
    place,
    (at) => [
      ...['manifest', 'apply', at.path('keys.toml'), '--destroy', '--confirm', 'pay', '--accept', 'clock'],
      ...by(at),
    ],
    (event) => {
      intended ||= onDisk(event)
      // The first is the head of before; then the key goes, and the first half of the pair.
      return intended && event.name === 'C_DestroyObject' && ++calls === 3
    },
  )
  await place.data('partition', 'recover', '--accept', 'clock', ...by(place))
  assert.deepEqual([await states(place, 'card'), await states(place, 'sign')], [['#1 destroyed'], ['#1 destroyed']])
  assert.deepEqual(await states(place, 'late'), ['#1 active'], 'it was made before')
  await place.data('partition', 'check', '--accept', 'clock', ...by(place))
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})
