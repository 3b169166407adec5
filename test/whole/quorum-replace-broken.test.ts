// A replacement of custodians that is cut off: the token is lost in its midst, or asks for care with its tries; and nobody is locked out.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { readAll } from '../support/independent.ts'
import { killedAfter } from '../support/interrupted.ts'
import { scripted, testModule } from '../support/module.ts'
import { isWhole } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { leaveOutRsa, loseTokens, softhsm } from '../support/softhsm.ts'
import { Succession, succession, type TestSet, TOGETHER } from '../support/succession.ts'

leaveOutRsa()

/** Its replacement is cut off after the how manieth C_SetPIN. */
function cutOff(after: number) {
  let seen = 0
  return cutOffAfter(({ name }) => name === 'C_SetPIN' && ++seen === after)
}

async function cutOffAfter(chosen: (step: ProbeEvent) => boolean): Promise<{ story: Succession; next: TestSet }> {
  const story = await succession(TOGETHER)
  const { place } = story
  await place.data('backup', 'create', place.path('1.backup'), ...story.all())
  const next = await story.stage('custodians')
  place.useModule(testModule())
  await killedAfter(
    place,
    (own) => new Succession(own, story.sets).replaceArgs(next),
    chosen,
    (own) => [own.home, own.path('tokens')],
  )
  place.useModule(softhsm)
  return { story, next }
}

const begun = ({ place }: Succession) => place.records().some(({ plan }) => plan?.op === 'quorum.replace')

const pinsOf = (token: string, so: number, user: number) => [
  { token, role: 'so', epoch: so },
  { token, role: 'user', epoch: user },
]

