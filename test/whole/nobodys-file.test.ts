// Nobody's file is deleted or replaced, whatever it is called; and what lies in a home belongs to who works there.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { killedAfter } from '../support/interrupted.ts'
import { runProgram } from '../support/keyrite.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { installed } from '../support/program.ts'
import { changes, snapshot } from '../support/snapshot.ts'

const out = (place: TestPartition) => mkdirSync(place.path('out'))
const create = (place: TestPartition) => ['backup', 'create', place.path('out', 'x.backup'), ...by(place)]

test('part file of somebody is deleted: never, neither beside a backup nor beside a certificate', async () => {
  using place = await partition()
  out(place)
  const theirs = ['x.backup', 'x.backup.ledger', 'end', 'end.json'].map((name) => place.path('out', `${name}.part`))
  for (const path of theirs) writeFileSync(path, 'precious')
  assert.equal((await place.keyrite([...create(place), '--dry-run'])).code, 0)
  assert.equal((await place.keyrite([...create(place).slice(0, -2)])).json.error.code, 'QUORUM-MET')
  await place.data(...create(place))
  await place.data('key', 'deactivate', 'card#1', '--reason', 'done with', ...by(place))
  const end = ['key', 'destroy', 'card#1', '--confirm', 'card#1', '--certificate', place.path('out', 'end')]
  await place.data(...end, ...by(place))
  for (const path of theirs) assert.equal(readFileSync(path, 'utf8'), 'precious', basename(path))
})

const DRAFTS = {
  'of a backup': { at: ({ name, path }: ProbeEvent) => name === 'open' && path.endsWith('.part'), next: 'recover' },
  'of the copy of the ledger': {
    at: ({ name, path }: ProbeEvent) => name === 'link' && path.endsWith('.ledger'),
    next: 'check',
  },
}

for (const [what, { at, next }] of Object.entries(DRAFTS))
  test(`a draft ${what} that a crash left is known, and goes with the next command that takes the lock`, async () => {
    using place = await partition()
    out(place)
    await killedAfter(place, create, at)
    const drafts = () => readdirSync(place.path('out')).filter((name) => name.endsWith('.part'))
    writeFileSync(place.path('out', 'keyrite-another.part'), 'precious')
    assert.equal(drafts().length, 2)
    await place.data('partition', next, ...by(place))
    assert.deepEqual(drafts(), ['keyrite-another.part'])
  })

test("files beside ours in a partition's folder stay, and halves of ours go", async () => {
  using place = await partition()
  const halves = ['checkpoint', 'pending.json', 'station.key'].map((name) => `${name}.${randomUUID()}.new`)
  for (const name of halves) writeFileSync(place.path('home', 'pay', name), 'half', { mode: 0o600 })
  const names = ['checkpoint.new', 'ledger.jsonl.new', 'lock.old', 'lock.stale', 'pending.json.new']
  for (const name of names) writeFileSync(place.path('home', 'pay', name), 'precious', { mode: 0o600 })
  await place.data('key', 'generate', 'new', '--type', 'aes-256', ...by(place))
  for (const name of names) assert.ok(existsSync(place.path('home', 'pay', name)), name)
  for (const name of halves) assert.ok(!existsSync(place.path('home', 'pay', name)), name)
})

const skip = process.geteuid?.() === 0 ? false : 'only root can work in the home of somebody else'

test('root owned checkpoint: root is refused in the home of a user, and changes nothing there', { skip }, async () => {
  using place = await partition()
  execFileSync('chown', ['-R', '12345', place.path()])
  const before = snapshot(place.path())
  for (const args of [['key', 'list'], ['key', 'generate', 'new', '--type', 'aes-256', ...by(place)], ['doctor']]) {
    const { code, json } = await place.keyrite(args)
    assert.deepEqual([code, json.error.code], [3, 'FILE-OWNER'], args.join(' '))
    assert.match(json.error.hint, /^sudo -u '#12345' -s {2}# only to look: .*--ledger FILE$/)
  }
  assert.deepEqual(changes(before, snapshot(place.path())), [])
  // The repository may lie where that user can't read it.
  const program = installed()
  execFileSync('chown', ['-R', '12345', program])
  const reads = ['--reuid=12345', '--clear-groups', join(program, 'bin/keyrite'), 'audit', 'verify', '--no-input']
  const { code, stderr } = await runProgram('setpriv', reads, { home: place.home, cwd: place.path() })
  assert.equal(code, 0, stderr)
})

test('a file that root left in the home of a user is named, and how it is taken back', { skip }, async () => {
  using place = await partition()
  execFileSync('chown', ['12345', place.path('home', 'pay', 'checkpoint')])
  const { code, json } = await place.keyrite(['audit', 'verify'])
  assert.deepEqual([code, json.error.code], [3, 'FILE-OWNER'])
  assert.match(json.error.hint, /^sudo chown 0 \/.*checkpoint$/)
})
