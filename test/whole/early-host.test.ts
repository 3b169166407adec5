// The process for the module comes up while the plan is made: where nothing comes of the plan, nothing is left of it.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { testModule } from '../support/module.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { type ProbeEvent, probeEnv, probeEvents } from '../support/probe.ts'

const skip = process.platform === 'linux' ? false : 'LD_PRELOAD and /proc are of linux'

/** A partition whose module tells of its calls. */
async function watched(): Promise<TestPartition> {
  const place = await partition()
  place.useModule(testModule())
  mkdirSync(place.path('probe'))
  return place
}

const probing = (place: TestPartition, kill?: number) => ({
  env: probeEnv({
    folder: place.path('probe'),
    roots: [place.home],
    ...(kill ? { kill, when: 'after', whom: 'main' } : {}),
  }),
})

/** Processes that work in this home, zombies left out: those have no environment any more. */
const atWork = ({ home }: TestPartition): string[] =>
  readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(`KEYRITE_HOME=${home}`))

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return []
  }
}

const events = (place: TestPartition): ProbeEvent[] => probeEvents(place.path('probe'))
const ofModule = ({ name }: ProbeEvent): boolean => name.startsWith('C_')
/** The lock, once it names the host as well. */
const adopted = ({ name, path }: ProbeEvent): boolean => name === 'rename' && path.endsWith('/lock')

const generate = (name: string) => ['key', 'generate', name, '--type', 'aes-256']

const IN_VAIN: [string, string[], number, { adopts: boolean }][] = [
  ['a key that is not known', ['key', 'rotate', 'nothing'], 3, { adopts: true }],
  ['a name that is taken', generate('card'), 3, { adopts: true }],
  ['a reason that nobody can read', [...generate('new'), '--reason', 'r\u0007d'], 2, { adopts: false }],
  ['a reason that is too long', [...generate('new'), '--reason', 'r'.repeat(501)], 2, { adopts: false }],
  ['a plan that is only shown', [...generate('new'), '--dry-run'], 0, { adopts: false }],
]

for (const [what, args, exit, { adopts }] of IN_VAIN) {
  test(`${what}: no module is loaded, no process and no lock is left`, { skip }, async () => {
    using place = await watched()
    const { code, stderr } = await place.keyrite([...args, ...place.approvedBy('alice', 'bob')], probing(place))
    assert.deepEqual(atWork(place), [])
    assert.equal(code, exit, stderr)
    assert.equal(events(place).some(ofModule), false)
    assert.equal(events(place).some(adopted), adopts)
    assert.ok(!existsSync(place.path('home', 'pay', 'lock')))
  })
}

test('a command that is killed before it opens the module leaves no orphan, and a lock that the next one takes', {
  skip,
}, async () => {
  using place = await watched()
  const args = [...generate('new'), ...place.approvedBy('alice', 'bob')]
  {
    using whole = place.copy()
    assert.equal(
      (await whole.keyrite([...generate('new'), ...whole.approvedBy('alice', 'bob')], probing(whole))).code,
      0,
    )
    const { number } = events(whole).find(adopted)!
    assert.ok(!events(whole).some((event) => ofModule(event) && event.number < number))
    const { signal } = await place.keyrite(args, probing(place, number))
    assert.equal(signal, 'SIGKILL')
  }
  for (let waited = 0; atWork(place).length > 0 && waited < 60_000; waited += 20) await pause(20)
  assert.deepEqual(atWork(place), [])
  assert.equal(events(place).some(ofModule), false)
  assert.ok(existsSync(place.path('home', 'pay', 'lock')))
  const { code, stderr } = await place.keyrite(args, probing(place))
  assert.equal(code, 0, stderr)
})
