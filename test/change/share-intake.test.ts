// Whose share it is, and of which set: at every turn of a story each share of every set is taken, or named as what it is.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { ShareIntake } from '../../src/change/share-intake.ts'
import type { KeyriteError } from '../../src/domain/errors.ts'
import { hintText } from '../../src/domain/hint-text.ts'
import type { Plan } from '../../src/domain/plan.ts'
import type { Proposal } from '../../src/domain/proposal.ts'
import { needsOf } from '../../src/domain/roster.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import { surroundingsOf } from '../../src/session/known-shares.ts'
import { openText } from '../support/audit.ts'
import type { Custody } from '../support/custody.ts'
import { textOf } from '../support/ledger.ts'
import { type QuorumCast, QuorumStory, quorumCast } from '../support/quorum-story.ts'

const SETS = ['ops', 'ops2', 'ops3', 'vault', 'vault2', 'vault3'] as const
type SetWord = (typeof SETS)[number]

let cast: QuorumCast
let story: QuorumStory
before(async () => {
  cast = await quorumCast()
  story = QuorumStory.whole(cast)
})

/** What takes shares in for a plan of the group with `user`, once the record of this step is there. */
function intakeAfter(step: string): ShareIntake {
  const { history } = openText(textOf(story.lines.slice(0, story.steps.get(step)! + 1)))
  const plan = { op: 'partition.check', partition: cast.partition } as Plan
  const proposal = { plan, message: new Uint8Array(), code: '' } as unknown as Proposal<Plan>
  return new ShareIntake(proposal, needsOf(['user'], history.groups), history.groups, quorum, {
    ...surroundingsOf(plan, history),
    suspended: (name) => history.rosters.suspended(name, history.time)?.until,
    elsewhere: (key) =>
      key === STRANGER ? { custodian: { name: 'mallory', key }, group: cast.ops.group, partition: 'pos' } : undefined,
  })
}

const STRANGER = 'of-another-partition'

function said(intake: ShareIntake, key: string): { code: string; text: string } {
  try {
    const { custodian, group } = intake.seatFor(key)
    return { code: 'taken', text: `${custodian.name} ${group.epoch}` }
  } catch (error) {
    const { code, message, hint } = error as KeyriteError
    return { code, text: `${message}; ${hint ? hintText(hint) : ''}` }
  }
}

const custodyOf = (word: SetWord): Custody => cast[word]
const keyOf = (word: SetWord, person: string): string =>
  custodyOf(word).group.custodians.find(({ name }) => name === person)!.key

/** Of each set what every share of it hears: FOREIGN is what no record tells of yet. */
const TURNS: [step: string, Record<SetWord, string>][] = [
  [
    'look',
    { ops: 'taken', ops2: 'FOREIGN', ops3: 'FOREIGN', vault: 'NOT-NEEDED', vault2: 'FOREIGN', vault3: 'FOREIGN' },
  ],
  [
    'confirm vault',
    { ops: 'taken', ops2: 'FOREIGN', ops3: 'FOREIGN', vault: 'NOT-NEEDED', vault2: 'STAGED', vault3: 'FOREIGN' },
  ],
  [
    'unstage done',
    { ops: 'taken', ops2: 'FOREIGN', ops3: 'FOREIGN', vault: 'NOT-NEEDED', vault2: 'RETIRED', vault3: 'FOREIGN' },
  ],
  [
    'stage done',
    { ops: 'taken', ops2: 'STAGED', ops3: 'FOREIGN', vault: 'NOT-NEEDED', vault2: 'RETIRED', vault3: 'FOREIGN' },
  ],
  [
    'replace done',
    { ops: 'RETIRED', ops2: 'taken', ops3: 'FOREIGN', vault: 'NOT-NEEDED', vault2: 'RETIRED', vault3: 'FOREIGN' },
  ],
  [
    'recover done',
    { ops: 'RETIRED', ops2: 'taken', ops3: 'FOREIGN', vault: 'RETIRED', vault2: 'RETIRED', vault3: 'NOT-NEEDED' },
  ],
  [
    'stage again done',
    { ops: 'RETIRED', ops2: 'taken', ops3: 'STAGED', vault: 'RETIRED', vault2: 'RETIRED', vault3: 'NOT-NEEDED' },
  ],
]

test('shares of today are taken, and no other is counted as one: each set hears what it is, and every person their own name and epoch', () => {
  for (const [step, expected] of TURNS) {
    using intake = intakeAfter(step)
    for (const word of SETS)
      for (const { name, key } of custodyOf(word).group.custodians) {
        const { code, text } = said(intake, key)
        const suspended = step === 'look' && word === 'ops' && name === 'dave'
        const wanted = expected[word] === 'taken' ? 'taken' : `SHARE-${expected[word]}`
        assert.equal(code, suspended ? 'APPROVER-SUSPENDED' : wanted, `${step}: ${name} of ${word}`)
        if (code === 'SHARE-FOREIGN') assert.ok(!text.includes(name), text)
        else assert.match(text, new RegExp(`\\b${name}\\b`))
        if (/RETIRED|STAGED|NOT-NEEDED/.test(code))
          assert.match(text, new RegExp(`epoch ${custodyOf(word).group.epoch}\\b`), `${step}: ${name} of ${word}`)
      }
  }
})

test('and what leads on: the share of now, somebody else, or a share of this partition', () => {
  using early = intakeAfter('look')
  assert.match(said(early, keyOf('ops', 'dave')).text, /^dave is suspended until 2026-01-09.*other than dave$/)
  assert.match(said(early, STRANGER).text, /^this share is mallory's, but of partition pos; bring a share of this/)
  assert.match(said(early, 'nobody').text, /^this share is of another partition, or of none/)
  using late = intakeAfter('recover done')
  assert.match(said(late, keyOf('ops', 'alice')).text, /retired 2026-\d\d-\d\d; bring the one of epoch 2$/)
  assert.match(
    said(late, keyOf('ops', 'carol')).text,
    /; carol does not belong to ops: bring the share of somebody who does$/,
  )
  assert.match(
    said(late, keyOf('vault2', 'frank')).text,
    /epoch 2, which never took over; frank does not belong to vault/,
  )
})
