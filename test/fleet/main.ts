// A ledger in PostgreSQL, at a server that is started here: `npm run test:fleet`, or `-- rights key-cut` for those; `--every N` breaks the way at each N-th piece.
import { parseArgs } from 'node:util'
import { anotherPartition, hostileAdministrator, putBack } from './administrators.ts'
import { breaks } from './breaks.ts'
import { Cluster } from './cluster.ts'
import { clientCertificates, connections, passwordNowhere } from './connections.ts'
import { crowd } from './crowd.ts'
import { databaseGone, tokenGone } from './gone.ts'
import { longMove } from './long.ts'
import { everyCommand, everyExample } from './page.ts'
import { guardedByStandby, lateStandby, waitGivenUp } from './standbys.ts'
import { away, forked, ofMembers, rights, thereAndBack } from './stories.ts'
import { isUpgradable, upgraded } from './upgrade.ts'
import { nothingTwice, takenIn } from './waiting.ts'
import { hostileWriter } from './writers.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)

const { values, positionals } = parseArgs({
  options: { every: { type: 'string', default: '5' }, all: { type: 'boolean' } },
  allowPositionals: true,
})

const CASES: { [name: string]: (cluster: Cluster) => Promise<void> } = {
  'there-and-back': thereAndBack,
  rights,
  members: ofMembers,
  forked,
  connections,
  certificates: clientCertificates,
  password: passwordNowhere,
  crowd,
  long: longMove,
  away,
  waiting: takenIn,
  'waiting-twice': nothingTwice,
  standby: guardedByStandby,
  'standby-late': lateStandby,
  'standby-given-up': waitGivenUp,
  'database-gone': databaseGone,
  'token-gone': tokenGone,
  page: everyCommand,
  examples: everyExample,
  administrator: hostileAdministrator,
  writer: hostileWriter,
  'another-partition': anotherPartition,
  'put-back': putBack,
  ...(isUpgradable() ? { upgrade: upgraded } : {}),
  ...Object.fromEntries(breaks(values.all ? 1 : Number(values.every), say)),
}

const unknown = positionals.find((name) => !(name in CASES))
if (unknown !== undefined) throw new Error(`nothing is called ${unknown}; there are ${Object.keys(CASES).join(', ')}`)

using cluster = await Cluster.serving('pay', 'reader', 'stranger', 'other', 'certified')
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
