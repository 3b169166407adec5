// An administrator of the database who does not wish us well: each thing that they can do to a ledger is found, and named, as docs/postgresql.md has it.
import assert from 'node:assert/strict'
import type { Cluster } from './cluster.ts'
import { Fleet, generate } from './fleet.ts'
import { inDocs, row } from './told.ts'

interface Attack {
  name: string
  /** `N`: the last record's number. */
  sql: (fleet: Fleet, last: number) => string
  /** What a change, and what audit verify, end with. */
  change: string
  audit: string
  /** It is about records that this home has not seen. */
  unseen?: true
}

const line = (fleet: Fleet, seq: number) => `partition = '${fleet.uuid}' and seq = ${seq}`
const rehashed = "leaf = sha256('\\x00'::bytea || line)"
const bent = (what: string, by: string) =>
  `line = convert_to(replace(convert_from(line, 'UTF8'), '${what}', '${by}'), 'UTF8')`

const rewritten = (what: string, by: string) => (fleet: Fleet, last: number) =>
  `update keyrite.lines set ${bent(what, by)} where ${line(fleet, last)}; update keyrite.lines set ${rehashed}`

const ATTACKS: Attack[] = [
  {
    name: 'a record that nobody has seen yet is changed',
    sql: rewritten('"changed":true', '"changed":false'),
    change: 'SIGNATURE-VALID',
    audit: 'SIGNATURE-VALID',
    unseen: true,
  },
  {
    name: 'the station of a record is changed',
    sql: rewritten('"user":"', '"user":"x'),
    change: 'SIGNATURE-VALID',
    audit: 'SIGNATURE-VALID',
    unseen: true,
  },
  {
    name: 'two records change places',
    sql: (fleet, last) =>
      `update keyrite.lines set seq = 1000 where ${line(fleet, last)}; update keyrite.lines set seq = ${last} where ${line(fleet, last - 1)}; update keyrite.lines set seq = ${last - 1} where ${line(fleet, 1000)}`,
    change: 'CHAIN-SEQ',
    audit: 'CHAIN-SEQ',
    unseen: true,
  },
  {
    name: 'a record in the middle is taken away',
    sql: (fleet, last) => `delete from keyrite.lines where ${line(fleet, last - 1)}`,
    change: 'DATABASE-LINES',
    audit: 'DATABASE-LINES',
    unseen: true,
  },
  {
    name: 'an old record is changed',
    sql: (fleet) => `update keyrite.lines set ${bent('aes-256', 'aes-128')} where ${line(fleet, 1)}`,
    change: '',
    audit: 'DATABASE-FORKED',
  },
  {
    name: 'the last record is hidden',
    sql: (fleet, last) => `delete from keyrite.lines where ${line(fleet, last)}`,
    change: 'DATABASE-BEHIND',
    audit: 'DATABASE-BEHIND',
  },
  {
    name: 'an old dump',
    sql: (fleet, last) => `delete from keyrite.lines where partition = '${fleet.uuid}' and seq > ${last - 3}`,
    change: 'DATABASE-BEHIND',
    audit: 'DATABASE-BEHIND',
  },
  {
    name: 'everything is gone',
    sql: (fleet) => `delete from keyrite.lines where partition = '${fleet.uuid}'`,
    change: 'DATABASE-BEHIND',
    audit: 'DATABASE-BEHIND',
  },
  {
    name: 'the last two records are hidden from whoever has not seen them',
    sql: (fleet, last) => `delete from keyrite.lines where partition = '${fleet.uuid}' and seq > ${last - 2}`,
    change: 'LEDGER-BEHIND',
    audit: '',
    unseen: true,
  },
  {
    name: 'junk after the last record',
    sql: (fleet, last) => `insert into keyrite.lines values ('${fleet.uuid}', ${last + 1}, '{}', sha256('{}'))`,
    change: 'RECORD-SHAPE',
    audit: 'RECORD-SHAPE',
  },
  {
    name: 'a record once more',
    sql: (fleet, last) =>
      `insert into keyrite.lines select partition, ${last + 1}, line, leaf from keyrite.lines where ${line(fleet, last)}`,
    change: 'CHAIN-SEQ',
    audit: 'CHAIN-SEQ',
  },
  {
    name: 'the last record is another one',
    sql: rewritten('"user":"', '"user":"x'),
    change: 'DATABASE-FORKED',
    audit: 'DATABASE-FORKED',
  },
  {
    name: 'append is another function',
    sql: () => `create or replace function keyrite.append(of uuid, by uuid, first bigint, before bytea, added bytea[], taken uuid[]) returns bytea language sql
      security definer set search_path = pg_catalog, pg_temp as 'select before'`,
    change: 'DATABASE-DEFINED',
    audit: '',
  },
  {
    name: 'claim lets everybody in',
    sql: () => `create or replace function keyrite.claim(of uuid, by uuid, station text) returns text language sql
      security definer set search_path = pg_catalog, pg_temp as 'select null::text'`,
    change: 'DATABASE-DEFINED',
    audit: '',
  },
  {
    name: 'another function beside them',
    sql: () => `create function keyrite.append(of text) returns text language sql as 'select of'`,
    change: 'DATABASE-DEFINED',
    audit: '',
  },
  {
    name: 'somebody may log in as the owner',
    sql: () => 'alter role keyrite_owner login',
    change: 'DATABASE-DEFINED',
    audit: '',
  },
  {
    name: 'a trigger drops what is appended',
    sql: () => `create function public.nothing() returns trigger language plpgsql as 'begin return null; end';
      create trigger t before insert on keyrite.lines for each row execute function public.nothing()`,
    change: 'DATABASE-DEFINED',
    audit: '',
  },
  {
    name: 'rows are shown to everybody',
    sql: () => 'alter table keyrite.lines disable row level security',
    change: 'DATABASE-DEFINED',
    audit: '',
  },
  {
    name: 'whoever writes may change rows',
    sql: () => 'grant update on keyrite.lines to pay',
    change: 'DATABASE-DEFINED',
    audit: '',
  },
]

