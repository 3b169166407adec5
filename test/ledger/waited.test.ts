// What has waited in a database: the whole story is taken, by ours and by the independent reader; each forgery is found by its rule, and by theirs.
// And what is given is later than what its station gave before, whatever others put there.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { canonical } from '../../src/domain/canonical.ts'
import { LedgerFile } from '../../src/ledger/file.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { testForgeries } from '../support/forgery-tests.ts'
import { install, recordOf } from '../support/ledger.ts'
import { makeFolder } from '../support/softhsm.ts'
import { WaitedStory, waitedForgeries } from '../support/waited-story.ts'

let cast: Cast
let whole: WaitedStory

before(async () => {
  cast = await newCast()
  whole = WaitedStory.whole(cast)
})

testForgeries(
  waitedForgeries,
  ({ changes }) => WaitedStory.bent(cast, changes).text,
  () => whole.text,
)

test('what is given comes right after what its station gave before, whatever else waits there', async () => {
  const { station } = cast
  const outcomes = whole.lines.flatMap((line, i) => (recordOf(line).type === 'outcome' ? [i] : []))
  // The ledger lies in the database, and a change has taken in what waited.
  const lines = whole.lines.slice(0, outcomes[1]! + 1)
  const text = `${lines.join('\n')}\n`
  const last = lines.map(recordOf).findLast(({ waited }) => waited !== undefined).waited.time
  const junk = (time: string, value: string) =>
    Buffer.from(canonical({ given: { station: station.name, time }, value }))
  const rows = [junk('zzz', ''), junk('2999-01-01T00:00:00.000Z', 'AAAA')].map((line, i) => ({ id: `${i}`, line }))
  const given: string[] = []
  const store = {
    append: async () => {},
    settle() {},
    waiting: async () => rows,
    give: async (_: string, line: string) => void given.push(line),
  }
  const ledger = LedgerFile.open(install(text, makeFolder('waiting')), {
    appending: {
      writer: {
        clock: () => new Date(0),
        tool: { name: 'keyrite', version: '0.1.0' },
        host: { user: 'ops', name: 'host' },
      },
      station: () => station.name,
      store: () => store,
    },
  })
  const refused = {
    type: 'denied' as const,
    op: 'key.rotate' as const,
    planDigest: 'A'.repeat(43),
    reason: 'SHARE-WRONG',
  }
  const told = await ledger.tell(refused, { key: station.key, sign: async (message) => station.sign(message) })
  assert.equal(Date.parse(told.time), Date.parse(last) + 1)
  assert.equal(JSON.parse(given[0]!).given.time, told.time)
})
