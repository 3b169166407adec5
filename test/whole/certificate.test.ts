// A certificate of destruction is there when the key is gone: at its planned place, or where the warning says.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { readAll } from '../support/independent.ts'
import { killedAfter } from '../support/interrupted.ts'
import { testModule } from '../support/module.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { softhsm } from '../support/softhsm.ts'

const end = (place: TestPartition) => [
  ...['key', 'destroy', 'card#1', '--confirm', 'card#1'],
  ...['--certificate', place.path('out', 'end'), ...by(place)],
]

/** Its only key is being destroyed, and the command was killed. */
async function interrupted(at: (event: ProbeEvent) => boolean): Promise<TestPartition> {
  const place = await partition()
  mkdirSync(place.path('out'))
  await place.data('key', 'deactivate', 'card#1', '--reason', 'done with', ...by(place))
  place.useModule(testModule())
  await killedAfter(place, end, at)
  place.useModule(softhsm)
  return place
}

const statementIn = (path: string) => JSON.parse(readFileSync(path, 'utf8')).statement

test('half a certificate that a crash left: the recovery writes both files anew, where they were planned', async () => {
  using place = await interrupted(({ name, path }) => name === 'link' && path.endsWith('/end'))
  assert.ok(!readdirSync(place.path('out')).includes('end.json'))
  await place.data('partition', 'recover', ...by(place))
  assert.deepEqual(readdirSync(place.path('out')).sort(), ['end', 'end.json'])
  assert.equal(statementIn(place.path('out', 'end.json')).tokens[0].found, 'unknown')
  const { kind, key, found } = await place.data('inspect', place.path('out', 'end.json'))
  assert.deepEqual([kind, key, found], ['certificate', 'card#1', 'unknown'])
})

test('a certificate that cannot be written where it was planned is kept with the ledger, which names it', async () => {
  using place = await interrupted(({ path }) => path.includes('/out/'))
  rmSync(place.path('out'), { recursive: true })
  const { code, stderr } = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.equal(code, 0, stderr)
  const { keys, artefacts } = place.records().find(({ type }) => type === 'recovered')
  const kept = `destroyed-${keys[0].id}.txt`
  assert.deepEqual(
    artefacts.map(({ name }: { name: string }) => name),
    [kept, `${kept}.json`],
  )
  assert.match(
    stderr,
    new RegExp(`out/end does not exist; the certificate is ${place.path('home', 'pay', kept)} and .*copy it`),
  )
  assert.equal(statementIn(place.path('home', 'pay', `${kept}.json`)).key.id, keys[0].id)
  assert.ok(existsSync(place.path('home', 'pay', kept)))
  await place.data('audit', 'verify')
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

test('a backup that was carried away before the recovery: it is not "not done", and what can bring a key back names it', async () => {
  using place = await partition()
  for (const folder of ['out', 'safe']) mkdirSync(place.path(folder))
  const create = (one: TestPartition) => ['backup', 'create', one.path('out', 'b'), ...by(one)]
  await killedAfter(place, create, ({ name, path }) => name === 'link' && path.endsWith('/b'))
  renameSync(place.path('out', 'b'), place.path('safe', 'b'))
  // Whoever can write there may leave what looks as if it had never been finished.
  const { nonce } = place.records().at(-1).plan
  writeFileSync(place.path('out', `keyrite-${nonce}.part`), 'x')
  const { code, json, stderr } = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.deepEqual([code, json.data.found], [0, 'partial'])
  assert.match(stderr, /^warning: nobody knows whether the backup \S+\/out\/b was written/m)
  await place.data('key', 'deactivate', 'card', '--reason', 'done with', ...by(place))
  await place.data(...end(place))
  const { seq: record, plan } = place.records().find(({ plan }) => plan?.op === 'backup.create')
  const told = { record, time: plan.created, name: 'b' }
  const held = { backups: [told], tokens: [] }
  assert.deepEqual(statementIn(place.path('out', 'end.json')).stillHeldBy, held)
  assert.match(readFileSync(place.path('out', 'end'), 'utf8'), /from:\n {2}backup b started .+ nobody knows whether/)
  assert.deepEqual((await place.data('key', 'show', 'card#1')).heldBy, held)
  assert.deepEqual((await place.data('partition', 'show')).backups, [{ ...told, keys: 1 }])
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})
