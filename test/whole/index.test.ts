// The index beside a ledger: what it tells is what the ledger tells, and where it does not, nothing is changed by it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { withLowS } from '../../src/domain/public-keys.ts'
import { stateDigest, stateText } from '../../src/domain/saved-history.ts'
import { signCheckpoint } from '../../src/ledger/checkpoint.ts'
import { LedgerFile } from '../../src/ledger/file.ts'
import { indexIn, writeIndex } from '../../src/ledger/index-file.ts'
import { OpenIndex } from '../../src/ledger/open-index.ts'
import { runProgram } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { asUser } from '../support/raw.ts'

let whole: TestPartition
before(async () => {
  whole = await partition()
  await whole.data('key', 'generate', 'other', '--type', 'aes-256', ...by(whole))
})
after(() => whole[Symbol.dispose]())

const by = (place: TestPartition): string[] => place.approvedBy('alice', 'bob')
const folderOf = (place: TestPartition): string => join(place.home, 'pay')
const rootOf = (place: TestPartition): string => indexIn(folderOf(place)).root
const pagesOf = (place: TestPartition): string => indexIn(folderOf(place)).pages
const opened = (place: TestPartition): OpenIndex | undefined => OpenIndex.of(indexIn(folderOf(place)), place.ledger)
const lastSeq = (place: TestPartition): number => place.records().at(-1).seq
const withIndex = (place: TestPartition): LedgerFile =>
  LedgerFile.open(place.ledger, { index: indexIn(folderOf(place)) })

const suspend = (place: TestPartition, ...more: string[]) =>
  place.keyrite(['key', 'suspend', 'card', '--reason', 'a test', ...by(place), ...more])

/** What is looked at. */
async function shown(place: TestPartition): Promise<unknown[]> {
  const all = [['key', 'show', 'card'], ['key', 'list'], ['quorum', 'show'], ['monitor']]
  const told: unknown[] = []
  for (const args of all) told.push(await place.data(...args))
  return told
}

test('every change leaves an index of all that was recorded, and what is shown is the same without it', async () => {
  using place = whole.copy()
  assert.equal(opened(place)?.seq, lastSeq(place))
  const indexed = await shown(place)
  rmSync(rootOf(place))
  assert.deepEqual(await shown(place), indexed)
  assert.equal(existsSync(rootOf(place)), false, 'what only reads keeps none of a short ledger')
  assert.equal((await suspend(place)).code, 0)
  assert.equal(opened(place)?.seq, lastSeq(place), 'the next change keeps one again')
  assert.equal((await place.data('key', 'show', 'card')).state, 'suspended')
})

test('what was not read again is not looked at: audit verify reads it', async () => {
  using place = whole.copy()
  const bytes = readFileSync(place.ledger)
  const at = bytes.indexOf('"nonce":"', bytes.indexOf('\n')) + 9
  bytes[at] = bytes[at] === 120 ? 121 : 120
  writeFileSync(place.ledger, bytes)
  await place.data('key', 'show', 'card')
  assert.equal((await place.keyrite(['audit', 'verify'])).code, 5)
  rmSync(rootOf(place))
  assert.equal((await place.keyrite(['key', 'show', 'card'])).code, 5)
})

/** Signs as the token's audit key, which nobody does without a quorum. */
const SIGN = `
  const key = find([[0, 3], [3, 'keyrite/audit']])[0]
  lib.C_SignInit(session, { mechanism: 0x1041 }, key)
  return lib.C_Sign(session, Buffer.from(input.digest, 'base64'), Buffer.alloc(64)).toString('base64')`

async function signedByToken(place: TestPartition, message: Uint8Array): Promise<Uint8Array> {
  const digest = createHash('sha256').update(message).digest('base64')
  return withLowS(Uint8Array.from(Buffer.from((await asUser(place, SIGN, { digest })) as string, 'base64')))
}

/** Says of a key what the ledger does not say, in pages and hashes that fit one another. `signed`: by the audit key. */
async function forge(place: TestPartition, signed = true): Promise<void> {
  const index = opened(place)!
  const { history, tree } = index.told()
  const { keys } = history.keys.shelves
  const { number, entry, told } = keys.get('card#1')!
  const report = { ...told.at(-1)!.report, state: 'deactivated' as const }
  const states = entry.history.with(-1, { ...entry.history.at(-1)!, state: 'deactivated' })
  keys.set('card#1', {
    number,
    entry: { ...report, history: states },
    told: [...told.slice(0, -1), { ...told.at(-1)!, report }],
  })
  const state = stateText({ history, tree })
  const seen = { size: tree.size, root: tree.root(), state: stateDigest(state) }
  const signer = { key: history.auditKey, sign: (message: Uint8Array) => signedByToken(place, message) }
  const { line, checkpoint } = index.index
  const note = signed ? await signCheckpoint(history.partition, seen, signer) : checkpoint
  writeIndex(indexIn(folderOf(place)), { history, tree, state, line, checkpoint: note }, undefined)
}

test('INDEX-TRUE: one that a quorum has forged misleads who looks; at the login it is found out, and nothing was changed', async () => {
  using place = whole.copy()
  await forge(place)
  assert.equal((await place.data('key', 'show', 'card')).state, 'deactivated')
  const ledger = readFileSync(place.ledger)
  const refused = await place.keyrite(['key', 'destroy', 'card', '--confirm', 'card#1', ...by(place)])
  assert.deepEqual([refused.code, refused.json.error.code, refused.json.error.changed], [5, 'INDEX-TRUE', false])
  assert.deepEqual(readFileSync(place.ledger), ledger)
  assert.equal(existsSync(rootOf(place)), false)
  assert.equal((await place.data('key', 'show', 'card')).state, 'active')
  assert.equal((await suspend(place)).code, 0)
  assert.equal(opened(place)?.seq, lastSeq(place))
})

