// How long a command takes that changes nothing: to say who it is, and to list many keys.
import { environment, launcher } from '../support/keyrite.ts'
import { BareToken } from './bare-token.ts'
import { ledgerOfKeys } from './ledgers.ts'
import { atMost, heading, line } from './say.ts'
import { inTurn, timed } from './timed.ts'

const TIMES = 9
const KEYS = 10_000
const FEW = 10

export async function starts(): Promise<void> {
  const [home, small] = [await ledgerOfKeys(KEYS), await ledgerOfKeys(FEW)]
  using token = await BareToken.make()
  await token.run('generate', { count: KEYS })
  const env = environment({ home })
  const keyrite = (...args: string[]) => timed(launcher, args, env)
  const took = await inTurn(TIMES, {
    node: () => timed(process.execPath, ['-e', '0'], env),
    // It knows no --help: it says so, prints all of it, and fails.
    tool: () => timed('pkcs11-tool', ['--help'], env, 'anyhow'),
    version: () => keyrite('--version'),
    help: () => keyrite('--help'),
    list: () => timed(launcher, ['key', 'list'], environment({ home: small })),
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
  line(`keyrite key list, of ${FEW}`, took.list, took.node, 'node -e 0')
  heading(`listing ${KEYS} keys: keyrite from the ledger, pkcs11-tool from a token with as many`)
  line('pkcs11-tool -O, logged in', lists.tool)
  line('keyrite key list', lists.table, lists.tool, 'pkcs11-tool -O')
  line('keyrite key list --json', lists.json, lists.tool, 'pkcs11-tool -O')
  atMost('keyrite --version, times node -e 0', took.version.ms / took.node.ms, 2)
  atMost('keyrite --help, times node -e 0', took.help.ms / took.node.ms, 2)
  atMost(`keyrite key list of ${FEW}, times node -e 0`, took.list.ms / took.node.ms, 2.3)
  atMost(`keyrite key list of ${KEYS}, times pkcs11-tool -O`, lists.table.ms / lists.tool.ms, 1)
}
