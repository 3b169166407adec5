// Applications in a ledger: the whole story is taken, by ours and by the independent reader; each forgery is found by its rule, and by theirs.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { wishOf } from '../../src/domain/known-application.ts'
import { tokenName } from '../../src/domain/token-address.ts'
import { stillHeldIn } from '../../src/views/held-elsewhere.ts'
import { applicationForgeries } from '../support/application-forgeries.ts'
import { ApplicationStory } from '../support/application-story.ts'
import { openText } from '../support/audit.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { testForgeries } from '../support/forgery-tests.ts'
import { describeAfter } from '../support/independent.ts'

let cast: Cast
let whole: ApplicationStory

before(async () => {
  cast = await newCast()
  whole = ApplicationStory.whole(cast)
})

/** The ledger up to this step. */
const upTo = (step: string) => openText(whole.textTo(step)).history

const statesOf = (step: string, app: string): string =>
  [...upTo(step).applications.named(app)!.copies.values()]
    .map(({ name, version, label, state, wished }) => `${name}#${version} as ${label} ${wished ? '' : 'not '}${state}`)
    .join(', ')

describe('what an application is to have, and has', () => {
  const cases: [step: string, app: string, copies: string][] = [
    ['init done', 'till', ''],
    ['deliver done', 'till', 'dek#1 as dek present, sign#1 as sign present'],
    ['publish done', 'web', 'dek#1 as dek present, dek#2 as dek#2 present'],
    ['promote done', 'till', 'dek#1 as dek#1 present, dek#2 as dek present, sign#1 as sign present'],
    ['promote done', 'web', 'dek#1 as dek#1 unproven, dek#2 as dek unproven'],
    ['sync web done', 'web', 'dek#1 as dek#1 present, dek#2 as dek present'],
    ['check done', 'till', 'dek#1 as dek#1 absent, dek#2 as dek present, sign#1 as sign present'],
    ['suspend idle done', 'web', 'dek#1 as dek#1 present, dek#2 as dek present, idle#1 as idle not absent'],
    [
      'recover done',
      'web',
      'dek#1 as dek#1 present, dek#2 as dek present, idle#1 as idle present, mac#1 as mac unproven',
    ],
    ['withdraw done', 'till', 'dek#1 as dek#1 present, dek#2 as dek present'],
    ['replace done', 'till', 'dek#1 as dek#1 present, dek#2 as dek present'],
    ['destroy done', 'till', 'dek#1 as dek#1 present, dek#2 as dek present'],
    ['withdraw left done', 'till', 'dek#2 as dek present'],
  ]
  for (const [step, app, copies] of cases) test(`${app} after ${step}`, () => assert.equal(statesOf(step, app), copies))
  test('what was strange at the last look is named until the next', () => {
    assert.deepEqual(upTo('check done').applications.named('till')!.found, ['secret key stray, id 07'])
    assert.deepEqual(upTo('sync all done').applications.named('till')!.found, [])
  })
  test('a PIN has its generation, which begins anew with another token', () => {
    const generations = ['init done', 'pin done', 'replace done'].map((step) => {
      const { pin } = upTo(step).applications.named('till')!
      return pin.kind === 'derived' && pin.generation
    })
    assert.deepEqual(generations, [1, 2, 1])
  })
  test('a token that was replaced may still hold what it had', () => {
    const [former] = upTo('replace done').applications.formerHolding('dek', 2)
    assert.equal(former?.former.token.serial, '1111')
    const told = stillHeldIn(upTo('replace done'))({ name: 'dek', version: 2 })
    assert.deepEqual(told[0], ['still in', 'the former token 1111 of till, as dek'])
  })
  test('at the end none is left, and both are known', () => {
    const { live, all } = upTo('after').applications
    assert.deepEqual(
      [live, all.map(({ name, retired }) => `${name} ${retired?.token}`)],
      [[], ['till erased', 'web left']],
    )
  })
})

testForgeries(
  applicationForgeries,
  ({ changes }) => ApplicationStory.bent(cast, changes).text,
  () => whole.text,
)

test('the independent reader says of every application what ours says, after every change', async () => {
  const ends = [...whole.steps.keys()].filter((step) => step.endsWith(' done'))
  const theirs = await describeAfter(
    whole.text,
    ends.map((step) => whole.steps.get(step)!),
  )
  for (const [i, step] of ends.entries()) {
    const ours = upTo(step).applications.live.map(({ name, id, pin, token, copies }) => ({
      ...{ name, id, pin, token: tokenName(token) },
      copies: [...copies.values()].map((copy) => ({ ...wishOf(copy), state: copy.state, made: copy.made })),
    }))
    assert.deepEqual(theirs[i].applications, ours, step)
  }
})