export async function hostileAdministrator(cluster: Cluster): Promise<void> {
  const wrong: string[] = []
  for (const { name, sql, change, audit, unseen } of ATTACKS) {
    using fleet = await Fleet.moved(cluster)
    await fleet.change('home', ...generate('seen'))
    fleet.copyHome('home', 'behind')
    if (unseen) await fleet.change('home', ...generate('unseen'))
    const home = unseen ? 'behind' : 'home'
    const before = fleet.lines(home)
    cluster.sql(sql(fleet, fleet.rows.length - 1))
    try {
      if (audit !== '') await fleet.fails(home, audit, 5, 'audit', 'verify')
      else await fleet.ok(home, 'audit', 'verify')
      // What is hidden is found by the token, once somebody logs in.
      const shares = fleet.place.approvedBy('alice', 'bob')
      if (change === 'LEDGER-BEHIND') await fleet.fails(home, change, 5, ...generate('k'), ...shares)
      else if (change !== '') await fleet.refuses(home, change, 5, ...generate('k'))
      // Whoever reads has what was verified once.
      const { json } = await fleet.ok(home, 'key', 'list')
      assert.ok(json.data.keys.length >= 2)
      assert.deepEqual(fleet.lines(home).slice(0, before.length), before)
      inDocs(row(name, audit, change))
    } catch (error) {
      wrong.push(`${name}: ${(error as Error).message}`)
    }
  }
  assert.equal(wrong.join('\n'), '')
}

/** Lines of another partition under this one's number. */
export async function anotherPartition(cluster: Cluster): Promise<void> {
  using other = await Fleet.moved(cluster)
  await other.change('home', 'key', 'rotate', 'card')
  const lines = other.rows
  using fleet = await Fleet.moved(cluster)
  const at = fleet.rows.length
  const foreign = lines[at]!.replaceAll("'", "''")
  cluster.sql(
    `insert into keyrite.lines select '${fleet.uuid}', ${at}, l, sha256('\\x00'::bytea || l) from (select convert_to('${foreign}', 'UTF8') l) x`,
  )
  await fleet.fails('home', 'CHAIN-PREV', 5, 'audit', 'verify')
  await fleet.refuses('home', 'CHAIN-PREV', 5, 'key', 'rotate', 'card')
  inDocs(row('a record of another partition', 'CHAIN-PREV', 'CHAIN-PREV'))
}

/** Lost by a failover: whoever has the records puts them back, and the token tells whether they are the newest. */
export async function putBack(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.moved(cluster)
  fleet.copyHome('home', 'behind')
  await fleet.change('home', ...generate('seen'))
  cluster.sql(`delete from keyrite.lines where partition = '${fleet.uuid}' and seq > 4`)
  await fleet.refuses('home', 'DATABASE-BEHIND', 5, 'key', 'rotate', 'card')
  // The token has seen more than a workstation that has not.
  await fleet.fails('behind', 'LEDGER-BEHIND', 5, 'key', 'rotate', 'card', ...fleet.place.approvedBy('alice', 'bob'))
  await fleet.ok('home', ...fleet.joining())
  await fleet.change('behind', 'key', 'rotate', 'card')
  await fleet.isWhole()
}
