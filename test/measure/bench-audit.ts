// What it takes to hold a long ledger against every rule: how much of it is looking at signatures, and memory that should not grow with the records.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { takenBy } from '../../src/ledger/signatures.ts'
import { sourceAt } from '../../src/ledger/source.ts'
import { environment, launcher } from '../support/keyrite.ts'
import { ledgerOfKeys, ledgerOfRecords } from './ledgers.ts'
import { aim, atLeast, atMost, heading, line } from './say.ts'
import { inTurn, type Timed, timed } from './timed.ts'

const [FEW, MANY] = [10_000, 100_000]
const TIMES = 3

/** More than this for ten times the records is growth; less is how the garbage collector feels. */
const FLAT = 1.25

const KEYS = 10_000

const CORES = availableParallelism()

/** How many signatures of each kind a ledger holds. */
function signaturesOf(home: string): Map<string, number> {
  const counts = new Map<string, number>()
  const count = {
    add({ alg }: { alg: string }) {
      counts.set(alg, (counts.get(alg) ?? 0) + 1)
      return true
    },
  }
  takenBy(count, () => sourceAt(join(home, 'pay', 'ledger.jsonl'), true).audit({ checkpoints: [] }, () => {}))
  return counts
}

/** On every core, for two seconds each; the last column is what it verifies in one. */
const openssl = (): Promise<Timed> =>
  timed('openssl', ['speed', '-seconds', '2', '-multi', `${CORES}`, 'ed25519', 'ecdsap256'], environment({}))

const NAMES: Record<string, RegExp> = { EdDSA: /\(Ed25519\).* ([\d.]+)$/m, ES256: /\(nistp256\).* ([\d.]+)$/m }

/** Milliseconds that openssl would take for so many of each. */
function bareTime(counts: ReadonlyMap<string, number>, { stdout }: Timed): number {
  const seconds = [...counts].map(([alg, count]) => count / Number(NAMES[alg]!.exec(stdout)![1]))
  return seconds.reduce((sum, one) => sum + one, 0) * 1000
}

/** Many keys as people see them, against the same for programs. */
async function listing(home: string): Promise<void> {
  const list = (...args: string[]) => timed(launcher, ['key', 'list', ...args], environment({ home }))
  const took = await inTurn(2 * TIMES + 1, { json: () => list('--json'), table: () => list() })
  heading(`a list of ${KEYS} keys`)
  line('keyrite key list --json', took.json)
  line('keyrite key list', took.table, took.json, 'its JSON')
  atMost('the table, times its JSON', took.table.ms / took.json.ms, 1.1)
}

export async function audits(): Promise<void> {
  const manyKeys = await ledgerOfKeys(KEYS)
  const verify = (home: string) => () => timed(launcher, ['audit', 'verify', '--json'], environment({ home }))
  const long = await ledgerOfRecords(MANY)
  const counts = signaturesOf(long)
  const bare: number[] = []
  const took = await inTurn(TIMES, {
    few: verify(await ledgerOfRecords(FEW)),
    many: verify(long),
    openssl: async () => {
      const ran = await openssl()
      bare.push(bareTime(counts, ran))
      return ran
    },
    keys: verify(manyKeys),
  })
  heading('audit verify: chain, signatures, approvals and states of every record')
  line(`${FEW} records, ${took.few.peak} MB`, took.few)
  line(`${MANY} records, ${took.many.peak} MB`, took.many, took.few, `${FEW} records`)
  line(`${KEYS} keys in a few long records, ${took.keys.peak} MB`, took.keys)
  const ideal = bare.sort((a, b) => a - b)[Math.floor(TIMES / 2)]!
  const each = [...counts].map(([alg, count]) => `${count} ${alg}`).join(', ')
  console.log(`  ${each}: on ${CORES} cores ${ideal.toFixed(0)} ms by openssl speed -multi, in turn with the others`)
  atLeast('audit verify, of what openssl speed -multi looks at in that time', ideal / took.many.ms, 0.75)
  console.log(`  ${Math.round(MANY / (took.many.ms / 1000))} records a second; what grows is what each key costs`)
  const growth = took.many.peak / took.few.peak
  aim(`memory at ${FEW} and ${MANY} records (flat), times`, growth, growth <= FLAT)
  await listing(manyKeys)
}
