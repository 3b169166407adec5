// A ledger in PostgreSQL, at a server that is started here: `npm run test:fleet`, or `-- rights key-cut` for those; `--every N` breaks the way at each N-th piece.
import { parseArgs } from 'node:util'
import { anotherPartition, hostileAdministrator, putBack } from './administrators.ts'
import { breaks } from './breaks.ts'
import { Cluster } from './cluster.ts'
import { away, connections, rights, tenAtOnce, thereAndBack } from './stories.ts'
import { nothingTwice, takenIn } from './waiting.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)

const { values, positionals } = parseArgs({
  options: { every: { type: 'string', default: '7' } },
  allowPositionals: true,
})

const CASES: { [name: string]: (cluster: Cluster) => Promise<void> } = {
  'there-and-back': thereAndBack,
  rights,
  connections,
  'ten-at-once': tenAtOnce,
  away,
  waiting: takenIn,
  'waiting-twice': nothingTwice,
  administrator: hostileAdministrator,
  'another-partition': anotherPartition,
  'put-back': putBack,
  ...Object.fromEntries(breaks(Number(values.every), say)),
}

const unknown = positionals.find((name) => !(name in CASES))
if (unknown !== undefined) throw new Error(`nothing is called ${unknown}; there are ${Object.keys(CASES).join(', ')}`)

using cluster = await Cluster.start()
cluster.sql('create database keyrite', { database: 'postgres' })
cluster.sql(
  "create role pay login password 'secret'; create role reader login; create role stranger login; create role other login",
)
cluster.sql("alter role reader password 'secret'; alter role stranger password 'secret'")
for (const [name, run] of Object.entries(CASES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  try {
    await run(cluster)
    say(`ok      ${name}`)
  } catch (error) {
    say(`not ok  ${name}: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
