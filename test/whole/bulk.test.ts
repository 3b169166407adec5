// More keys than one outcome record holds: made, backed up, restored on a second token and verified, each under one quorum.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { ok } from '../support/keyrite.ts'
import { testModule } from '../support/module.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { probeEnv, probeEvents } from '../support/probe.ts'
import { hastyClock } from '../support/shims.ts'
import { leaveOutRsa, loseTokens, softhsm } from '../support/softhsm.ts'
import { spawnTerminal } from '../support/terminal.ts'

leaveOutRsa()

const skip = process.platform === 'linux' ? false : 'LD_PRELOAD is of linux'

const KEYS = 501
/** Those, `card`, and one whose name takes more room than theirs. */
const ALL = KEYS + 2

let place: TestPartition
let by: string[]

before(async () => {
  place = await partition()
  by = place.approvedBy('alice', 'bob')
  await place.data('key', 'generate', 'a/name/longer/than/others', '--type', 'aes-256', ...by)
})

/** How many keys each outcome of the last intent tells of. */
function toldOf(): number[] {
  const records = place.records()
  const intent = records.findLastIndex(({ type }) => type === 'intent')
  return records.slice(intent).flatMap(({ type, keys }) => (type === 'outcome' ? [keys.length] : []))
}

test('keys are made in one go, and recorded 500 to a line under one signature', async () => {
  const { code, stderr, json } = await place.keyrite([
    'key',
    'generate',
    'bulk',
    '--type',
    'aes-256',
    ...['--count', `${KEYS}`],
    ...by,
  ])
  assert.equal(code, 0, stderr)
  assert.equal(json.data.keys.length, KEYS)
  assert.deepEqual(toldOf(), [500, 1])
  assert.ok(!stderr.includes('\r'), 'progress is for a terminal')
})

test('the list of them has straight columns', async () => {
  const { stdout } = await ok(['key', 'list'], { home: place.home })
  const lines = stdout.trimEnd().split('\n')
  assert.equal(lines.length, 1 + ALL)
  const column = lines[0]!.indexOf('fingerprint')
  for (const line of lines.slice(1)) assert.match(line.slice(column - 1), /^ cmac5:[0-9a-f]{10}$/)
})

test('they come back on another token, whose progress shows at a terminal, and every one is what it was', {
  skip,
}, async () => {
  const backup = place.path('pay.backup')
  await place.data('backup', 'create', backup, ...by)
  loseTokens(place.folder)
  const how = ['--module', softhsm, '--no-checkpoint', '--confirm', 'pay', '--expires', '24h', ...by]
  // Progress waits for the second second, which a hasty clock reaches at once.
  const env = { ...place.folder.env, ...hastyClock() }
  using terminal = spawnTerminal(['backup', 'restore', backup, ...how], { home: place.home, env })
  await terminal.waitFor(new RegExp(`keys restored: \\d+ of ${ALL}, \\d+ a second`))
  assert.deepEqual(await terminal.exit, { code: 0, signal: undefined }, terminal.screen())
  assert.deepEqual(toldOf(), [500, ALL - 500])
  const { code, stdout } = await place.keyrite(['partition', 'check', ...place.approvedBy('bob', 'carol')])
  assert.equal(code, 0, stdout)
  assert.equal((await place.data('audit', 'verify')).keys, ALL)
})

/** How many PKCS#11 calls it takes to make so many keys, to back up, and to verify. */
async function calls(count: number): Promise<number[]> {
  using own = await partition()
  own.useModule(testModule())
  const [folder, roots] = [own.path(), [own.path('nothing')]]
  const counted = async (...args: string[]): Promise<number> => {
    const { code, stderr } = await own.keyrite([...args, ...own.approvedBy('alice', 'bob')], {
      env: probeEnv({ folder, roots }),
    })
    assert.equal(code, 0, stderr)
    return probeEvents(folder).filter(({ name }) => name.startsWith('C_')).length
  }
  return [
    await counted('key', 'generate', 'few', '--type', 'aes-256', '--count', `${count}`),
    await counted('backup', 'create', own.path('pay.backup')),
    await counted('partition', 'check'),
  ]
}

test('the hundredth key costs as many PKCS#11 calls as the tenth', { skip }, async () => {
  const [few, more, many] = [await calls(10), await calls(30), await calls(110)]
  const perKey = (from: number[], to: number[], keys: number) => to.map((count, i) => (count - from[i]!) / keys)
  const tenth = perKey(few, more, 20)
  // What is done once for a few dozen keys may be counted to either, and what is drawn at random takes up to some 120 calls more each time. To look at
  // all keys for each would be 50 calls more for each.
  const once = 150 / 20
  for (const [i, hundredth] of perKey(more, many, 80).entries())
    assert.ok(hundredth <= tenth[i]! * 1.1 + once, `${hundredth} calls after ${tenth[i]}`)
})
