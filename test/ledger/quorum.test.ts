// Custodians replaced and suspended in a ledger: the whole story is taken, by ours and by the independent reader; each forgery is found by its rule, and by theirs.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { auditText, openText, ruleOf } from '../support/audit.ts'
import { testForgeries } from '../support/forgery-tests.ts'
import { sample } from '../support/full.ts'
import { describeAfter, readAll } from '../support/independent.ts'
import { type Change, type Loose, recordOf } from '../support/ledger.ts'
import { quorumForgeries } from '../support/quorum-forgeries.ts'
import { type QuorumCast, QuorumStory, quorumCast } from '../support/quorum-story.ts'

let cast: QuorumCast
let other: QuorumCast
let whole: QuorumStory
/** Of another partition, whose groups and people have the same names. */
let elsewhere: QuorumStory

before(async () => {
  cast = await quorumCast()
  other = await quorumCast('7c9e6679-7425-40de-944b-e07fc1f90ae7')
  whole = QuorumStory.whole(cast)
  elsewhere = QuorumStory.whole(other)
})

/** The ledger up to this step. */
const upTo = (step: string) => openText(whole.textTo(step)).history
const setsAt = (step: string): string =>
  upTo(step)
    .rosters.sets.map(({ group: { name, epoch }, standing }) => `${name}/${epoch} ${standing}`)
    .join(', ')

describe('sets of shares', () => {
  const cases: [step: string, sets: string][] = [
    ['stage vault', 'ops/1 in force, vault/1 in force, vault/2 staged'],
    ['unstage done', 'ops/1 in force, vault/1 in force, vault/2 unstaged'],
    ['replace', 'ops/1 in force, vault/1 in force, vault/2 unstaged, ops/2 staged'],
    ['replaced', 'ops/1 retired, vault/1 in force, vault/2 unstaged, ops/2 in force'],
    ['recover done', 'ops/1 retired, vault/1 retired, vault/2 unstaged, ops/2 in force, vault/3 in force'],
  ]
  for (const [step, sets] of cases) test(`after ${step}`, () => assert.equal(setsAt(step), sets))

  test('a set is staged when its stage is done, until it is given up, or replaces another', () => {
    const staged = (step: string) => upTo(step).rosters.stage?.plan.group.epoch
    assert.deepEqual(
      ['stage vault', 'stage vault done', 'unstage done', 'stage done', 'replace', 'replaced'].map(staged),
      [undefined, 2, undefined, 2, 2, undefined],
    )
  })
  test('bridges lead from the secret of today to each that was in force, past what was given up', () => {
    const { rosters } = upTo('after')
    const way = (group: string, from: number, to: number) =>
      rosters.bridgesDown(group, from, to).map(({ epoch, before: earlier }) => `${epoch} to ${earlier}`)
    assert.deepEqual(way('ops', 3, 1), ['3 to 2', '2 to 1'])
    assert.deepEqual(way('ops', 3, 2), ['3 to 2'])
    assert.deepEqual(way('vault', 3, 1), ['3 to 1'])
    assert.deepEqual([way('vault', 3, 2), way('vault', 2, 1), way('ops', 1, 1), way('ops', 1, 2)], [[], [], [], []])
  })
  test('of which epoch the PINs of each token are, and which roster stood when', () => {
    const { rosters } = upTo('after')
    assert.deepEqual(rosters.pinsOf(cast.token.serial), { so: 2, user: 2 })
    assert.deepEqual(rosters.pinsOf(cast.newToken.serial), { so: 3, user: 3 })
    const epochs = (step: string) => rosters.at(whole.steps.get(step)!).map(({ epoch }) => epoch)
    assert.deepEqual(['created', 'replace', 'replaced', 'recover done', 'after'].map(epochs), [
      [1, 1],
      [1, 1],
      [2, 1],
      [2, 3],
      [3, 3],
    ])
  })
  test('whose share it was is known for ever', () => {
    const { rosters } = upTo('after')
    const seat = rosters.seatOfAny(cast.ops.group.custodians[2]!.key)
    assert.deepEqual([seat?.custodian.name, seat?.group.epoch, seat?.standing], ['carol', 1, 'retired'])
    assert.equal(rosters.seatOfAny(other.ops.group.custodians[2]!.key), undefined)
  })
  test('who is suspended is so until the time that was said', () => {
    const { rosters, time } = upTo('suspend done')
    assert.equal(rosters.suspended('dave', time)?.until, '2026-01-09T00:00:00.000Z')
    assert.equal(rosters.suspended('dave', '2026-01-09T00:00:00.000Z'), undefined)
    assert.equal(upTo('resume done').rosters.suspended('dave', time), undefined)
  })
})

