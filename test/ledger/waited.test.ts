// What has waited in a database: the whole story is taken, by ours and by the independent reader; each forgery is found by its rule, and by theirs.
import { before } from 'node:test'
import { type Cast, newCast } from '../support/cast.ts'
import { testForgeries } from '../support/forgery-tests.ts'
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
