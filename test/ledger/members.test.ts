// Members in a ledger: the whole story is taken, by ours and by the independent reader; each forgery is found by its rule, and by theirs.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openText } from '../support/audit.ts'
import { testForgeries } from '../support/forgery-tests.ts'
import { sample } from '../support/full.ts'
import { memberForgeries } from '../support/member-forgeries.ts'
import { type MemberCast, MemberStory, memberCast } from '../support/member-story.ts'
import { standingsOf } from '../support/members.ts'

let cast: MemberCast
let whole: MemberStory

before(async () => {
  cast = await memberCast()
  whole = MemberStory.whole(cast)
})

const standingsAt = (step: string) => standingsOf(openText(whole.textTo(step)).history.members.live)

test('what becomes of a member is told by the outcomes of changes', () => {
  const told: Record<string, string[]> = {
    'add done': ['first current', 'site-b current'],
    'away done': ['first current', 'site-b behind'],
    sync: ['first current', 'site-b unproven'],
    'sync done': ['first current', 'site-b current'],
    'second acts done': ['first behind', 'site-b current'],
    'fail done': ['first current', 'site-b unproven'],
    'recover done': ['first current', 'site-b behind'],
    'replace done': ['first current', 'site-b current'],
    'retire done': ['first current'],
    'lose done': ['site-c current'],
  }
  for (const [step, standings] of Object.entries(told)) assert.deepEqual(standingsAt(step), standings, step)
})

/** Each of them takes a reading of the whole story up to there. */
const some = sample(
  memberForgeries,
  ({ rule }, i) => i % 4 === 0 || memberForgeries.findIndex((one) => one.rule === rule) === i,
)

testForgeries(
  some,
  ({ changes }) => MemberStory.bent(cast, changes).text,
  () => whole.text,
)
