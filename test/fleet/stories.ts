// Workstations that share a ledger: it moves there and back, another one joins, and rights are as they should be.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { softhsm, withoutToken } from '../support/softhsm.ts'
import type { Cluster } from './cluster.ts'
import { Fleet, generate, recordsOf } from './fleet.ts'

export async function thereAndBack(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.moved(cluster)
  const { place } = fleet
  assert.equal(recordsOf(fleet.rows).at(-2).plan.to, `postgresql://127.0.0.1:${cluster.port}/keyrite`)
  await fleet.isWhole()
  // An old home, from before: its file takes nothing.
  fleet.copyHome('home', 'old')
  chmodSync(place.path('old', 'pay'), 0o700)
  unlinkSync(place.path('old', 'pay', 'place.json'))
  await fleet.refuses('old', 'LEDGER-ELSEWHERE', 3, ...generate('x'))
  await fleet.fails('old', 'LEDGER-ELSEWHERE', 3, 'quorum', 'drill', '--share', place.share('alice'))
  // Another workstation reads, asks, is let in, and changes.
  await fleet.fails('far', 'DATABASE-NAMED', 3, 'partition', 'join', fleet.url(), 'pay', '--anchor', OTHER_ANCHOR)
  assert.ok(!existsSync(place.path('far', 'pay')))
  await fleet.ok('far', ...fleet.joining())
  assert.deepEqual(fleet.lines('far'), fleet.rows)
  await fleet.ok('far', '--partition', 'pay', 'config', 'set', 'module', softhsm)
  await fleet.refuses('far', 'STATION-KNOWN', 3, ...generate('x'))
  await fleet.ok('far', 'station', 'request', '--out', place.path('far.request'))
  await fleet.change('home', 'station', 'add', 'far', '--in', place.path('far.request'))
  await fleet.change('far', ...generate('x'))
  await fleet.change('home', 'key', 'rotate', 'x')
  await fleet.isWhole('far')
  await fleet.isWhole()
  await fleet.fails(
    'home',
    'LEDGER-PLACE',
    3,
    'partition',
    'move',
    '--to',
    fleet.url('other'),
    ...place.approvedBy('alice', 'bob'),
  )
  await fleet.change('home', 'partition', 'move', '--to', 'file')
  assert.deepEqual(fleet.rows, fleet.lines())
  await fleet.change('home', 'key', 'rotate', 'x')
  assert.equal(fleet.lines().length, fleet.rows.length + 2)
  const listed = await fleet.ok('far', 'key', 'list')
  assert.match(listed.stderr, /lies in a file/)
  await fleet.fails('far', 'LEDGER-BEHIND', 5, ...generate('y'), ...place.approvedBy('alice', 'bob'))
  // Once more there: what it has is the beginning.
  await fleet.change('home', 'partition', 'move', '--to', fleet.url())
  await fleet.ok('far', ...fleet.joining())
  await fleet.isWhole('far')
  await fleet.isWhole()
}

/** A ledger moves while a member is away, and the partition ends there: of each member the database tells what a file would. */
export async function ofMembers(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.begin(cluster)
  const { folder } = fleet.place
  const away = ['--absent', 'site-b', '--no-checkpoint']
  await fleet.change('home', 'member', 'add', 'site-b', '--module', softhsm)
  await fleet.change('home', 'partition', 'move', 'pay', '--to', fleet.url())
  {
    using _away = withoutToken(folder, 'site-b-')
    await fleet.change('home', ...generate('x'), ...away)
    await fleet.change('home', 'partition', 'move', 'pay', '--to', 'file', ...away)
    await fleet.change('home', 'partition', 'move', 'pay', '--to', fleet.url(), ...away)
  }
  await fleet.change('home', 'member', 'sync', 'site-b')
  await fleet.isWhole()
  await fleet.change('home', 'partition', 'retire', 'pay', '--confirm', 'pay')
  assert.deepEqual(recordsOf(fleet.rows).at(-1).members, [
    { member: 'first', token: 'erased' },
    { member: 'site-b', token: 'erased' },
  ])
  assert.deepEqual(fleet.rows, fleet.lines())
}

