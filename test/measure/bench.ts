// How long commands take to start, beside node and pkcs11-tool: medians of several runs of whole processes, in turn in one run.
import { environment, launcher } from '../support/keyrite.ts'
import { blank, initArgs } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'
import { median, timed } from './timed.ts'

const TIMES = 7
const KEYS = 1000
const LOOP = 20

using place = blank()
const env = environment({ home: place.home, env: place.folder.env })
const keyrite = (...args: string[]) => timed(launcher, args, env)
const say = (name: string, ms: number, base: number, of: string) =>
  console.log(`${name.padEnd(34)} ${ms.toFixed(1).padStart(9)} ms  ${(ms / base).toFixed(2).padStart(6)} x ${of}`)

console.log(`medians of ${TIMES} runs; SoftHSM on tmpfs where there is one`)
const node = (await median(TIMES, () => timed(process.execPath, ['-e', '0'], env))).ms
say('node -e 0', node, node, 'node')
for (const flag of ['--version', '--help']) say(flag, (await median(TIMES, () => keyrite(flag))).ms, node, 'node')
// It knows no --help: it says so, prints all of it, and fails.
say('pkcs11-tool --help', (await median(TIMES, () => timed('pkcs11-tool', ['--help'], env, 'anyhow'))).ms, node, 'node')

await keyrite(...initArgs(place), '--json', '--no-input')
const approved = [...place.approvedBy('alice', 'bob'), '--no-input']
const count = ['--count', String(KEYS)]
const made = (await keyrite('key', 'generate', 'bench', '--type', 'aes-256', ...count, ...approved)).ms
say(`key list, ${KEYS} keys`, (await median(TIMES, () => keyrite('key', 'list', '--json'))).ms, node, 'node')

// A token of its own for the loop: SoftHSM slows with every object that lies on a token.
using other = blank()
const there = environment({ home: other.home, env: other.folder.env })
const login = ['--module', softhsm, '--token-label', 'loop', '--login', '--pin', '1234']
const setUp = ['--module', softhsm, '--init-token', '--label', 'loop', '--so-pin', '12345678', '--slot-index', '0']
await timed('pkcs11-tool', setUp, there)
const first = ['--module', softhsm, '--token-label', 'loop', '--login', '--login-type', 'so', '--so-pin', '12345678']
await timed('pkcs11-tool', [...first, '--init-pin', '--new-pin', '1234'], there)
const keygen = ['--keygen', '--key-type', 'AES:32', '--label', 'one']
const each = (await median(LOOP, () => timed('pkcs11-tool', [...login, ...keygen], there))).ms
const looped = each * KEYS
say(`${KEYS} keys, key generate`, made, looped, 'a pkcs11-tool loop')
console.log(
  `the loop is ${LOOP} keys on a token of few, times ${KEYS}; at least 10 times faster: ${looped / made >= 10 ? 'met' : 'NOT met'}`,
)
