// Many at once: ten ceremonies begin together and each goes on until it is through, while a station is refused ten times a second.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from '../../src/database/session.ts'
import { ledgersOf } from '../../src/ledger/ledgers.ts'
import type { Cluster } from './cluster.ts'
import { type Fleet, generate, recordsOf } from './fleet.ts'
import { withAnother } from './waiting.ts'

const CEREMONIES = 10
const BUSY = ['LEDGER-CLAIMED', 'DATABASE-AHEAD']

/** One at a time goes, nobody is asked at the others, each gets its turn, and what was refused is in the ledger. */
export async function crowd(cluster: Cluster): Promise<void> {
  using fleet = await withAnother(cluster)
  const before = fleet.rows.length
  const homes = Array.from({ length: CEREMONIES }, (_, i) => `station${i}`)
  for (const home of homes) fleet.copyHome('home', home)
  const storm = { isOver: false }
  const refusals = refusedAt('far', fleet, storm)
  const all = await Promise.allSettled(homes.map((home, i) => untilDone(fleet, home, `k${i}`)))
  storm.isOver = true
  const given = await refusals
  const tries = all.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
  await fleet.change('home', 'audit', 'checkpoint')
  const records = recordsOf(fleet.rows).slice(before)
  const count = (type: string) => records.filter((record) => record.type === type).length
  assert.ok(given > CEREMONIES, `${given} refusals`)
  assert.equal(count('denied'), given)
  assert.equal(count('outcome'), CEREMONIES + 1)
  assert.equal(count('note'), 0)
  const { keys } = (await fleet.ok('home', 'key', 'list')).json.data
  assert.equal(keys.length, CEREMONIES + 1)
  await fleet.isWhole()
  assert.ok(tries.some((one) => one > 1))
}

async function untilDone(fleet: Fleet, home: string, key: string): Promise<number> {
  for (let tries = 1; tries <= 100; tries++) {
    const { code, json, stderr } = await fleet.try(home, ...generate(key))
    if (code === 0) return tries
    assert.equal(code, 3, stderr)
    assert.ok(BUSY.includes(json.error.code), stderr)
    if (json.error.code === 'LEDGER-CLAIMED') assert.doesNotMatch(stderr, /approves/)
    await pause(200 + Math.random() * 800)
  }
  throw new Error(`${home} never had its turn`)
}

/** By the station itself, as often as a hundred people with wrong shares would. */
async function refusedAt(home: string, fleet: Fleet, storm: { isOver: boolean }): Promise<number> {
  const { place } = fleet
  // It takes in that it is a station.
  await fleet.ok(home, 'key', 'list')
  const env = { PGPASSFILE: place.path('pgpass') }
  const around = {
    pid: process.pid,
    clock: () => new Date(),
    tool: { name: 'keyrite', version: '0' },
    host: { user: 'ops', name: 'far' },
    openDatabase: (address: Parameters<typeof openDatabase>[0]) =>
      openDatabase(address, { host: () => ({ user: 'ops' }), env, version: '0' }),
  }
  const partition = ledgersOf(around).partition(place.path(home), 'pay')
  const planDigest = 'A'.repeat(43)
  let given = 0
  while (!storm.isOver) {
    const ledger = partition.openLedger()
    await ledger.tell({ type: 'denied', op: 'key.rotate', planDigest, reason: 'SHARE-WRONG' }, partition.station())
    given++
    await pause(100)
  }
  return given
}
