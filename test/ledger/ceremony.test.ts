// Ceremonies in a ledger: the whole story is taken, by ours and by the independent reader; each forgery is found by its rule, and by theirs.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { sourceAt } from '../../src/ledger/source.ts'
import { openText } from '../support/audit.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { ceremonyForgeries } from '../support/ceremony-forgeries.ts'
import { CeremonyStory } from '../support/ceremony-story.ts'
import { makeFolder } from '../support/folders.ts'
import { testForgeries } from '../support/forgery-tests.ts'

let cast: Cast
let whole: CeremonyStory

before(async () => {
  cast = await newCast()
  whole = CeremonyStory.whole(cast)
})

test('a ceremony is open from its opening note to the note that closes or aborts it', () => {
  const open = (step: string) => openText(whole.textTo(step)).history.ceremonies.open?.seq
  const steps = ['created', 'first done', 'end of the first', 'open', 'abort', 'open again', 'beside done', 'close']
  assert.deepEqual(steps.map(open), [0, 0, undefined, 4, undefined, 6, 6, undefined])
  for (const name of ['q1', 'q4']) assert.ok(openText(whole.text).history.ceremonies.isFinished(name))
})

test('the records behind each one are read from there, as they are from the beginning', () => {
  const path = join(makeFolder('behind'), 'ledger')
  for (const end of ['', '{"record":']) {
    writeFileSync(path, `${whole.text}${end}`)
    const source = sourceAt(path, false)
    const leaves = (after?: number) => {
      const found: string[] = []
      try {
        for (const { leaf } of source.records(after)) found.push(leaf)
      } catch (error) {
        assert.equal((error as { code: string }).code, 'LEDGER-TORN')
      }
      return found
    }
    const all = leaves()
    assert.ok(all.length > 10)
    for (let after = -1; after <= all.length; after++) assert.deepEqual(leaves(after), all.slice(after + 1), `${after}`)
  }
})

testForgeries(
  ceremonyForgeries,
  ({ changes }) => CeremonyStory.bent(cast, changes).text,
  () => whole.text,
)
