// Two machines look after one partition: what each writes is taken as long as it is a station, and not a record longer.
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readAll } from '../support/independent.ts'
import { partition, type TestPartition } from '../support/partition.ts'

let place: TestPartition
let by: string[]

before(async () => {
  place = await partition()
  by = place.approvedBy('alice', 'bob')
  mkdirSync(place.path('second'), { mode: 0o700 })
  mkdirSync(place.path('second', 'pay'), { mode: 0o700 })
  copyFileSync(place.path('home', 'config.json'), place.path('second', 'config.json'))
  carry('home', 'second')
})

after(() => place[Symbol.dispose]())

/** What people carry: never the private file. */
function carry(from: string, to: string): void {
  for (const name of ['ledger.jsonl', 'checkpoint'])
    copyFileSync(place.path(from, 'pay', name), place.path(to, 'pay', name))
}

const second = (...args: string[]) => place.keyrite(args, { home: place.path('second') })
const refusal = ({ code, json }: Awaited<ReturnType<typeof second>>) => [code, json.error?.code]
const verdict = async () => (await readAll([readFileSync(place.ledger, 'utf8')]))[0]

test('a machine that is no station changes nothing, and asks', async () => {
  assert.deepEqual(refusal(await second('key', 'rotate', 'card', ...by)), [3, 'STATION-KNOWN'])
  const { json } = await second('station', 'request', '--out', 'laptop.request')
  const file = place.path('second', 'pay', 'station.key')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const again = await second('station', 'request', '--out', 'again.request')
  assert.equal(again.json.data.code, json.data.code)
  assert.match(again.stderr, /^this key was asked for before; if station add has let it in, take the newest ledger/m)
  const asked = await second('key', 'rotate', 'card', ...by)
  assert.match(
    asked.json.error.hint,
    /^if station add has let it in, take the newest ledger.* # .*: keyrite station request/,
  )
  const shown = (await place.keyrite(['station', 'add', 'laptop', '--in', 'laptop.request', '--dry-run'])).json.data
    .plan
  assert.equal(shown.station.key.id, json.data.key.id)
})

test('a request that was changed, or is of another partition, is refused', async () => {
  const text = readFileSync(place.path('laptop.request'), 'utf8')
  const rows: [text: string, code: number][] = [
    [text.replace(/"user":"[^"]*"/, '"user":"somebody"'), 5],
    [text.slice(0, -9), 5],
    ['{}', 5],
  ]
  for (const [bent, code] of rows) {
    writeFileSync(place.path('bent.request'), bent)
    const told = await place.keyrite(['station', 'add', 'laptop', '--in', 'bent.request', ...by])
    assert.deepEqual(refusal(told), [code, 'STATION-REQUEST'])
    assert.doesNotMatch(told.json.error.hint, /audit verify/)
  }
})

test('added, its refusals and its changes are taken, by both readers', async () => {
  const { name } = (await place.data('station', 'list')).stations[0]
  assert.deepEqual(refusal(await place.keyrite(['station', 'add', name, '--in', 'laptop.request', ...by])), [
    3,
    'STATION-NEW',
  ])
  await place.data('station', 'add', 'laptop', '--in', 'laptop.request', ...by)
  carry('home', 'second')
  assert.deepEqual(refusal(await second('key', 'rotate', 'card', ...place.approvedBy('alice'))), [3, 'QUORUM-MET'])
  assert.equal((await second('key', 'rotate', 'card', ...by)).code, 0)
  carry('second', 'home')
  assert.deepEqual(
    place
      .records()
      .slice(-3)
      .map(({ type, station }) => `${type} ${station}`),
    ['denied laptop', 'intent laptop', 'outcome laptop'],
  )
  await place.data('audit', 'verify')
  assert.equal(await verdict(), 'none')
})

test('a station goes at another one alone, and is refused from then on', async () => {
  const own = await second('station', 'remove', 'laptop', '--confirm', 'laptop', ...by)
  assert.deepEqual(refusal(own), [3, 'STATION-OTHER'])
  await place.data('station', 'remove', 'laptop', '--confirm', 'laptop', '--reason', 'it was lost', ...by)
  carry('home', 'second')
  assert.deepEqual(refusal(await second('key', 'rotate', 'card', ...by)), [3, 'STATION-KNOWN'])
  const again = await place.keyrite(['station', 'add', 'laptop-2', '--in', 'laptop.request', ...by])
  assert.deepEqual(refusal(again), [3, 'STATION-NEW'])
  await second('station', 'request', '--out', 'anew.request')
  await place.data('station', 'add', 'laptop-2', '--in', 'anew.request', ...by)
  assert.equal(await verdict(), 'none')
})

test('a machine whose private file is lost adds itself', async () => {
  rmSync(place.path('home', 'pay', 'station.key'))
  assert.deepEqual(refusal(await place.keyrite(['key', 'rotate', 'card', ...by])), [3, 'STATION-KNOWN'])
  await place.data('station', 'request', '--out', 'lost.request')
  await place.data('station', 'add', 'here-again', '--in', 'lost.request', ...by)
  await place.data('key', 'rotate', 'card', ...by)
  const { stations } = await place.data('station', 'list')
  assert.deepEqual(
    stations.filter(({ here }: { here?: boolean }) => here).map(({ name }: { name: string }) => name),
    ['here-again'],
  )
  assert.equal(await verdict(), 'none')
  assert.ok(existsSync(join(place.home, 'pay', 'station.key')))
})
