// What shares sign without a login while the ledger lies in a database: it waits there, the next change takes it in, and what does not hold is dropped.
import assert from 'node:assert/strict'
import { readAll } from '../support/independent.ts'
import type { Cluster } from './cluster.ts'
import { Fleet, recordsOf } from './fleet.ts'
import { inDocs, row } from './told.ts'

/** And a second station, with a home of its own. */
export async function withAnother(cluster: Cluster): Promise<Fleet> {
  const fleet = await Fleet.moved(cluster)
  await fleet.letIn('far')
  return fleet
}

const waiting = (fleet: Fleet): number => Number(fleet.cluster.sql('select count(*) from keyrite.waiting'))

export async function takenIn(cluster: Cluster): Promise<void> {
  using fleet = await withAnother(cluster)
  const { place } = fleet
  const before = fleet.rows.length
  const share = (name: string) => ['--share', place.share(name)]
  const drilled = await fleet.ok('home', 'quorum', 'drill', ...share('alice'))
  assert.equal(drilled.json.data.drills[0].waits, true)
  await fleet.ok('far', 'quorum', 'drill', ...share('bob'))
  const record = ['share', 'record', 'alice', '--sealed', '4711', ...share('bob'), ...share('carol')]
  await fleet.ok('far', ...record)
  await fleet.ok('home', 'custodian', 'depart', 'carol', '--on', '2030-12-31', ...share('alice'), ...share('bob'))
  await fleet.ok('home', 'share', 'record', 'alice', '--opened', ...share('bob'), ...share('carol'))
  // A share twice is refused, and the refusal waits too.
  await fleet.fails('home', 'SHARE-REPEATED', 3, 'key', 'rotate', 'card', ...share('alice'), ...share('alice'))
  assert.equal(fleet.rows.length, before)
  assert.equal(waiting(fleet), 6)
  const { json } = await fleet.ok('home', 'doctor')
  assert.match(JSON.stringify(json), /6 records wait/)
  await fleet.change('far', 'key', 'rotate', 'card')
  const taken = recordsOf(fleet.rows).slice(before)
  assert.deepEqual(
    taken.map(({ type, station }) => `${type} ${station}`),
    [
      `drill ${taken[0].station}`,
      'drill far',
      'share.recorded far',
      `custodian.departed ${taken[0].station}`,
      `share.recorded ${taken[0].station}`,
      `denied ${taken[0].station}`,
      'intent far',
      'outcome far',
    ],
  )
  assert.equal(waiting(fleet), 0)
  const shown = (await fleet.ok('home', 'quorum', 'show')).json
  assert.match(JSON.stringify(shown), /2030-12-31/)
  await fleet.isWhole()
  await fleet.isWhole('far')
  assert.deepEqual(await readAll([`${fleet.rows.join('\n')}\n`]), ['none'])
}

/** Whoever can write there, or administers it, brings nothing into the ledger that was not given, and nothing twice. */
export async function nothingTwice(cluster: Cluster): Promise<void> {
  using fleet = await withAnother(cluster)
  const { place } = fleet
  const share = (name: string) => ['--share', place.share(name)]
  const change = async () => {
    const from = fleet.rows.length
    await fleet.change('home', 'audit', 'checkpoint')
    return recordsOf(fleet.rows).slice(from)
  }
  await fleet.ok('far', 'custodian', 'depart', 'carol', '--on', '2030-12-31', ...share('alice'), ...share('bob'))
  const [given] = fleet.cluster.sql(`select encode(line, 'hex') from keyrite.waiting`).split('\n')
  const again = `insert into keyrite.waiting (partition, line) values ('${fleet.uuid}', '\\x${given}')`
  const bent = (what: string, by: string) =>
    `insert into keyrite.waiting (partition, line) select '${fleet.uuid}', convert_to(replace(convert_from('\\x${given}'::bytea, 'UTF8'), '${what}', '${by}'), 'UTF8')`
  assert.equal((await change()).length, 3)
  const wrong: [sql: string, rule: string, name: string][] = [
    [again, 'WAITED-ONCE', 'what was taken in once, put there again'],
    [bent('2030-12-31', '2031-12-31'), 'STATEMENT-SIGNED', 'a day that the shares did not sign'],
    [bent('"time":"2', '"time":"3'), 'WAITED-SIGNED', 'another time'],
    [bent('"station":"far"', '"station":"nobody"'), 'STATION-KNOWN', 'a station that there is not'],
    [bent('custodian.departed', 'note'), 'RECORD-SHAPE', 'another type of record'],
    [`insert into keyrite.waiting (partition, line) values ('${fleet.uuid}', 'junk')`, 'RECORD-SHAPE', 'junk'],
  ]
  for (const [sql, rule, name] of wrong) {
    fleet.cluster.sql(sql)
    const [note, ...rest] = await change()
    assert.match(note.text, new RegExp(`1 record that waited .*: ${rule}`))
    assert.equal(rest.length, 2)
    inDocs(row(name, rule))
    assert.equal(waiting(fleet), 0)
  }
  // A station that was taken out speaks no more, whatever waits of it.
  await fleet.ok('far', 'quorum', 'drill', ...share('bob'))
  const [kept] = fleet.cluster.sql(`select encode(line, 'hex') from keyrite.waiting`).split('\n')
  await fleet.change('home', 'station', 'remove', 'far', '--confirm', 'far')
  fleet.cluster.sql(`insert into keyrite.waiting (partition, line) values ('${fleet.uuid}', '\\x${kept}')`)
  assert.match((await change())[0].text, /STATION-KNOWN/)
  inDocs(row('of a station that was taken out', 'STATION-KNOWN'))
  await fleet.isWhole()
  assert.deepEqual(await readAll([`${fleet.rows.join('\n')}\n`]), ['none'])
}