describe('a replacement that was cut off', { concurrency: 2 }, () => {
  test('stands in the way of everything else, is not given up, and is finished by the new shares alone', async () => {
    const { story, next } = await cutOff(1)
    using place = story.place
    assert.ok(begun(story))
    const other = await place.keyrite(['key', 'rotate', 'card', ...story.all()])
    assert.deepEqual([other.code, other.json.error.code], [6, 'INTENT-OPEN'])
    const given = await place.keyrite(['partition', 'recover', '--abandon', '--confirm', 'pay', ...story.by(next)])
    assert.deepEqual([given.code, given.json.error.code], [3, 'REPLACE-ONWARD'])
    const old = await place.keyrite(['partition', 'recover', ...story.all()])
    assert.deepEqual([old.code, old.json.error.code], [3, 'SHARE-NOT-NEEDED'])
    assert.deepEqual(
      [/replacement has begun$/.test(old.json.error.message), old.json.error.hint],
      [true, 'bring the one of epoch 2'],
    )
    const { warnings } = await place.data('quorum', 'show')
    assert.ok(warnings.some((text: string) => /no end yet: the ones of epoch 2 finish it$/.test(text)))
    const lost = await place.keyrite(['partition', 'recover', '--lost-token', ...story.by(next)])
    assert.deepEqual([lost.code, lost.json.error.code], [3, 'TOKEN-LOST'])
    // A token that takes no other user PIN keeps the one that it has, which the bridge leads to.
    using stubborn = new Succession(place.copy(), story.sets).place
    const { module, env } = scripted(['C_SetPIN * return CKR_PIN_LEN_RANGE'])
    stubborn.useModule(module)
    const kept = await stubborn.keyrite(new Succession(stubborn, story.sets).recoverArgs(next), { env })
    assert.deepEqual(
      [kept.json?.data?.kept, kept.json?.data?.pins],
      [['user'], pinsOf(stubborn.serial, 2, 1)],
      kept.stderr,
    )
    assert.match(kept.stderr, /warning: the token takes no new user PIN: that of the old shares opens it still/)
    stubborn.useModule(softhsm)
    await stubborn.data('key', 'rotate', 'card', ...new Succession(stubborn, [next]).all())
    assert.deepEqual(await readAll([readFileSync(stubborn.ledger, 'utf8')]), ['none'])

    const told = await place.data(...story.recoverArgs(next))
    story.follow(next)
    assert.deepEqual([told.found, told.pins, told.burn.length], ['done', pinsOf(place.serial, 2, 2), 3])
    await place.data('audit', 'verify')
    await place.data('partition', 'check', ...story.all())
    assert.deepEqual(readdirSync(place.path('stick')), ['pay.custodians.e2.checkpoint', 'pay.custodians.e2.ledger'])
  })

  test('and whose token is lost comes back by a restore, with the PINs of the new shares', async () => {
    const { story, next } = await cutOff(2)
    using place = story.place
    loseTokens(place.folder)
    const how = ['--module', softhsm, '--no-checkpoint', '--confirm', 'pay']
    const old = await place.keyrite(['backup', 'restore', place.path('1.backup'), ...how, ...story.all()])
    assert.equal(old.json.error.code, 'SHARE-NOT-NEEDED', old.stderr)
    const again = ['backup', 'restore', place.path('1.backup'), ...how]
    const few = await place.keyrite([...again, ...story.by(next, 0, 1)])
    assert.equal(few.json.error.code, 'QUORUM-MET')
    assert.match(few.json.error.hint, / then: keyrite backup restore .*alice\.e2\.share\.txt --share FILE$/)
    const { json, stderr } = await place.keyrite([...again, ...story.by(next)])
    assert.equal(json?.data?.keys?.length, 1, stderr)
    assert.deepEqual(
      json.data.burn.map(({ custodian, epoch }: { custodian: string; epoch: number }) => `${custodian} ${epoch}`),
      ['alice 1', 'bob 1', 'carol 1'],
    )
    assert.match(stderr, /burn no paper yet/)
    assert.match(stderr, /to be burnt, with every copy, once the copy of the ledger was carried away/)
    story.follow(next)
    const types = place
      .records()
      .slice(-5)
      .map(({ type }) => type)
    assert.deepEqual(types, ['intent', 'token.replaced', 'quorum.replaced', 'recovered', 'outcome'])
    await place.data('audit', 'verify')
    await place.data('key', 'rotate', 'card', ...story.all())
  })

  test('tries no PIN where few tries are left, unless people say which', async () => {
    const { story, next } = await cutOff(2)
    using place = story.place
    for (const flags of ['CKF_USER_PIN_COUNT_LOW', 'CKF_USER_PIN_FINAL_TRY']) {
      const { module, env } = scripted([`C_GetTokenInfo * flags ${flags}`])
      place.useModule(module)
      const { code, json } = await place.keyrite(story.recoverArgs(next), { env })
      assert.deepEqual([code, json.error.code], [3, 'PIN-TRIES'])
      assert.match(json.error.hint, /keyrite partition recover --last-try user=new$/)
      const said = JSON.parse(readFileSync(place.path('home', 'pay', 'pins.json'), 'utf8'))
      assert.deepEqual([said.so, said.user], ['new', 'sending'])
    }
    const { module, env } = scripted(['C_GetTokenInfo * flags CKF_USER_PIN_COUNT_LOW'])
    place.useModule(module)
    const { code, stderr } = await place.keyrite([...story.recoverArgs(next), '--last-try', 'user=new'], { env })
    assert.equal(code, 0, stderr)
    story.follow(next)
    const recovery = place.records().findLast(({ plan }) => plan?.op === 'partition.recover')
    assert.deepEqual(recovery.plan.lastTry, { user: 'new' })
    place.useModule(softhsm)
    await place.data('partition', 'check', ...story.all())
  })
})

test('TOKEN-FULL: a head that was cut off while the room for it was tried goes with the next change', async () => {
  let [making, written] = [false, 0]
  const { story } = await cutOffAfter(({ name }) => {
    making ||= name === 'C_CreateObject'
    if (making && name === 'ftruncate') written++
    // It is an object by then, and has no name yet.
    return written === 7 && name === 'open'
  })
  using place = story.place
  assert.deepEqual([begun(story), existsSync(place.path('home/pay/pins.json'))], [false, true])
  await place.data('key', 'rotate', 'card', ...story.all())
  assert.equal(existsSync(place.path('home/pay/pins.json')), false)
  await isWhole(place)
})

test('SO-PIN: nothing is announced where somebody has changed the SO PIN', async () => {
  const story = await succession(TOGETHER)
  using place = story.place
  await place.data('backup', 'create', place.path('1.backup'), ...story.all())
  const next = await story.stage('custodians')
  const { module, env } = scripted(['C_Login * return CKR_PIN_INCORRECT if user=0'])
  place.useModule(module)
  const { code, json } = await place.keyrite(story.replaceArgs(next), { env })
  assert.deepEqual([code, json.error.code, begun(story)], [3, 'SO-PIN', false])
})
