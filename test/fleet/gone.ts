// What goes in the middle: the database for good, a process that held the claim, the token, a workstation.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { softhsm } from '../support/softhsm.ts'
import type { Cluster } from './cluster.ts'
import { Fleet, generate } from './fleet.ts'
import { BreakingWay } from './proxy.ts'

/** The database of a move is gone for good, once its lines are there and before it is done: the ledger stays in the file. */
export async function databaseGone(cluster: Cluster): Promise<void> {
  using way = await BreakingWay.start(cluster.port)
  let met = 0
  for (let piece = 34; piece < 70 && met < 2; piece += 2) {
    using fleet = await Fleet.begin(cluster, way.port)
    way.breakAfter(piece, () => {
      cluster.kill()
      way.cut()
    })
    const tried = await fleet.try('home', 'partition', 'move', '--to', fleet.url())
    try {
      const isNoted = existsSync(fleet.place.path('home', 'pay', 'place.json'))
      if (!way.hasBroken || tried.code === 0 || !isNoted) continue
      met++
      const away = await fleet.refuses('home', 'LEDGER-AWAY', 3, 'partition', 'recover')
      assert.match(away.stderr, /keyrite partition recover --abandon/)
      const abandoned = await fleet.change('home', 'partition', 'recover', '--abandon', '--confirm', 'pay')
      assert.match(abandoned.stderr, /the ledger lies in a file/)
      await fleet.verifies()
      await fleet.change('home', ...generate('k'))
    } finally {
      if (way.hasBroken) cluster.up()
    }
    // It is back, and has a beginning that goes on from here.
    await fleet.change('home', 'partition', 'move', '--to', fleet.urlAt(cluster))
    await fleet.isWhole()
  }
  assert.equal(met, 2, 'the move was never met in its middle')
}

/** The token is lost: a backup comes back onto another one, at this workstation and at one that has nothing but the database. */
export async function tokenGone(cluster: Cluster): Promise<void> {
  for (const home of ['home', 'far']) {
    using fleet = await Fleet.moved(cluster)
    const { place } = fleet
    await fleet.change('home', 'backup', 'create', place.path('b'))
    await fleet.change('home', 'audit', 'checkpoint')
    if (home === 'far') await fleet.ok('far', ...fleet.joining())
    const onto = ['--slot', await place.blankSlot(), '--module', softhsm, '--confirm', 'pay', '--no-checkpoint']
    await fleet.change(home, 'backup', 'restore', place.path('b'), ...onto)
    await fleet.isWhole(home)
    await fleet.change(home, ...generate('after'))
    await fleet.isWhole(home)
  }
}
