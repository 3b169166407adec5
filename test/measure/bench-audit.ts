// What it takes to hold a long ledger against every rule: records a second, and memory that should not grow with their number.
import { environment, launcher } from '../support/keyrite.ts'
import { ledgerOfKeys, ledgerOfRecords } from './ledgers.ts'
import { aim, heading, line } from './say.ts'
import { inTurn, timed } from './timed.ts'

const [FEW, MANY] = [10_000, 100_000]
const TIMES = 3

/** More than this for ten times the records is growth; less is how the garbage collector feels. */
const FLAT = 1.25

const KEYS = 10_000

export async function audits(): Promise<void> {
  const verify = (home: string) => () => timed(launcher, ['audit', 'verify', '--json'], environment({ home }))
  const took = await inTurn(TIMES, {
    few: verify(await ledgerOfRecords(FEW)),
    many: verify(await ledgerOfRecords(MANY)),
    keys: verify(await ledgerOfKeys(KEYS)),
  })
  heading('audit verify: chain, signatures, approvals and states of every record')
  line(`${FEW} records, ${took.few.peak} MB`, took.few)
  line(`${MANY} records, ${took.many.peak} MB`, took.many, took.few, `${FEW} records`)
  line(`${KEYS} keys in a few long records, ${took.keys.peak} MB`, took.keys)
  console.log(`  ${Math.round(MANY / (took.many.ms / 1000))} records a second; what grows is what each key costs`)
  const growth = took.many.peak / took.few.peak
  aim(`memory at ${FEW} and ${MANY} records (flat), times`, growth, growth <= FLAT)
}