test('what the token has not signed misleads nobody', async () => {
  using place = whole.copy()
  await forge(place, false)
  assert.equal(opened(place), undefined)
  assert.equal((await place.data('key', 'show', 'card')).state, 'active')
  assert.equal((await suspend(place)).code, 0)
  assert.equal(opened(place)?.seq, lastSeq(place))
})

test('INDEX-TRUE: without a login nothing is recorded on its word', async () => {
  using place = whole.copy()
  await forge(place)
  const ledger = readFileSync(place.ledger)
  const { code, json } = await suspend(place, '--share', place.share('alice'))
  assert.notEqual(code, 0, json?.error?.message)
  const drill = await place.keyrite(['quorum', 'drill', '--share', place.share('alice')])
  assert.deepEqual([drill.code, drill.json.error?.code], [5, 'INDEX-TRUE'])
  assert.deepEqual(readFileSync(place.ledger), ledger)
})

test("one that is cut, or of before, or another's, is passed over or made good from the ledger", async () => {
  const older = whole.copy()
  using _older = older
  const harm: Record<string, (place: TestPartition) => void> = {
    'a root that is cut': (place) => truncateSync(rootOf(place), 100),
    'a root that is empty': (place) => truncateSync(rootOf(place), 0),
    'pages that are cut': (place) => truncateSync(pagesOf(place), 10),
    'pages that are gone': (place) => rmSync(pagesOf(place)),
    'pages that are noise': (place) => writeFileSync(pagesOf(place), Buffer.alloc(statSync(pagesOf(place)).size, 'x')),
    'of another format': (place) =>
      writeFileSync(rootOf(place), readFileSync(rootOf(place), 'utf8').replace('keyrite.index/2', 'keyrite.index/1')),
    'a state of another format': (place) =>
      writeFileSync(rootOf(place), readFileSync(rootOf(place), 'utf8').replace('keyrite.state/3', 'keyrite.state/2')),
    'of an earlier time': (place) => {
      copyFileSync(rootOf(older), rootOf(place))
      copyFileSync(pagesOf(older), pagesOf(place))
    },
    'a line that is not there': (place) =>
      writeFileSync(rootOf(place), readFileSync(rootOf(place), 'utf8').replace(/"end":(\d)/, '"end":9$1')),
  }
  using changed = whole.copy()
  assert.equal((await suspend(changed)).code, 0)
  const wanted = await shown(changed)
  for (const [what, spoil] of Object.entries(harm)) {
    using place = changed.copy()
    spoil(place)
    assert.deepEqual(await shown(place), wanted, what)
    assert.equal((await place.keyrite(['key', 'resume', 'card', '--reason', 'it ended', ...by(place)])).code, 0, what)
    assert.equal(opened(place)?.seq, lastSeq(place), what)
    assert.equal(opened(place)?.digest, LedgerFile.open(place.ledger, { signatures: 'all' }).state(), what)
    const again = withIndex(place)
    assert.equal(again.history.key('card', 1)?.state, 'active', what)
  }
})

test('two homes: each goes on from its own index, over what the other recorded', async () => {
  using place = whole.copy()
  mkdirSync(place.path('second', 'pay'), { recursive: true, mode: 0o700 })
  copyFileSync(place.path('home', 'config.json'), place.path('second', 'config.json'))
  const carry = (from: string, to: string) => {
    for (const name of ['ledger.jsonl', 'checkpoint'])
      copyFileSync(place.path(from, 'pay', name), place.path(to, 'pay', name))
  }
  const second = (...args: string[]) => place.keyrite(args, { home: place.path('second') })
  carry('home', 'second')
  await second('station', 'request', '--out', 'laptop.request')
  await place.data('station', 'add', 'laptop', '--in', 'laptop.request', ...by(place))
  carry('home', 'second')
  assert.equal((await second('key', 'rotate', 'card', ...by(place))).code, 0)
  const root = readFileSync(rootOf(place))
  const before = opened(place)!.seq
  carry('second', 'home')
  assert.equal(opened(place)?.seq, before, 'an index of before is good for the longer ledger')
  assert.equal((await place.data('key', 'show', 'card')).version, 2)
  assert.deepEqual(readFileSync(rootOf(place)), root)
  assert.equal((await suspend(place)).code, 0)
  assert.equal(opened(place)?.seq, lastSeq(place))
  await place.data('audit', 'verify')
})

test('INDEX-TRUE: audit verify makes all of it anew from the ledger', async () => {
  using place = whole.copy()
  await forge(place)
  const { code, json } = await place.keyrite(['audit', 'verify'])
  assert.deepEqual([code, json.error.code], [5, 'INDEX-TRUE'])
  await place.data('audit', 'verify')
})

test('the independent reader makes of the ledger what the index has, and reads its digest as the token has it', async () => {
  const reader = inRepo('test/independent/reader.py')
  const { json } = await runProgram('python3', [reader, 'index', folderOf(whole)])
  assert.deepEqual(json, { ok: true, keys: 2, seq: lastSeq(whole), state: opened(whole)!.digest })
  using place = whole.copy()
  await forge(place)
  const forged = await runProgram('python3', [reader, 'index', folderOf(place)])
  assert.deepEqual([forged.code, forged.json.rule], [1, 'INDEX'])
})