testForgeries(
  quorumForgeries,
  ({ changes }) => QuorumStory.bent(cast, changes).text,
  () => whole.text,
)

test('the independent reader says of groups, PINs and suspensions what ours says', async () => {
  const steps = ['suspend done', 'resume done', 'stage vault done', 'unstage done', 'replaced', 'recover done', 'after']
  const theirs = await describeAfter(
    whole.text,
    steps.map((step) => whole.steps.get(step)!),
  )
  for (const [i, step] of steps.entries()) {
    const { rosters, groups, token } = upTo(step)
    const { stage, pins, suspended } = theirs[i]
    const set = rosters.stage?.plan.group
    assert.deepEqual(theirs[i].groups, groups, step)
    assert.deepEqual(stage, set && { group: set.name, epoch: set.epoch }, step)
    assert.deepEqual(pins, rosters.pinsOf(token.serial), step)
    assert.deepEqual(Object.keys(suspended), step === 'suspend done' ? ['dave'] : [], step)
  }
})

/** What of a record of the other partition stands in the place of what was here. */
const PARTS: { readonly [part: string]: (here: Loose, there: Loose) => void } = {
  'the whole record': (here, there) => {
    for (const member of Object.keys(here)) if (!PLACE.includes(member)) delete here[member]
    for (const [member, value] of Object.entries(there)) if (!PLACE.includes(member)) here[member] = value
  },
  'its plan': (here, { plan }) => void (here.plan = plan),
  'its approvals': (here, { approvals }) => void (here.approvals = approvals),
  'its proof': (here, { proof }) => void (here.proof = proof),
  'its group': (here, { group }) => void (here.group = group),
}
const PLACE = ['format', 'partition', 'seq', 'prev', 'time', 'station', 'host', 'tool', 'type']

/** The same of plans, before they are approved. */
const PLANNED: { readonly [part: string]: (here: Loose, there: Loose) => void } = {
  'what it issues': (here, { issued }) => void (here.issued = issued),
  'its group and what it issues': (here, { group, issued }) => Object.assign(here, { group, issued }),
  'its stage': (here, { stage }) => void (here.stage = stage),
  'its backup': (here, { backup }) => void (here.backup = backup),
}

const of = (there: QuorumStory, step: string): Loose => recordOf(there.lines[there.steps.get(step)!]!)

/** Of every step about groups and custodians each part that it has. */
function exchanges(there: QuorumStory): [step: string, part: string, change: Change][] {
  return [...there.steps.keys()].flatMap((step): [string, string, Change][] => {
    const theirs = of(there, step)
    if (!/^(stage|unstage|confirm|replace|sitting|recover|suspend|resume|restore|token)/.test(step)) return []
    const has = ([part]: [string, unknown]) => part === 'the whole record' || part.replace('its ', '') in theirs
    const whole = Object.entries(PARTS).filter(has)
    const planned = Object.entries(theirs.plan?.issued || theirs.plan?.stage || theirs.plan?.backup ? PLANNED : {})
    const named: { readonly [part: string]: string } = { 'its stage': 'stage', 'its backup': 'backup' }
    return [
      ...whole.map(([part, put]): [string, string, Change] => [step, part, (here) => put(here, theirs)]),
      ...planned
        .filter(([part]) => (named[part] ?? 'issued') in theirs.plan)
        .map(([part, put]): [string, string, Change] => [`plan:${step}`, part, (here) => put(here, theirs.plan)]),
    ]
  })
}

describe('two partitions with the same names', () => {
  test('nothing of the one is taken by the other, every step, every part, both ways', async () => {
    const mixed: { what: string; text: string }[] = []
    for (const [here, there] of [
      [cast, elsewhere],
      [other, whole],
    ] as const)
      for (const [step, part, change] of exchanges(there))
        mixed.push({ what: `${step}: ${part}`, text: QuorumStory.bent(here, { [step]: change }).text })
    assert.ok(mixed.length > 100, `${mixed.length} pairs`)
    const taken = mixed.filter(({ text }) => ruleOf(() => auditText(text)) === 'none')
    assert.deepEqual(
      taken.map(({ what }) => what),
      [],
    )
    const few = sample(mixed, (_, i) => i % 30 === 0)
    const verdicts = await readAll(few.map(({ text }) => text))
    assert.deepEqual(
      few.filter((_, i) => verdicts[i] === 'none').map(({ what }) => what),
      [],
    )
  })
})
