// What it takes to hold a long ledger against every rule: records a second, and memory that should not grow with their number.
import { environment, launcher } from '../support/keyrite.ts'
import { ledgerOfRecords } from './ledgers.ts'
import { aim, heading, line } from './say.ts'
import { inTurn, timed } from './timed.ts'

const [FEW, MANY] = [10_000, 100_000]
const TIMES = 3

/** More than this is growth; less is the garbage collector's mood. */
const FLAT = 1.15

export async function audits(): Promise<void> {
  const verify = async (records: number) => {
    const env = environment({ home: await ledgerOfRecords(records) })
    return () => timed(launcher, ['audit', 'verify', '--json'], env)
  }
  const took = await inTurn(TIMES, { few: await verify(FEW), many: await verify(MANY) })
  heading('audit verify: chain, signatures, approvals and states of every record')
  line(`${FEW} records, ${took.few.peak} MB`, took.few)
  line(`${MANY} records, ${took.many.peak} MB`, took.many, took.few, `${FEW} records`)
  console.log(`  ${Math.round(MANY / (took.many.ms / 1000))} records a second`)
  const growth = took.many.peak / took.few.peak
  aim(`memory at ${FEW} and ${MANY} records (flat), times`, growth, growth <= FLAT)
}
