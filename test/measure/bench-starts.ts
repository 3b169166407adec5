// How long a command takes that changes nothing: to say who it is, and to list many keys.
import { environment, launcher } from '../support/keyrite.ts'
import { BareToken } from './bare-token.ts'
import { ledgerOfFew, ledgerOfKeys } from './ledgers.ts'
import { atMost, heading, line } from './say.ts'
import { inTurn, type Timed, timed } from './timed.ts'

const TIMES = 9
const KEYS = 10_000
const FEW = 10
const READERS = [
  'key list',
  'key list --due',
  'key show card-3',
  'quorum show',
  'partition show',
  'audit show',
  'monitor',
] as const
type Env = ReturnType<typeof environment>
type Readers = Record<(typeof READERS)[number], () => Promise<Timed>>

export async function starts(): Promise<void> {
  const [home, small, bare] = [await ledgerOfKeys(KEYS), await ledgerOfFew(FEW, true), await ledgerOfFew(FEW, false)]
  using token = await BareToken.make()
  await token.run('generate', { count: KEYS })
  const [env, few, unindexed] = [home, small, bare].map((home) => environment({ home })) as [Env, Env, Env]
  const keyrite = (...args: string[]) => timed(launcher, args, env)
  const took = await inTurn(TIMES, {
    node: () => timed(process.execPath, ['-e', '0'], env),
    // It knows no --help: it says so, prints all of it, and fails.
    tool: () => timed('pkcs11-tool', ['--help'], env, 'anyhow'),
    version: () => keyrite('--version'),
    help: () => keyrite('--help'),
    whole: () => timed(launcher, ['key', 'list'], unindexed),
    ...(Object.fromEntries(READERS.map((line) => [line, () => timed(launcher, line.split(' '), few)])) as Readers),
  })
  const lists = await inTurn(3, {
    table: () => keyrite('key', 'list'),
    json: () => keyrite('key', 'list', '--json'),
    tool: () => token.pkcs11Tool('-O'),
  })
  heading('starting')
  line('node -e 0', took.node)
  line('pkcs11-tool --help', took.tool, took.node, 'node -e 0')
  line('keyrite --version', took.version, took.node, 'node -e 0')
  line('keyrite --help', took.help, took.node, 'node -e 0')
  for (const name of READERS) line(`keyrite ${name}, of ${FEW} keys`, took[name], took.node, 'node -e 0')
  line('keyrite key list, of a ledger without its index', took.whole, took.node, 'node -e 0')
  heading(`listing ${KEYS} keys: keyrite from the ledger, pkcs11-tool from a token with as many`)
  line('pkcs11-tool -O, logged in', lists.tool)
  line('keyrite key list', lists.table, lists.tool, 'pkcs11-tool -O')
  line('keyrite key list --json', lists.json, lists.tool, 'pkcs11-tool -O')
  atMost('keyrite --version, times node -e 0', took.version.ms / took.node.ms, 1.9)
  atMost('keyrite --help, times node -e 0', took.help.ms / took.node.ms, 2)
  for (const name of READERS) atMost(`keyrite ${name}, times node -e 0`, took[name].ms / took.node.ms, 2.3)
  atMost(`keyrite key list of ${KEYS}, times pkcs11-tool -O`, lists.table.ms / lists.tool.ms, 1)
}
