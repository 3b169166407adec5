// A standby: a record counts once it has it, a failover loses nothing that counted, and what it lost otherwise is found and put back.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { Fleet, generate } from './fleet.ts'

/** A partition whose records count once the standby has them. */
async function guarded(cluster: Cluster): Promise<{ fleet: Fleet; standby: Cluster }> {
  const standby = await cluster.standby('site2')
  const fleet = await Fleet.begin(cluster)
  await fleet.change('home', 'partition', 'move', '--to', `${fleet.url()}&standby=site2`)
  return { fleet, standby }
}

/** It takes over, and has all that counted. */
async function takesOver(fleet: Fleet, standby: Cluster): Promise<void> {
  fleet.cluster.kill()
  standby.promote()
  try {
    await fleet.ok('home', ...fleet.joining(fleet.urlAt(standby)))
    await fleet.verifies()
    await fleet.change('home', ...generate('after'))
    assert.deepEqual(fleet.rowsIn(standby), fleet.lines())
  } finally {
    fleet.cluster.up()
  }
}

export async function guardedByStandby(cluster: Cluster): Promise<void> {
  const { fleet: one, standby } = await guarded(cluster)
  using fleet = one
  using other = standby
  await fleet.change('home', ...generate('k'))
  const before = fleet.rows.length
  assert.equal(fleet.rowsIn(other).length, before)
  // It is there, and takes nothing over: nobody knows whether the intent stays, and no key is touched.
  other.sql('select pg_wal_replay_pause()')
  const { stderr, json } = await fleet.try('home', ...generate('unknown'))
  assert.equal(json.error.code, 'LEDGER-UNKNOWN', stderr)
  assert.match(stderr, /the standby site2 has not taken the records over/)
  other.sql('select pg_wal_replay_resume()')
  await fleet.change('home', 'partition', 'recover')
  await fleet.isWhole()
  // It is not there: nobody is asked for a share.
  other.down()
  await fleet.refuses('home', 'DATABASE-DURABLE', 3, ...generate('x'))
  other.up()
  await until(() => cluster.sql('select count(*) from pg_stat_replication') === '1')
  await takesOver(fleet, other)
}

/** The server waits for the standby itself; an administrator ends that wait, and COMMIT says no more than a warning. */
export async function waitGivenUp(cluster: Cluster): Promise<void> {
  using standby = await cluster.standby('site2')
  cluster.set('synchronous_standby_names', 'site2')
  try {
    using fleet = await Fleet.moved(cluster)
    standby.down()
    const waits = "select pid from pg_stat_activity where wait_event = 'SyncRep' and usename = 'pay'"
    const tried = fleet.try('home', ...generate('k'))
    // The claim is the first that waits, and then the intent.
    let ended = false
    void tried.finally(() => (ended = true))
    while (!ended) {
      await pause(200)
      for (const pid of cluster.sql(waits).split('\n').filter(Boolean)) cluster.sql(`select pg_cancel_backend(${pid})`)
    }
    const { stderr, json } = await tried
    assert.equal(json.error.code, 'LEDGER-UNKNOWN', stderr)
    standby.up()
    await until(() => cluster.sql("select count(*) from pg_stat_replication where sync_state = 'sync'") === '1')
    await fleet.change('home', 'partition', 'recover')
    await fleet.isWhole()
  } finally {
    cluster.set('synchronous_standby_names', '')
  }
}

/** Nobody waits for it: what it has not when it takes over is found missing, and whoever has it puts it back. */
export async function lateStandby(cluster: Cluster): Promise<void> {
  using standby = await cluster.standby('site2')
  using fleet = await Fleet.moved(cluster)
  fleet.copyHome('home', 'behind')
  await until(() => standby.sql('select count(*) from keyrite.lines') === `${fleet.rows.length}`)
  standby.down()
  await fleet.change('home', ...generate('k'))
  cluster.kill()
  standby.up()
  standby.promote()
  try {
    const join = fleet.joining(fleet.urlAt(standby))
    await fleet.ok('behind', ...join)
    const shares = fleet.place.approvedBy('alice', 'bob')
    await fleet.fails('behind', 'LEDGER-BEHIND', 5, ...generate('x'), ...shares)
    await fleet.ok('home', ...join)
    await fleet.change('behind', ...generate('x'))
    assert.deepEqual(fleet.rowsIn(standby), fleet.lines('behind'))
  } finally {
    cluster.up()
  }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      if (isSo()) return
    } catch {
      // What is being copied is not there yet.
    }
    await pause(100)
  }
  throw new Error('it did not come to that')
}
