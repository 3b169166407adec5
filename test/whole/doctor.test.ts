// The doctor finds a sound place sound, names everything that was spoilt in one that isn't, and changes nothing.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Check } from '../../src/commands/doctor/checks.ts'
import { bracketed } from '../../src/domain/errors.ts'
import { ledgersOf } from '../../src/ledger/ledgers.ts'
import { assertShown } from '../support/hints.ts'
import { perform } from '../support/in-process.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { environment, type Result, type RunOptions, runProgram } from '../support/keyrite.ts'
import { type Fault, faultyModule } from '../support/module.ts'
import { blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { clockAhead } from '../support/shims.ts'
import { changes, snapshot } from '../support/snapshot.ts'
import { makeFolder, softhsm } from '../support/softhsm.ts'
import { spawnTerminal } from '../support/terminal.ts'

const checksIn = ({ json }: Result): Check[] => json.data.checks

function named(name: string, result: Result): Check {
  const found = checksIn(result).find((check) => check.name === name)
  assert.ok(found, `there is no check ${name}: ${result.stdout}`)
  return found
}

const others = (result: Result, but: string) =>
  checksIn(result).filter(({ name, status }) => name !== but && status === 'problem')

/** What every look at anything keeps to. */
function checkManners(result: Result): void {
  for (const { name, status, found, hint, ...more } of checksIn(result)) {
    assert.deepEqual(more, {}, name)
    assert.match(found, /^[^\p{C}]+$/u, name)
    assert.equal(hint !== undefined, status === 'warning' || status === 'problem', `${name}: ${found}, ${hint}`)
  }
}

test('a sound place is sound, and stays as it is', async () => {
  using place = await partition()
  const before = snapshot(place.folder.dir)
  const result = await place.keyrite(['doctor', '--module', softhsm])
  assert.equal(result.code, 0, result.stdout)
  checkManners(result)
  assert.deepEqual(others(result, ''), [])
  for (const name of ['native part', 'home', 'settings', 'pay: folder', 'pay: ledger', 'pay: lock', 'module']) {
    assert.equal(named(name, result).status, 'ok', name)
  }
  assert.match(named('pay: token', result).found, /^serial [0-9a-f]{16}, in slot \d+$/)
  assert.match(named('pay: ledger', result).found, /^3 records, 0 to 2; the last is /)
  assert.deepEqual(changes(before, snapshot(place.folder.dir)), [])
})

test('without a partition and without a module it says what it could not look at', async () => {
  const result = await blank().keyrite(['doctor'])
  assert.equal(result.code, 0)
  assert.deepEqual(named('module', result).status, 'skipped')
  assert.match(named('home', result).found, /is not there yet/)
})

interface Sick {
  spoil?: (place: TestPartition) => unknown
  args?: (place: TestPartition) => string[]
  env?: (place: TestPartition) => Record<string, string>
  /** What else is to be seen. */
  also?: (result: Result) => void
  /** Only root can bring it about. */
  root?: true
  kind?: 'blank'
}

interface Case extends Sick {
  name: string
  check: string
  /** Exit code and rule; `0` for a warning. */
  ending: string
  found: RegExp
  hint: RegExp
}

const sick = (name: string, check: string, ending: string, found: RegExp, hint: RegExp, how: Sick): Case => ({
  name,
  check,
  ending,
  found,
  hint,
  ...how,
})

const opened = (mode: number, ...path: string[]) => ({
  spoil: (place: TestPartition) => chmodSync(place.path(...path), mode),
})
const linked = (...path: string[]) => ({
  spoil: (place: TestPartition) => {
    renameSync(place.path(...path), place.path('aside'))
    symlinkSync(place.path('aside'), place.path(...path))
  },
})
const owned = (...path: string[]) => ({
  spoil: (place: TestPartition) => chownSync(place.path(...path), 12345, 0),
  root: true as const,
})

const files: Case[] = [
  sick(
    'home open',
    'home',
    '3 HOME-OPEN',
    /home is open to others \(mode 0755\)/,
    /^chmod 700 \//,
    opened(0o755, 'home'),
  ),
  sick('home a link', 'home', '3 FILE-LINK', /home is a symbolic link/, /^ls -ld \//, linked('home')),
  sick(
    'home of another',
    'home',
    '3 FILE-OWNER',
    /belongs to user 12345/,
    /^sudo -u '#12345' -s {2}# only to look: /,
    owned('home'),
  ),
  sick(
    'a folder above the home open',
    'home',
    '3 FILE-WRITABLE',
    /may be written by anyone/,
    /^sudo chmod go-w \//,
    opened(0o777),
  ),
  sick(
    'a folder above the home of another',
    'home',
    '0',
    /may be written by user 12345/,
    /^sudo chown root \//,
    owned(),
  ),
  sick(
    'settings open',
    'settings',
    '3 HOME-OPEN',
    /config\.json is open to others/,
    /^chmod 600 \//,
    opened(0o644, 'home', 'config.json'),
  ),
  ...['ledger.jsonl', 'station.key', 'checkpoint'].map((name) =>
    sick(
      `${name} open`,
      'pay: folder',
      '3 HOME-OPEN',
      new RegExp(`${name} is open to others \\(mode 0640\\)`),
      /^chmod 600 \//,
      opened(0o640, 'home', 'pay', name),
    ),
  ),
  sick(
    'the folder open',
    'pay: folder',
    '3 HOME-OPEN',
    /pay is open to others/,
    /^chmod 700 \//,
    opened(0o701, 'home', 'pay'),
  ),
  sick(
    'a link',
    'pay: folder',
    '3 FILE-LINK',
    /checkpoint is a symbolic link/,
    /^ls -l/,
    linked('home', 'pay', 'checkpoint'),
  ),
  sick(
    'a file of another',
    'pay: folder',
    '3 FILE-OWNER',
    /station\.key belongs to/,
    /^sudo chown 0/,
    owned('home', 'pay', 'station.key'),
  ),
  sick('a pipe', 'pay: folder', '3 FILE-KIND', /odd is not a folder/, /^ls -ld/, {
    spoil: (place) => execFileSync('mkfifo', [place.path('home', 'pay', 'odd')]),
  }),
  sick('no settings', 'pay: settings', '2 CONFIG', /names no PKCS#11 module/, /^keyrite .*config set module PATH$/, {
    spoil: (place) => rmSync(place.path('home', 'config.json')),
  }),
]

const CHANGE = (place: TestPartition) => place.approvedBy('alice', 'bob')
const generate = (place: TestPartition) => ['key', 'generate', 'new', '--type', 'aes-256', ...CHANGE(place)]

const ledgers: Case[] = [
  sick('a line edited', 'pay: ledger', '5 CHAIN-PREV', /^record 2: /, /^keyrite audit verify$/, {
    spoil: ({ ledger }) =>
      writeFileSync(ledger, readFileSync(ledger, 'utf8').replace('"type":"aes-256"', '"type":"aes-128"')),
  }),
  sick('an empty ledger', 'pay: ledger', '5 LEDGER-BEGINS', /is empty/, /^keyrite backup restore /, {
    spoil: ({ ledger }) => writeFileSync(ledger, ''),
  }),
  sick('no ledger', 'pay: ledger', '5 LEDGER-PRESENT', /is missing/, /./, { spoil: ({ ledger }) => rmSync(ledger) }),
  sick(
    'a torn line',
    'pay: ledger',
    '0',
    /a crash left a torn line after it$/,
    /the next command that logs in mends it/,
    {
      spoil: ({ ledger }) => appendFileSync(ledger, '{"record":{"seq":3'),
    },
  ),
  sick('an open intent', 'pay: ledger', '6 INTENT-OPEN', /key\.generate \(record 3\)/, /^keyrite partition recover$/, {
    spoil: (place) => killedAfter(place, generate, onDisk),
  }),
  sick('a beginning', 'pay: ledger', '3 PARTITION-FINISHED', /is not finished/, /^keyrite partition init/, {
    kind: 'blank',
    also: (result) => assert.equal(named('pay: settings', result).status, 'ok'),
    spoil: (place) => killedAfter(place, initArgs, ({ path }) => path.includes('/station.key')),
  }),
  sick('a clock behind', 'clock', '3 CLOCK', /the last record of pay is of 20/, /^timedatectl$/, {
    spoil: (place) => place.keyrite(generate(place), { env: clockAhead(100_000) }),
  }),
  sick(
    'somebody at work',
    'pay: lock',
    '0',
    /another keyrite is at work .*process \d+/,
    /^ps -o pid,user,tty,lstart -p \d+$/,
    {
      // What has no end yet is on its way, and nobody calls it interrupted.
      also: (result) => assert.match(named('pay: ledger', result).found, /; a change is being carried out just now$/),
      spoil: async (place) => {
        await killedAfter(place, generate, onDisk)
        const { home, folder } = place
        const openNow = async () => (await perform(['key', 'list', '--json'], { home, env: folder.env })).json.data.open
        const { op, seq, atWork } = await openNow()
        assert.deepEqual({ op, atWork }, { op: 'key.generate', atWork: false })
        const lock = ledgersOf({
          pid: process.pid,
          clock: () => new Date(),
          tool: { name: 'keyrite', version: '0' },
          host: { user: 'ops', name: 'host' },
        })
          .partition(home, 'pay')
          .lock()
        for (const args of [
          ['key', 'list'],
          ['audit', 'verify'],
          ['partition', 'list'],
        ]) {
          const { stdout, stderr } = await perform(args, { home, env: folder.env })
          assert.match(stdout + stderr, /being carried out just now|at work/)
          assert.doesNotMatch(stdout + stderr, /interrupted/)
        }
        assert.deepEqual(await openNow(), { op, seq, atWork: true })
        return lock
      },
    },
  ),
  sick(
    'no such partition',
    'partitions',
    '2 PARTITION-KNOWN',
    /no partition is called nope/,
    /^keyrite partition list$/,
    {
      args: () => ['--partition', 'nope'],
    },
  ),
]

const module = (path: string) => ({ args: () => ['--partition', 'pay', '--module', path] })
const through = (fault: Fault) => ({
  spoil: (place: TestPartition) => place.useModule(faultyModule(fault).module),
  args: () => ['--timeout', '2'],
  env: () => faultyModule(fault).env,
})

const stranger = inRepo('node_modules/pkcs11js/build/Release/pkcs11.node')

/** A copy of SoftHSM in a folder of the test, with this mode, as a partition's own. */
const copied = (mode: number) => ({
  spoil: (place: TestPartition) => {
    const path = place.path('module.so')
    copyFileSync(softhsm, path)
    chmodSync(path, mode)
    place.useModule(path)
  },
})

const emptied = (place: TestPartition) => {
  renameSync(place.path('tokens'), place.path('other-tokens'))
  mkdirSync(place.path('tokens'))
}

function wrongPin({ folder }: TestPartition) {
  const args = ['--module', softhsm, '--token-label', 'pay', '--login', '--pin', 'guessed', '-O']
  assert.throws(() => execFileSync('pkcs11-tool', args, { env: environment({ env: folder.env }), stdio: 'ignore' }))
}

const TRACED = /^to see in which call: keyrite token list --module \/\S+module\.so --trace calls\.txt$/
const NAME_IT = /^name the PKCS#11 library of your HSM: --module PATH$/
const modules: Case[] = [
  sick('absent', 'module file of /nowhere.so', '2 MODULE-MISSING', /does not exist/, NAME_IT, module('/nowhere.so')),
  sick(
    'no library',
    `module file of ${inRepo('package.json')}`,
    '4 MODULE-INVALID',
    /is not a shared library for this machine/,
    NAME_IT,
    module(inRepo('package.json')),
  ),
  sick(
    'not PKCS#11',
    `module of ${stranger}`,
    '4 MODULE-INVALID',
    /is not a PKCS#11 library/,
    NAME_IT,
    module(stranger),
  ),
  sick(
    'without a slot',
    'module',
    '4 TOKEN-PRESENT',
    /^the module shows no slot/,
    /^keyrite token list/,
    through('no-slots'),
  ),
  sick('it crashes', 'module', '4 MODULE-CRASHED', /crashed in slots \(SIGABRT\)/, TRACED, through('crashes')),
  sick(
    'it hangs',
    'module',
    '4 MODULE-TIMEOUT',
    /did not finish (load|slots) within 2 s/,
    /--timeout/,
    through('hangs'),
  ),
  sick(
    'anyone may write it',
    'module file',
    '3 FILE-WRITABLE',
    /module\.so may be written by anyone/,
    /^sudo chmod go-w/,
    copied(0o757),
  ),
  sick('no token', 'pay: token', '4 TOKEN-PRESENT', /is not there, nor any other/, /^keyrite token list/, {
    spoil: emptied,
  }),
  sick('no configuration', 'module', '4 CKR_GENERAL_ERROR', /^C_Initialize/, /^grep tokendir \/nowhere; the folder/, {
    env: () => ({ SOFTHSM2_CONF: '/nowhere' }),
  }),
  sick(
    'an empty one',
    'module',
    '4 CKR_GENERAL_ERROR',
    /^C_Initialize/,
    /^to give SoftHSM a folder .*: mkdir -p -m 700 (\/\S+)\/tokens && echo 'directories.tokendir = \1\/tokens' > \1\/softhsm2.conf$/,
    { env: () => ({ SOFTHSM2_CONF: '' }) },
  ),
  sick('another token', 'pay: token', '5 TOKEN-SERIAL', /there is [0-9a-f]{16} \(other\)/, /^keyrite token list/, {
    spoil: (place) => {
      emptied(place)
      const args = ['--init-token', '--free', '--label', 'other', '--so-pin', '12345678', '--pin', '1234']
      execFileSync('softhsm2-util', args, { env: environment({ env: place.folder.env }) })
    },
  }),
]

const slots: Case[] = [
  sick('wrong tries', 'slot', '0', /^pay, serial .*, user PIN: wrong tries were made$/, /find out who/, {
    spoil: wrongPin,
  }),
  sick('the last try', 'slot', '0', /user PIN: one try is left$/, /^find out who/, through('last-try')),
  sick('locked', 'slot', '4 PIN-LOCKED', /user PIN: it is locked/, /backup restore/, through('locked')),
  sick('a locked token of others', 'slot', '0', /user PIN: it is locked$/, /backup restore/, {
    kind: 'blank',
    spoil: async (place) => {
      await place.data(...initArgs(place))
      rmSync(place.home, { recursive: true })
    },
    args: () => ['--module', faultyModule('locked').module],
    env: () => faultyModule('locked').env,
  }),
]

const environments: Case[] = [
  sick('a library of others', 'variables', '0', /^LD_PRELOAD: code of others/, /^unset LD_PRELOAD$/, {
    env: () => clockAhead(0),
  }),
  sick(
    'a variable with a slip in it',
    'variables',
    '0',
    /^KEYRITE_PARTITON says nothing to keyrite; KEYRITE_PARTITION does$/,
    /^unset KEYRITE_PARTITON$/,
    { env: () => ({ KEYRITE_PARTITON: 'pay' }) },
  ),
  sick('a configuration that is gone', 'variables', '0', /^YUBIHSM_PKCS11_CONF: the file is not there/, /^ls -l/, {
    env: () => ({ YUBIHSM_PKCS11_CONF: '/nowhere' }),
  }),
  sick('no UTF-8', 'locale', '0', /^C: names may not show/, /^export LC_ALL=/, { env: () => ({ LANG: 'C' }) }),
  sick('nobody to ask', 'terminal', '0', /^there is none/, /--share FILE$/, {}),
]

async function checkCase(row: Case): Promise<void> {
  using place = row.kind === 'blank' ? blank() : await partition()
  const held = await row.spoil?.(place)
  const before = snapshot(place.folder.dir)
  const options: RunOptions = row.env ? { env: row.env(place) } : {}
  const result = await place.keyrite(['doctor', ...(row.args?.(place) ?? [])], options)
  const found = checksIn(result).find(({ name }) => (row.check === 'slot' ? /^slot/.test(name) : name === row.check))
  assert.ok(found, `there is no check ${row.check}: ${result.stdout}`)
  checkManners(result)
  const [exit, code] = row.ending.split(' ')
  assert.match(found.found, row.found)
  assert.match(`${found.hint}`, row.hint)
  assert.equal(result.code, Number(exit), result.stdout)
  assert.equal(found.status, code === undefined ? 'warning' : 'problem')
  if (code) checkError(result, found, code)
  row.also?.(result)
  assert.deepEqual(changes(before, snapshot(place.folder.dir)), [])
  ;(held as Partial<Disposable> | undefined)?.[Symbol.dispose]?.()
}

/** It ends with the first problem, and the checks stand beside it. */
function checkError(result: Result, found: Check, code: string): void {
  const { error, ok } = result.json
  assert.deepEqual([ok, error.code, error.hint, error.changed], [false, code, found.hint, false], result.stdout)
  assert.ok(found.found.endsWith(` ${bracketed(code)}`), found.found)
  assert.ok(result.stderr.startsWith(`keyrite: ${found.name}: `), result.stderr)
  const unchanged = [3, 4, 5].includes(result.code!) ? '  this command changed nothing\n' : ''
  const rest = result.stderr.slice(result.stderr.indexOf('\n') + 1)
  assert.ok(rest.startsWith(unchanged), rest)
  assertShown(error.hint, rest.slice(unchanged.length))
}

const isRoot = process.geteuid?.() === 0

for (const [subject, rows] of Object.entries({ files, ledgers, modules, slots, environments })) {
  describe(`doctor: ${subject}`, { concurrency: 2 }, () => {
    for (const row of rows) test(row.name, { skip: row.root === true && !isRoot && 'needs root' }, () => checkCase(row))
  })
}

test('a command in a hint finds the same home, and the partition among several', async () => {
  using place = await partition()
  cpSync(place.path('home', 'pay'), place.path('home', 'zoo'), { recursive: true })
  writeFileSync(place.ledger, '{}\n')
  const result = await place.keyrite(['doctor', '--home', 'home'], { home: '/nowhere' })
  assert.equal(result.code, 5, result.stdout)
  const hint = `keyrite --home ${place.home} --partition pay audit verify`
  assert.deepEqual([named('pay: ledger', result).hint, result.json.error.hint], [hint, hint])
})

test('pkcs11js without its native part, in a copy of the program', async () => {
  using place = await partition()
  const copy = makeFolder('copy')
  for (const name of ['bin', 'dist', 'node_modules/pkcs11js']) {
    cpSync(inRepo(name), join(copy, name), { recursive: true, filter: (path) => !path.includes('pkcs11js/build') })
  }
  const options = { home: place.home, env: place.folder.env }
  const result = await runProgram(join(copy, 'bin/keyrite'), ['doctor', '--json'], options)
  assert.deepEqual([result.code, result.json.error.code], [4, 'NATIVE-MISSING'])
  assert.equal(named('native part', result).hint, `npm --prefix ${copy} rebuild pkcs11js`)
})

test('started without bin/keyrite: variables of node, and core files', async () => {
  const command = `ulimit -c "$(ulimit -H -c)"; exec "$0" '${inRepo('bin/start.cjs')}' doctor --json`
  const result = await runProgram('sh', ['-c', command, process.execPath], { env: { NODE_NO_WARNINGS: '1' } })
  assert.equal(result.code, 0, result.stderr)
  assert.match(named('variables', result).found, /^NODE_NO_WARNINGS: /)
  assert.equal(named('variables', result).hint, 'start it by bin/keyrite')
  const limited = execFileSync('sh', ['-c', 'ulimit -H -c'], { encoding: 'utf8' }).trim()
  if (limited !== '0') assert.match(named('core dumps', result).found, /a crash would write memory to a file/)
})

test('at a terminal: a line for each check, its width and what it can do', async () => {
  using place = await partition()
  const options = { home: place.home, cwd: place.folder.dir, env: { ...place.folder.env, TERM: 'dumb' }, cols: 70 }
  using terminal = spawnTerminal(['doctor'], options)
  const { code } = await terminal.exit
  const screen = terminal.screen()
  assert.equal(code, 0, screen)
  assert.match(screen, /^ok +pay: token +serial [0-9a-f]{16}/m)
  assert.match(screen, /^warning +terminal +TERM is dumb/m)
  assert.match(screen, /^warning +width +70 columns/m)
  assert.match(screen, /^nothing stands in the way; warnings: \d/m)
})

test('in words a problem stands among the checks, and is said again in the end', async () => {
  using place = await partition()
  chmodSync(place.home, 0o755)
  const env = environment({ home: place.home, env: place.folder.env })
  const { code, stdout, stderr } = await runProgram('keyrite', ['doctor'], { env })
  assert.equal(code, 3)
  assert.match(stdout, /^problem +home +\/.* is open to others \(mode 0755\) \[rule HOME-OPEN\]\n +chmod 700 \//m)
  assert.match(stdout, /^skipped +partitions +they can only be looked at when the home is in order$/m)
  assert.match(
    stderr,
    /^keyrite: home: \/.* is open to others \(mode 0755\) \[rule HOME-OPEN\]\n {2}this command changed nothing\n {2}chmod 700/,
  )
})
