// Whoever may write there, by the functions alone, and does not wish us well: most is refused by the database, and what is not is found, and mended by its administrator.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Cluster } from './cluster.ts'
import { Fleet, generate } from './fleet.ts'
import { inDocs, row } from './told.ts'

interface Deed {
  name: string
  /** As the role that may write; another one for what it may not even ask. */
  sql: (fleet: Fleet, at: { seq: number; leaf: string }) => string
  role?: string
  /** What the database says, or what a change says afterwards. */
  refused?: string
  found?: string
  mended?: (fleet: Fleet, last: number) => string
}

const HOLDER = randomUUID()

const claimed = (fleet: Fleet) => `select keyrite.claim('${fleet.uuid}', '${HOLDER}', 'mallory')`
const appended = (fleet: Fleet, first: number, before: string, line: string) =>
  `select keyrite.append('${fleet.uuid}', '${HOLDER}', ${first}, '\\x${before}', array['${line}'::bytea], '{}'::uuid[])`

const DEEDS: Deed[] = [
  { name: 'INSERT', sql: ({ uuid }) => `insert into keyrite.lines values ('${uuid}', 99, 'x', 'x')`, refused: '42501' },
  { name: 'UPDATE', sql: () => "update keyrite.lines set line = 'x'", refused: '42501' },
  { name: 'DELETE', sql: () => 'delete from keyrite.lines', refused: '42501' },
  { name: 'TRUNCATE', sql: () => 'truncate keyrite.lines', refused: '42501' },
  { name: 'the holder of a claim is read', sql: () => 'select holder from keyrite.claims', refused: '42501' },
  {
    name: 'append without a claim',
    sql: (fleet, { seq, leaf }) => appended(fleet, seq + 1, leaf, '{}'),
    refused: 'KR002',
  },
  {
    name: 'append with a gap',
    sql: (fleet, { seq, leaf }) => `${claimed(fleet)}; ${appended(fleet, seq + 2, leaf, '{}')}`,
    refused: 'KR003',
  },
  {
    name: 'append in front of the last record',
    sql: (fleet, { seq, leaf }) => `${claimed(fleet)}; ${appended(fleet, seq, leaf, '{}')}`,
    refused: 'KR003',
  },
  {
    name: 'append after another record than the last',
    sql: (fleet, { seq }) => `${claimed(fleet)}; ${appended(fleet, seq + 1, '00', '{}')}`,
    refused: 'KR003',
  },
  {
    name: 'two lines as one',
    sql: (fleet, { seq, leaf }) => `${claimed(fleet)}; ${appended(fleet, seq + 1, leaf, '{}\\012{}')}`,
    refused: 'KR004',
  },
  {
    name: 'append to a partition that it was not admitted to',
    sql: (fleet, { seq, leaf }) => appended(fleet, seq + 1, leaf, '{}'),
    role: 'stranger',
    refused: 'KR001',
  },
  {
    name: 'more than 64 KiB that wait',
    sql: ({ uuid }) => `select keyrite.give('${uuid}', convert_to(repeat('x', 65537), 'UTF8'))`,
    refused: 'KR004',
  },
  {
    name: 'junk appended under a claim',
    sql: (fleet, { seq, leaf }) =>
      `${claimed(fleet)}; ${appended(fleet, seq + 1, leaf, '{}')}; select keyrite.release('${fleet.uuid}', '${HOLDER}')`,
    found: 'RECORD-SHAPE',
    mended: ({ uuid }, last) => `delete from keyrite.lines where partition = '${uuid}' and seq > ${last}`,
  },
  {
    name: 'a claim that never ends',
    sql: claimed,
    found: 'LEDGER-CLAIMED',
    mended: () => 'delete from keyrite.claims',
  },
]

export async function hostileWriter(cluster: Cluster): Promise<void> {
  using fleet = await Fleet.moved(cluster)
  const wrong: string[] = []
  for (const [i, { name, sql, role = 'pay', refused, found, mended }] of DEEDS.entries()) {
    try {
      const last = fleet.rows.length - 1
      const leaf = cluster.sql(`select encode(leaf, 'hex') from keyrite.lines order by seq desc limit 1`)
      const text = sql(fleet, { seq: last, leaf })
      if (refused) {
        assert.equal(stateOf(cluster, text, role), refused)
        cluster.sql('delete from keyrite.claims')
      } else cluster.sql(text, { role })
      if (found) await fleet.refuses('home', found, found === 'LEDGER-CLAIMED' ? 3 : 5, ...generate('x'))
      if (mended) cluster.sql(mended(fleet, last))
      if (mended) await fleet.change('home', ...generate(`k${i}`))
      inDocs(row(name, refused ? `refused, ${refused}` : '', found ?? ''))
    } catch (error) {
      wrong.push(`${name}: ${(error as Error).message}`)
    }
  }
  await fleet.isWhole()
  assert.equal(wrong.join('\n'), '')
}

/** The SQLSTATE of what is refused. */
function stateOf(cluster: Cluster, text: string, role: string): string {
  const calls = text.replaceAll(/(^|; )select /g, '$1perform ')
  const told = `do $$ begin ${calls}; raise exception 'taken'; exception when others then raise exception 'state %', sqlstate; end $$`
  try {
    cluster.sql(told, { role })
    return 'nothing'
  } catch (error) {
    return /state (\w{5})/.exec((error as { stderr: string }).stderr)?.[1] ?? `${error}`
  }
}
