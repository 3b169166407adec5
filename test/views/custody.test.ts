// What is warned of about custodians and their shares, by what a ledger tells and by the day.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { History } from '../../src/domain/history.ts'
import { inPlain } from '../../src/terminal/render.ts'
import { custodyWarnings, holdingsOf } from '../../src/views/custody-view.ts'
import { planView } from '../../src/views/plan-view.ts'
import { toTheMinute } from '../../src/views/words.ts'
import { auditText } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { everyone } from '../support/custody.ts'
import { type Loose, recordOf } from '../support/ledger.ts'
import { Story } from '../support/story.ts'

let history: History
let used: History
let records: Loose[]

before(async () => {
  const cast = await newCast()
  const story = Story.tell(cast, 30)
  history = auditText(story.text).history
  records = story.lines.map(recordOf)
  // Said to be sealed, and then used by everything that follows.
  const told = story.branch(story.steps.get('open')!)
  const share = { custodian: 'dora', group: 'vault', epoch: 1 }
  told.statement('destroy', 'share.recorded', { share, state: 'destroyed' }, cast.ops, ['bob', 'carol'])
  const bobs = { custodian: 'bob', group: 'ops', epoch: 1 }
  told.statement('lost', 'share.recorded', { share: bobs, state: 'lost' }, cast.ops, ['alice', 'carol'])
  told.statement('left', 'custodian.departed', { custodian: 'erin', on: '2026-01-01' }, cast.ops, ['bob', 'carol'])
  const generated = told.generateKeys('more', ['more'], 'aes-256')
  told.outcome('failed', generated.leaf, [], { result: 'failed', error: { code: 'X', message: 'x' } })
  used = auditText(told.text).history
  assert.deepEqual(everyone(cast.ops), ['alice', 'bob', 'carol'])
})

const said = (of: History, day: string) =>
  custodyWarnings(of, new Date(`${day}T00:00:00Z`)).map(({ message }) => message)

describe('custodians and their shares', () => {
  test('who is about to leave, and who has left', () => {
    assert.deepEqual(said(history, '2026-01-06'), [
      'once erin left, 2 custodians of vault are left who have their shares, and 2 must agree',
      'erin leaves on 2026-12-31, and has shares that count until the custodians are replaced',
    ])
    assert.match(said(history, '2027-01-03').join('\n'), /erin left on 2026-12-31 \(2 days\)/)
  })

  test('shares that nobody has seen for a year', () => {
    assert.match(said(history, '2027-01-06').join('\n'), /^the shares of .*dora.* were not shown for a year$/m)
    assert.doesNotMatch(said(history, '2027-01-06').join('\n'), /shares of .*erin.* were not/)
    // A share that was never shown since its set was put in force: its year runs from when it was made.
    const custody = { lastProven: () => undefined, keptOf: () => undefined, person: () => ({}) }
    const { groups, time } = history
    const rosters = {
      confirmed: () => undefined,
      suspended: () => undefined,
      setOf: (set: { group: string; epoch: number }) => history.rosters.setOf(set),
    }
    const never = { groups, time, rosters, custody } as unknown as History
    const overdue = (day: string) => holdingsOf(never, new Date(day)).filter((one) => one.overdue).length
    assert.deepEqual(
      [overdue('2026-12-01'), overdue('2027-02-01')],
      [0, holdingsOf(never, new Date('2026-12-01')).length],
    )
  })

  test('a share that was used while its bag is said to be sealed, one that was destroyed, and one that was lost, and is there', () => {
    for (const [i, warned] of [
      /^2 custodians of ops are left who have their shares, and 2 must agree/,
      /^1 custodians? of vault/,
      /^erin left on 2026-01-01 \(4 days\)/,
      /^the share of bob was lost, says record \d+$/,
      /^the share of dora was destroyed/,
      /^the share of alice was used by record \d+, and is said to be sealed in bag 4711, by record \d+$/,
      /^the share of bob was used by record \d+, and is said to be lost, by record \d+$/,
    ].entries())
      assert.match(said(used, '2026-01-06')[i]!, warned)
  })

  test('whatever new shares of a group are wanted for, one command makes them, and leaves out who departs', () => {
    for (const of of [history, used]) {
      const hints = custodyWarnings(of, new Date('2027-01-03T00:00:00Z')).map(({ hint }) => JSON.stringify(hint))
      const staging = [...new Set(hints.filter((hint) => hint?.includes('"stage"') && hint.includes('vault')))]
      assert.equal(staging.length, 1, staging.join(' '))
      assert.match(staging[0]!, /"--remove","erin"/)
    }
  })

  test('a plan is told by the time of the record that it was made on, where the copy at hand has gone on', () => {
    const { plan } = records.find((record) => record.plan?.op === 'key.generate')!
    const { head } = plan
    const wanted = toTheMinute(records[head.seq]!.time)
    const view = inPlain(planView({ plan }, history, new Date('2026-01-06')))
    assert.match(view, new RegExp(`ledger +${head.seq + 1} records?, the last of ${wanted}: `))
    assert.notEqual(wanted, toTheMinute(history.time))
  })

  test('what is known of each share', () => {
    const alice = holdingsOf(history, new Date('2026-01-06')).find(({ custodian }) => custodian === 'alice')!
    assert.deepEqual(
      [alice.acknowledged?.form.name, alice.kept?.state, alice.proven?.by],
      ['form.pdf', 'opened', 'approval'],
    )
  })
})
