// A backup whose copy of the ledger a crash prevented: the recovery writes it, or whoever comes next is told how to.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { killedAfter } from '../support/interrupted.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import { type ProbeEvent, probeEnv, probeEvents } from '../support/probe.ts'
import { makeFolder } from '../support/softhsm.ts'

const backup = (place: TestPartition) => place.path('out', 'pay.backup')
const copy = (place: TestPartition) => `${backup(place)}.ledger`
const create = (place: TestPartition) => ['backup', 'create', backup(place), ...by(place)]

const named = ({ name, path }: ProbeEvent): boolean => name === 'link' && path.endsWith('pay.backup')
const recorded = ({ name, path }: ProbeEvent): boolean => name === 'rename' && path.includes('checkpoint')

async function interrupted(after: (event: ProbeEvent) => boolean): Promise<TestPartition> {
  const place = await partition()
  mkdirSync(place.path('out'))
  await killedAfter(place, create, after)
  assert.ok(existsSync(backup(place)) && !existsSync(copy(place)))
  return place
}

test('on a full stick the copy is to go elsewhere, or there once there is room; a copy that is torn is not hinted at', async () => {
  using place = await partition()
  mkdirSync(place.path('out'))
  using whole = place.copy()
  const probed = (one: TestPartition, full?: number) => ({
    folder: makeFolder('full'),
    roots: [one.path('out')],
    ...(full === undefined ? {} : { full }),
  })
  const probe = probed(whole)
  await whole.keyrite(create(whole), { env: probeEnv(probe) })
  const begun = probeEvents(probe.folder).find(({ path }) => path.includes('pay.backup.ledger'))
  const { code, json } = await place.keyrite(create(place), { env: probeEnv(probed(place, begun!.number)) })
  assert.deepEqual([code, json.error.code], [6, 'FILE-WRITE'], json.error.message)
  const [first, then] = json.error.hint.split('  # ')
  assert.equal(first, `cp ${place.ledger} ELSEWHERE/`)
  assert.equal(then, `or there, once it can be written: cp ${place.ledger} ${copy(place)}`)
  writeFileSync(copy(place), readFileSync(place.ledger).subarray(0, 100))
  const listed = await place.keyrite(['key', 'list'])
  assert.match(listed.stderr, /where that has no room, elsewhere:\n {4}cp \S+ledger\.jsonl ELSEWHERE\//)
  const torn = await place.keyrite(['audit', 'verify', '--ledger', copy(place)])
  assert.deepEqual([torn.code, torn.json.error.code], [5, 'LEDGER-BEGINS'])
  assert.equal(torn.json.error.hint, 'bring one that is whole: ledger.jsonl of the home, or a copy of it elsewhere')
})

test('a recovery that finds the backup writes its copy of the ledger', async () => {
  using place = await interrupted(named)
  const { code, json, stderr } = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.deepEqual([code, json.data.found], [0, 'done'])
  assert.doesNotMatch(stderr, /warning/)
  assert.deepEqual(readFileSync(copy(place)), readFileSync(place.ledger))
  await place.data('backup', 'verify', backup(place), '--ledger', copy(place))
})

test('where the copy can not be written the recovery comes to its end, and says how to', async () => {
  using place = await interrupted(named)
  writeFileSync(copy(place), 'of somebody else')
  const { code, stderr } = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^warning: the backup is whole, but its copy of the ledger was not written: .* exists already$/m)
  const [, hint] = /^ {2}(mv .+ && cp .+)$/m.exec(stderr)!
  await warnedUntil(place, hint!)
  assert.equal(readFileSync(`${copy(place)}.other`, 'utf8'), 'of somebody else')
})

/** The same hint comes from every command until it is obeyed. */
async function warnedUntil(place: TestPartition, hint: string): Promise<void> {
  assert.ok((await place.keyrite(['key', 'list'])).stderr.includes(hint))
  execFileSync('sh', ['-c', hint])
  assert.doesNotMatch((await place.keyrite(['key', 'list'])).stderr, /warning/)
  assert.deepEqual(readFileSync(copy(place)), readFileSync(place.ledger))
}

const WARNED = /^warning: the backup \S+pay\.backup has no copy of the ledger beside it\n {2}(cp .+)$/m

test('after a crash behind the outcome every command that reads the ledger tells how to write it, until it is there', async () => {
  using place = await interrupted(recorded)
  const commands = [
    ['key', 'list'],
    ['quorum', 'show'],
    ['key', 'rotate', 'card', '--dry-run'],
    ['partition', 'recover'],
  ]
  for (const args of commands) assert.match((await place.keyrite(args)).stderr, WARNED, args.join(' '))
  const ledger = (await place.data('doctor')).checks.find(({ name }: { name: string }) => name === 'pay: ledger')
  assert.deepEqual([ledger.status, ledger.hint.slice(0, 3)], ['warning', 'cp '])

  const [, hint] = WARNED.exec((await place.keyrite(['key', 'list'])).stderr)!
  execFileSync('sh', ['-c', hint!])
  for (const args of commands) assert.doesNotMatch((await place.keyrite(args)).stderr, WARNED, args.join(' '))
  await place.data('backup', 'verify', backup(place), '--ledger', copy(place))
})

test('of a backup that was taken away with its copy nothing is said', async () => {
  using place = await partition()
  mkdirSync(place.path('out'))
  await place.data(...create(place))
  for (const file of [backup(place), copy(place)]) rmSync(file)
  assert.doesNotMatch((await place.keyrite(['key', 'list'])).stderr, /warning/)
})

test("once another change has begun its copy is nobody's business", async () => {
  using place = await interrupted(recorded)
  assert.match((await place.keyrite(['key', 'list'])).stderr, WARNED)
  await place.data('key', 'suspend', 'card', '--reason', 'a drill', ...by(place))
  assert.doesNotMatch((await place.keyrite(['key', 'list'])).stderr, /warning/)
})

test('what is torn is mended before it is copied', async () => {
  using place = await interrupted(recorded)
  appendFileSync(place.ledger, '{"rec')
  const { checks } = await place.data('doctor')
  const { found, hint } = checks.find(({ name }: { name: string }) => name === 'pay: ledger')
  assert.match(found, /a crash left a torn line after it$/)
  assert.match(hint, /keyrite partition check$/)
  assert.doesNotMatch((await place.keyrite(['key', 'list'])).stderr, WARNED)
})
