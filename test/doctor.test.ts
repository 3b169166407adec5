// What no test can bring about for real: a machine as it is told by the files of Linux, and a look that fails.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import type { MachineFacts } from '../src/cli/machine-facts.ts'
import { Checks } from '../src/commands/doctor/checks.ts'
import { space } from '../src/commands/doctor/files.ts'
import * as machine from '../src/commands/doctor/machine.ts'
import { tokenFinding } from '../src/commands/doctor/module.ts'
import { tokenOf } from '../src/commands/doctor/partition.ts'
import { History } from '../src/domain/history.ts'
import type { PinTries } from '../src/hsm/port.ts'
import { readMachine } from '../src/machine.ts'
import { slotOf, tokenFacts } from './support/slots.ts'
import { makeFolder } from './support/softhsm.ts'

const OWN = { node: '20.19.0', platform: 'linux', arch: 'x64', uid: 0, columns: 80 }

/** A folder with these files in it, read as a machine. */
function machineWith(files: Record<string, string>, own: Partial<typeof OWN> = {}): Promise<MachineFacts> {
  const root = makeFolder('machine')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), `${text}\n`)
  }
  return readMachine({ ...OWN, ...own }, root)
}

const SWAPS = 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority'
const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax core file size        ${soft}                    unlimited            bytes`

const NOW = new Date('2026-11-24T12:00:00.000Z')
const LOOKS = {
  ...machine,
  clock: (facts: MachineFacts) => machine.clock(facts, NOW, new Map([['pay', '2026-11-24T11:00:00.000Z']])),
  terminal: (facts: MachineFacts) => machine.terminal(facts, { TERM: 'xterm' }),
}
type Look = 'node' | 'swap' | 'coreLimit' | 'corePattern' | 'ptrace' | 'clock' | 'terminal' | 'width'

const judged: [look: Look, files: Record<string, string>, said: string, own?: Partial<typeof OWN>][] = [
  ['node', {}, 'ok v20.19.0, linux x64'],
  ['node', {}, 'problem v20.18.3, linux x64: too old [rule NODE-VERSION]', { node: '20.18.3' }],
  ['node', {}, 'problem v18.20.4, linux x64: too old [rule NODE-VERSION]', { node: '18.20.4' }],
  [
    'node',
    {},
    'warning v22.1.0, darwin arm64: keyrite is tried on linux only',
    { node: '22.1.0', platform: 'darwin', arch: 'arm64' },
  ],
  ['swap', {}, "skipped can't be told on this system"],
  ['swap', { 'proc/swaps': SWAPS }, 'ok none'],
  ['swap', { 'proc/swaps': `${SWAPS}\n/dev/zram0 partition 1 0 100` }, 'ok /dev/zram0, memory'],
  [
    'swap',
    { 'proc/swaps': `${SWAPS}\n/swapfile file 1 0 -2` },
    'warning /swapfile: secrets in memory may reach the disk',
  ],
  [
    'swap',
    { 'proc/swaps': `${SWAPS}\n/dev/dm-1 partition 1 0 -2`, 'sys/class/block/dm-1/dm/uuid': 'CRYPT-PLAIN-swap' },
    'ok /dev/dm-1, encrypted',
  ],
  [
    'swap',
    {
      'proc/swaps': `${SWAPS}\n/dev/dm-1 partition 1 0 -2\n/dev/sda2 partition 1 0 -3`,
      'sys/class/block/dm-1/dm/uuid': 'LVM-x',
    },
    'warning /dev/dm-1, /dev/sda2: secrets in memory may reach the disk',
  ],
  ['coreLimit', {}, "skipped the limit can't be told on this system"],
  ['coreLimit', { 'proc/self/limits': limits('0') }, 'ok none is written (ulimit -c 0)'],
  [
    'coreLimit',
    { 'proc/self/limits': limits('unlimited') },
    'warning a crash would write memory to a file (ulimit -c unlimited)',
  ],
  ['corePattern', {}, "skipped can't be told on this system"],
  ['corePattern', { 'proc/sys/kernel/core_pattern': 'core' }, 'ok core'],
  [
    'corePattern',
    { 'proc/sys/kernel/core_pattern': '|/usr/lib/systemd/systemd-coredump %P %u' },
    'ok |/usr/lib/systemd/systemd-coredump %P %u',
  ],
  [
    'corePattern',
    { 'proc/sys/kernel/core_pattern': '|/usr/share/apport/apport -p%p' },
    'warning a crash is piped to a program: |/usr/share/apport/apport -p%p',
  ],
  ['ptrace', {}, 'skipped this kernel has no yama to tell'],
  ['ptrace', {}, "skipped can't be told on this system", { platform: 'darwin' }],
  [
    'ptrace',
    { 'proc/sys/kernel/yama/ptrace_scope': '1' },
    'ok memory is closed to other processes of this user (scope 1)',
  ],
  ['ptrace', { 'proc/sys/kernel/yama/ptrace_scope': '0' }, 'warning any process of this user may read our memory'],
  ['clock', {}, "ok 2026-11-24T12:00:00.000Z, after the last record; whether it is synchronised can't be told"],
  ['clock', { 'run/systemd/timesync/synchronized': '' }, 'ok 2026-11-24T12:00:00.000Z, synchronised'],
  ['terminal', {}, 'warning there is none: nobody can be asked here'],
  ['terminal', { 'dev/tty': '' }, 'ok /dev/tty, TERM xterm'],
  ['width', {}, 'ok 80 columns'],
  ['width', {}, 'warning 79 columns: plans and tables are cut into pieces', { columns: 79 }],
]

describe('a machine', () => {
  for (const [look, files, said, own] of judged) {
    test(`${look}: ${said}`, async () => {
      const { status, found, hint } = LOOKS[look](await machineWith(files, own))
      assert.equal(`${status} ${found}`, said)
      assert.equal(hint !== undefined, status === 'warning' || status === 'problem')
    })
  }

  test('a clock that is not synchronised, or behind the ledger', async () => {
    const facts = { ...(await machineWith({})), clockSynchronised: false }
    assert.match(LOOKS.clock(facts).found, /, not synchronised$/)
    const later = new Map([['pay', '2026-11-24T12:00:00.001Z']])
    assert.match(machine.clock(facts, NOW, later).found, /the last record of pay is of .* \[CLOCK\]$/)
  })
})

test('a disk that is full, nearly full, and not', () => {
  const megabytes = (count: number) => space(count * 1024 * 1024, '/home')
  assert.deepEqual(
    [0, 0.9, 1, 99, 100].map((count) => megabytes(count).status),
    ['problem', 'problem', 'warning', 'warning', 'ok'],
  )
})

test('the token of a ledger by its serial, once', () => {
  const value = { serial: '01', label: 'pay', manufacturer: '', model: '' }
  const history = Object.defineProperty(new History(), 'token', { value })
  const said = (...serials: string[]) =>
    tokenOf(
      history,
      serials.map((serial, i) => slotOf(i, { serial, label: 'pay' })),
      '/m.so',
    ).found
  assert.equal(said('00', '01'), 'serial 01, in slot 1')
  assert.match(said('01', '00', '01'), /^serial 01, in slot 0 and 2 \[rule TWO-TOKENS\]$/)
  assert.match(said('00'), /^the token 01 .* is not there; there is 00 .* \[rule TOKEN-SERIAL\]$/)
  assert.match(said(), /is not there, nor any other \[rule TOKEN-PRESENT\]$/)
})

test('the worst of what a token says of its PINs', () => {
  const token = tokenFacts({ serial: '01', label: 'pay' })
  const said = (so: PinTries, user: PinTries, ours = true) => {
    const { status, found } = tokenFinding({ ...token, tries: { so, user } }, ours)
    return `${status}: ${found.replace('pay, serial 01, ', '')}`
  }
  assert.equal(said('ok', 'ok'), 'ok: user PIN set')
  assert.equal(said('low', 'ok'), 'warning: SO PIN: wrong tries were made')
  assert.equal(said('final', 'low'), 'warning: SO PIN: one try is left')
  assert.equal(said('low', 'locked'), 'problem: user PIN: it is locked [rule PIN-LOCKED]')
  assert.equal(said('locked', 'ok', false), 'warning: SO PIN: it is locked')
})

test('whatever a look throws is a line, and no stack', async () => {
  const checks = new Checks()
  await checks.look('ours', () => {
    throw new TypeError('x is not a function\n  at somewhere')
  })
  await checks.look('theirs', async () => {
    throw Object.assign(new Error('EACCES: denied'), { code: 'EACCES', path: '/secret' })
  })
  assert.deepEqual(
    checks.all.map(({ status, found }) => `${status}: ${found}`),
    ['problem: this could not be looked at: x is not a function [BUG]', 'problem: /secret: permission denied [DISK]'],
  )
})
