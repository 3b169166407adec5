// What lies beside a long ledger: kept by whoever had to read it whole, as far as the token has seen it; and records that are found by their number.
import assert from 'node:assert/strict'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { findLine } from '../../src/ledger/find-line.ts'
import { indexIn } from '../../src/ledger/index-file.ts'
import { ledgersOf } from '../../src/ledger/ledgers.ts'
import { OpenIndex } from '../../src/ledger/open-index.ts'
import { checkpointOf } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { install } from '../support/ledger.ts'
import { makeFolder } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'

const home = join(makeFolder('index'), 'home')
const folder = join(home, 'pay')
const ledger = join(folder, 'ledger.jsonl')
const { partition } = ledgersOf({
  pid: process.pid,
  clock: () => new Date(),
  tool: { name: 'keyrite', version: '0.1.0' },
  host: { user: 'ops', name: 'host' },
})

let story: Story
/** How many records the checkpoint is of. */
let seen: number

before(async () => {
  story = Story.tell(await newCast(), 0)
  while (story.lines.length < 1100) story.add('note', 'note', { text: 'nothing happened' }, null)
  const { leaf } = story.intent('look', 'partition.check', {})
  story.outcome('look done', leaf, [])
  seen = story.lines.length
  story.note('after', 'nobody was logged in for this')
  install(story.text, home)
})

test('without a checkpoint nothing is kept', () => {
  partition(home, 'pay').openLedger()
  assert.equal(existsSync(indexIn(folder).root), false)
})

test('an index is kept up to the record that the checkpoint saw, and gone on from', async () => {
  const note = await checkpointOf(story.lines.slice(0, seen), story.cast.partition, story.audit)
  writeFileSync(join(folder, 'checkpoint'), note, { mode: 0o600 })
  const whole = partition(home, 'pay').openLedger('newest')
  const index = OpenIndex.of(indexIn(folder), ledger)
  assert.equal(index?.seq, seen - 1)
  assert.equal(whole.history.seq, seen)
  const root = readFileSync(indexIn(folder).root)
  const again = partition(home, 'pay').openLedger('newest')
  assert.deepEqual([again.history.seq, again.state()], [seen, partition(home, 'pay').openLedger('all').state()])
  assert.deepEqual(readFileSync(indexIn(folder).root), root)
})

test('the newest signatures are checked, that of the last indexed record too', () => {
  const bytes = readFileSync(ledger)
  const last = story.lines[seen - 1]!
  const at = bytes.indexOf(last) + last.indexOf('"value":"') + 12
  const bent = Buffer.from(bytes)
  bent[at] = bent[at] === 65 ? 66 : 65
  writeFileSync(ledger, bent)
  assert.throws(() => partition(home, 'pay').openLedger('newest'), /record \d+/)
  writeFileSync(ledger, bytes)
})

test('what was looked at ahead is had once, and not where a file has been written since', () => {
  const place = indexIn(folder)
  const ahead = () => {
    OpenIndex.lookAhead(place, ledger)
    return OpenIndex.of(place, ledger)
  }
  const bytes = readFileSync(ledger)
  const first = ahead()
  assert.equal(first?.seq, seen - 1)
  assert.notEqual(OpenIndex.of(place, ledger), first)
  // The last line that it tells of is another one now.
  const bent = Buffer.from(bytes)
  const at = bytes.indexOf(story.lines[seen - 1]!) + 12
  bent[at] = bent[at]! ^ 1
  OpenIndex.lookAhead(place, ledger)
  writeFileSync(ledger, bent)
  assert.equal(OpenIndex.of(place, ledger), undefined)
  writeFileSync(ledger, bytes)
  OpenIndex.lookAhead(place, ledger)
  rmSync(place.root)
  assert.equal(OpenIndex.of(place, ledger), undefined)
  assert.equal(partition(home, 'pay').openLedger('newest').history.seq, seen)
  assert.equal(ahead()?.seq, seen - 1)
})

test('each record is found by its number, and none that is not there', () => {
  const fd = openSync(ledger, 'r')
  const { size } = statSync(ledger)
  for (const [seq, line] of story.lines.entries())
    if (seq % 7 === 0 || seq > seen - 3) assert.equal(findLine(fd, size, seq)?.bytes.toString(), line)
  assert.equal(findLine(fd, size, story.lines.length), undefined)
  const [first = ''] = story.lines
  assert.equal(findLine(fd, first.length + 1, 1), undefined)
  assert.equal(findLine(fd, 0, 0), undefined)
  closeSync(fd)
})
