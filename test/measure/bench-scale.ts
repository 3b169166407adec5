// What a partition's age costs those who only look and plan: the same commands, from a ledger that has just begun to one of a million records and
// 100,000 keys, each with the index that its last change left; and what it takes to read all of it where there is none.
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { readLines } from '../../src/ledger/lines.ts'
import { NEVER, Replay } from '../../src/ledger/replay.ts'
import { environment, launcher } from '../support/keyrite.ts'
import { atMost, heading, line } from './say.ts'
import { ledgerOf } from './scale-ledgers.ts'
import { inTurn, type Timed, timed } from './timed.ts'

const SIZES = [
  { keys: 100, records: 1_000 },
  { keys: 1_000, records: 10_000 },
  { keys: 10_000, records: 100_000 },
  { keys: 100_000, records: 1_000_000 },
]
const TIMES = 7

/** The key is there from the beginning. A minute passes with each record, so a long ledger is ahead of the clock. */
const COMMANDS = {
  'key show': ['key', 'show', 'bulk-000042'],
  'quorum show': ['quorum', 'show'],
  monitor: ['monitor'],
  'key rotate --dry-run': ['key', 'rotate', 'bulk-000042', '--dry-run', '--accept', 'clock'],
}

export async function scale(): Promise<void> {
  const homes = new Map<string, string>()
  for (const size of SIZES) homes.set(nameOf(size), await ledgerOf(size))
  const first = nameOf(SIZES[0]!)
  const last = nameOf(SIZES.at(-1)!)
  for (const [what, args] of Object.entries(COMMANDS)) {
    const runs = [...homes].map(([name, home]) => [name, () => timed(launcher, args, environment({ home }))])
    const took: Record<string, Timed> = await inTurn(TIMES, Object.fromEntries(runs))
    heading(what)
    for (const name of homes.keys()) line(`${name}, ${took[name]!.peak} MB`, took[name]!, took[first], first)
    atMost(`${what} of ${last}, times ${first}`, took[last]!.ms / took[first]!.ms, 1.2)
    atMost(`${what} of ${last}, megabytes`, took[last]!.peak, 60)
  }
  replays(homes)
}

const nameOf = ({ keys, records }: (typeof SIZES)[number]): string => `${keys} keys, ${records} records`

/** Without an index. */
function replays(homes: ReadonlyMap<string, string>): void {
  console.log('\nreading all of it')
  for (const [name, home] of homes) {
    const start = performance.now()
    const replay = new Replay(NEVER)
    for (const { bytes } of readLines(openSync(join(home, 'pay', 'ledger.jsonl'), 'r'))) replay.take(bytes)
    const took = performance.now() - start
    console.log(
      `${name.padEnd(44)}  ${took.toFixed(0).padStart(9)} ms  ${((took * 1000) / (replay.history.seq + 1)).toFixed(1)} us a record`,
    )
  }
}
