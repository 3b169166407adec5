// What it costs that a ledger lies in PostgreSQL: the same commands beside a ledger in a file, at a server on this machine, over TLS.
import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase } from '../../src/database/session.ts'
import { parseDatabaseAddress } from '../../src/domain/ledger-place.ts'
import { fill } from '../../src/ledger/database-lines.ts'
import { Cluster, PASSWORD } from '../fleet/cluster.ts'
import { Fleet } from '../fleet/fleet.ts'
import { environment, launcher } from '../support/keyrite.ts'
import { partition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { atMost, heading, line } from './say.ts'
import { ledgersOf } from './scale-ledgers.ts'
import { inTurn, timed } from './timed.ts'

const TIMES = 9
const SIZES = [
  { keys: 1_000, records: 10_000 },
  { keys: 10_000, records: 100_000 },
  { keys: 100_000, records: 1_000_000 },
]

export async function fleet(): Promise<void> {
  if (!existsSync('/usr/lib/postgresql')) return console.log('\nno PostgreSQL here: npm run test:fleet puts one there')
  using cluster = await Cluster.serving('pay', 'reader')
  await changes(cluster)
  const least = await connected(cluster)
  const peaks = []
  for (const size of SIZES) peaks.push(await looks(cluster, size, least))
  atMost('megabytes of the longest, times the shortest', peaks.at(-1)! / peaks[0]!, 1.3)
}

/** Two appends each, and whatever else a change takes. */
async function changes(cluster: Cluster): Promise<void> {
  using there = await Fleet.moved(cluster)
  using here = await partition()
  const run = (place: typeof here, more = {}) => {
    const args = ['audit', 'checkpoint', '--no-input', ...place.approvedBy('alice', 'bob')]
    return () => timed(launcher, args, environment({ home: place.home, env: { ...place.folder.env, ...more } }))
  }
  const took = await inTurn(TIMES, {
    file: run(here),
    database: run(there.place, { PGPASSFILE: there.place.path('pgpass') }),
  })
  heading('audit checkpoint: a change')
  line('ledger in a file', took.file)
  line('ledger in PostgreSQL', took.database, took.file, 'file')
  atMost('a change in PostgreSQL, times file', took.database.ms / took.file.ms, 1.3)
}

/** What no command that asks the server does without: what node and pg alone take for it, beyond a start. */
async function connected({ port, ca }: Cluster): Promise<{ ms: number; cpu: number }> {
  const node = (...args: string[]) => timed(process.execPath, [OWN_AUTHORITY, ...args], environment({}))
  const asks = [inRepo('build/measure/bare-database.mjs'), '127.0.0.1', `${port}`, ca, PASSWORD]
  const took = await inTurn(TIMES, { nothing: () => node('-e', ''), asked: () => node(...asks) })
  heading('node and pg alone: let in over TLS, one question')
  line('node', took.nothing)
  line('node, pg, the server', took.asked, took.nothing, 'node')
  return { ms: took.asked.ms - took.nothing.ms, cpu: took.asked.cpu - took.nothing.cpu }
}

/** As bin/keyrite has it: node does not parse its own authorities. */
const OWN_AUTHORITY = '--use-openssl-ca'

/** What begins with a look whether there is anything new. Gives the most megabytes. */
async function looks(
  cluster: Cluster,
  size: { keys: number; records: number },
  least: { ms: number; cpu: number },
): Promise<number> {
  const url = `postgresql://pay@127.0.0.1:${cluster.port}/keyrite?sslrootcert=${cluster.ca}`
  const { place } = parseDatabaseAddress(url)
  const [file, database] = await ledgersOf(size, place)
  const PGPASSFILE = join(database, '..', 'pgpass')
  writeFileSync(PGPASSFILE, `*:*:*:*:${PASSWORD}\n`, { mode: 0o600 })
  await bring(cluster, url, database, PGPASSFILE)
  writeFileSync(join(database, 'pay', 'place.json'), JSON.stringify({ format: 'keyrite.place/1', ledger: url }), {
    mode: 0o600,
  })
  let peak = 0
  for (const args of [
    ['key', 'show', 'bulk-000042'],
    ['key', 'list', '--due', '--no-input'],
  ]) {
    const took = await inTurn(TIMES, {
      file: () => timed(launcher, args, environment({ home: file })),
      database: () => timed(launcher, args, environment({ home: database, env: { PGPASSFILE } })),
    })
    const what = `${args.slice(0, 3).join(' ')}, ${size.keys} keys, ${size.records} records`
    heading(what)
    line(`file, ${took.file.peak} MB`, took.file)
    line(`PostgreSQL, ${took.database.peak} MB`, took.database, took.file, 'file')
    atMost(`${what}, times file`, took.database.ms / took.file.ms, 1.3)
    const bare = { ...took.file, ms: took.file.ms + least.ms, cpu: took.file.cpu + least.cpu }
    line('file, and node and pg alone beside it', bare, took.file, 'file')
    peak = Math.max(peak, took.database.peak)
  }
  return peak
}

async function bring(cluster: Cluster, url: string, home: string, PGPASSFILE: string): Promise<void> {
  const path = join(home, 'pay', 'ledger.jsonl')
  const { json } = await timedJson(['partition', 'show', '--json'], environment({ home }))
  const uuid = json.data.partition
  cluster.sql(`insert into keyrite.ledgers values ('${uuid}', 'pay') on conflict do nothing`)
  cluster.sql(`insert into keyrite.access values ('${uuid}', 'pay', true) on conflict do nothing`)
  cluster.sql(`delete from keyrite.lines where partition = '${uuid}'`)
  const caller = { host: () => ({ user: 'pay' }), env: { PGPASSFILE }, version: '0' }
  await using session = await openDatabase(parseDatabaseAddress(url), caller)
  const by = randomUUID()
  await session.claim(uuid, by, 'bench')
  const start = performance.now()
  await fill(session, { partition: uuid, by, station: 'bench' }, path)
  console.log(`\nbrought there in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  await session.release(uuid, by)
}

const timedJson = async (args: string[], env: Record<string, string>) => ({
  json: JSON.parse((await timed(launcher, args, env)).stdout),
})
