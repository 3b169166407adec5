// Ceremonies in a ledger: the whole story is taken, by ours and by the independent reader; each forgery is found by its rule, and by theirs.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openText } from '../support/audit.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { ceremonyForgeries } from '../support/ceremony-forgeries.ts'
import { CeremonyStory } from '../support/ceremony-story.ts'
import { testForgeries } from '../support/forgery-tests.ts'

let cast: Cast
let whole: CeremonyStory

before(async () => {
  cast = await newCast()
  whole = CeremonyStory.whole(cast)
})

test('a ceremony is open from its opening note to the note that closes or aborts it', () => {
  const open = (step: string) => openText(whole.textTo(step)).history.ceremonies.open?.seq
  assert.deepEqual(['open', 'abort', 'open again', 'beside done', 'close'].map(open), [1, undefined, 3, 3, undefined])
  assert.ok(openText(whole.text).history.ceremonies.isFinished('q4'))
})

testForgeries(
  ceremonyForgeries,
  ({ changes }) => CeremonyStory.bent(cast, changes).text,
  () => whole.text,
)