/** Two sites went on without each other, each in a database: one ledger is kept, and the other is read where it lies. */
export async function forked(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.begin(cluster)
  const { place, anchor } = fleet
  const pgpass = place.path('pgpass')
  writeFileSync(pgpass, readFileSync(pgpass, 'utf8').replace(':keyrite:', ':*:'), { mode: 0o600 })
  await fleet.change('home', 'member', 'add', 'site-b', '--module', softhsm)
  await fleet.change('home', 'partition', 'move', 'pay', '--to', fleet.url())
  fleet.copyHome('home', 'there')
  const elsewhere = fleet.url().replace('/keyrite?', '/elsewhere?')
  const administrator = (text: string) => cluster.sql(text, { database: 'postgres' })
  administrator('drop database if exists elsewhere')
  administrator('create database elsewhere template keyrite')
  try {
    await fleet.ok('there', 'partition', 'join', elsewhere, 'pay', '--anchor', anchor)
    const rotate = ['key', 'rotate', 'card', '--no-checkpoint']
    await fleet.change('home', ...rotate, '--absent', 'site-b')
    await fleet.change('there', ...rotate, '--absent', 'first')
    const retire = ['member', 'retire', 'site-b', '--lost', '--confirm', 'site-b', '--no-checkpoint', '--other-ledger']
    const own = await fleet.refuses('home', 'OTHER-LEDGER', 3, ...retire, fleet.url())
    assert.match(own.json.error.message, /^postgresql:\/\/127.0.0.1:\d+\/keyrite says nothing/)
    const bent = (seq: number) =>
      cluster.sql(`update keyrite.lines set line = line || ' '::bytea where seq = ${seq}`, { database: 'elsewhere' })
    const { stderr, json } = await fleet.try('home', ...retire, elsewhere)
    assert.equal(json.ok, true, stderr)
    assert.match(stderr, /1 key by its ledger alone: card#2/)
    assert.deepEqual(
      readdirSync(place.path('home', 'pay')).filter((name) => name.includes('arriving')),
      [],
    )
    bent(1)
    await fleet.change('home', 'member', 'add', 'site-c', '--module', softhsm)
    const wrong = retire.map((word) => (word === 'site-b' ? 'site-c' : word))
    const broken = await fleet.refuses('home', 'LINE-CANONICAL', 5, ...wrong, elsewhere)
    assert.match(broken.json.error.message, /^postgresql:\/\/127.0.0.1:\d+\/elsewhere: record 1/)
    await fleet.isWhole()
  } finally {
    administrator('drop database if exists elsewhere with (force)')
  }
}

const OTHER_ANCHOR = 'CBM63 NVH7A MC344 HKXYY C1V8N'

/** Whoever writes can do so by the function alone, and whoever is not let in sees nothing. */
export async function rights(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.moved(cluster)
  const as = (role: string, text: string) => cluster.sql(text, { role })
  for (const text of [
    `insert into keyrite.lines values ('${fleet.uuid}', 99, 'x', 'x')`,
    "update keyrite.lines set line = 'x'",
    'delete from keyrite.lines',
    'truncate keyrite.lines',
    'delete from keyrite.claims',
    `insert into keyrite.waiting (partition, line) values ('${fleet.uuid}', 'x')`,
    'delete from keyrite.waiting',
    "insert into keyrite.access values ('00000000-0000-0000-0000-000000000000', 'pay', true)",
  ])
    for (const role of ['pay', 'reader', 'stranger']) {
      const refusal = `do $$ begin ${text}; raise 'taken'; exception when insufficient_privilege then null; end $$`
      as(role, refusal)
    }
  assert.equal(as('reader', 'select count(*) from keyrite.lines'), `${fleet.lines().length}`)
  assert.equal(as('stranger', 'select count(*) from keyrite.lines'), '0')
  await fleet.ok('reading', ...fleet.joining(fleet.url('reader')))
  await fleet.ok('reading', 'audit', 'verify', '--anchor', fleet.anchor)
  await fleet.fails('strange', 'DATABASE-NAMED', 3, ...fleet.joining(fleet.url('stranger')))
  // A writer without a claim, with a gap, or with something that is no line.
  const append = (first: number, before: string, line: string) =>
    `select keyrite.append('${fleet.uuid}', gen_random_uuid(), ${first}, ${before}, array[${line}::bytea], '{}'::uuid[])`
  for (const [text, state] of [
    [append(5, "'x'", "'{}'"), 'KR002'],
    ['select keyrite.claim($u$, $h$, $s$)', 'KR001'],
  ] as const) {
    const role = state === 'KR001' ? 'stranger' : 'pay'
    const sql = text.replace('$u$', `'${fleet.uuid}'`).replace('$h$', 'gen_random_uuid()').replace('$s$', "'x'")
    as(
      role,
      `do $$ begin perform ${sql.slice('select '.length)}; raise 'taken'; exception when sqlstate '${state}' then null; end $$`,
    )
  }
  await fleet.isWhole()
}

/** Where the database is away the copy is read, and nobody is asked for a share. */
export async function away(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.moved(cluster)
  cluster.down()
  try {
    const { stderr, json } = await fleet.ok('home', 'key', 'list')
    assert.match(stderr, /copy of the ledger, as the database had it 0 minutes ago/)
    assert.equal(json.data.keys.length, 1)
    await fleet.refuses('home', 'LEDGER-AWAY', 3, 'key', 'rotate', 'card')
    await fleet.fails('home', 'LEDGER-AWAY', 3, 'audit', 'verify')
    await fleet.ok('home', 'key', 'rotate', 'card', '--dry-run')
  } finally {
    cluster.up()
  }
  await fleet.change('home', 'key', 'rotate', 'card')
  await fleet.isWhole()
}
