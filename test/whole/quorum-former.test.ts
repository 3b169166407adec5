// After custodians were replaced: who can open what, by shares of today and by those of before, and who was seen with theirs.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { answerFaults } from '../support/json-schema.ts'
import { softhsm } from '../support/softhsm.ts'
import { APART, succession, TOGETHER } from '../support/succession.ts'

type Told = { [member: string]: unknown }

test('quorum show --former, share show and doctor, once other shares are in force', async () => {
  const story = await succession(TOGETHER)
  using place = story.place
  await place.data('app', 'init', 'web', '--module', softhsm, '--pin-out', place.path('web.pin'), ...story.all())
  await place.data('backup', 'create', place.path('first.backup'), ...story.all())
  const first = story.set('custodians')
  await place.data('custodian', 'depart', 'carol', '--on', '2026-01-31', ...story.by(first, 0))
  assert.match((await place.data('quorum', 'show')).warnings.join(), /carol left on 2026-01-31/)
  const next = await story.stage('custodians', '--remove', 'carol', '--add', 'dan')
  const [warning] = (await place.data('quorum', 'show')).warnings.filter((text: string) => /staged/.test(text))
  assert.match(warning, /new shares of custodians, epoch 2, are staged since .*; all are confirmed/)
  const [challenge, answer] = [place.path('pay.challenge'), place.path('carol.answer')]
  await place.data('quorum', 'drill', '--out', challenge)
  const carols = ['--share', story.file(first, 'carol')]
  await place.data('quorum', 'drill', '--challenge', challenge, ...carols, '--out', answer)
  await story.replace(next)

  const shown = await place.keyrite(['quorum', 'show', '--former'])
  assert.deepEqual(answerFaults(shown.json, 'quorum show'), [])
  const { groups, custody, former, stage } = shown.json.data
  assert.deepEqual([groups[0].epoch, stage], [2, undefined])
  assert.deepEqual(
    former.map(({ since: _, until: __, ...rest }: Told) => rest),
    [
      {
        ...{ group: 'custodians', epoch: 1, threshold: 2, standing: 'retired', custodians: ['alice', 'bob', 'carol'] },
        destroyed: [],
        opens: { backups: ['first.backup'], tokens: [], applications: ['web'] },
      },
    ],
  )
  // bob was not among those who replaced the old shares, and has read his back.
  assert.deepEqual(
    custody.map((one: { custodian: string; proven: { by: string } }) => [one.custodian, one.proven.by]),
    [
      ['alice', 'approval'],
      ['bob', 'confirmation'],
      ['dan', 'approval'],
    ],
  )
  for (const [person, set, state] of [
    ['carol', first, 'retired'],
    ['alice', first, 'retired'],
    ['dan', next, 'in force'],
  ] as const)
    assert.equal((await place.data('share', 'show', story.file(set, person))).state, state, person)
  const { checks } = await place.data('doctor')
  const { found } = checks.find(({ name }: { name: string }) => name === 'pay: custodians')
  assert.doesNotMatch(found, /carol|staged/)

  const plainly = (...args: string[]) => perform(args, { home: place.home, env: place.folder.env })
  // What is burnt is ticked off; what was burnt, and is brought, is told of.
  const which = await place.keyrite(['share', 'record', 'alice', '--destroyed', ...story.by(next)])
  assert.deepEqual([which.code, which.json.error.code], [2, 'INPUT-MISSING'])
  assert.match(which.json.error.message, /^alice had shares of the epochs 1, 2, and which was destroyed is not given$/)
  await place.data('share', 'record', 'carol', '--destroyed', ...story.by(next))
  const burnt = place.records().at(-1)
  const told = await plainly('audit', 'show', '--last', '1')
  assert.match(told.stdout, /the share of carol, epoch 1, is destroyed/)
  const late = await place.data('quorum', 'show', '--former')
  assert.deepEqual(late.former[0].destroyed, [{ custodian: 'carol', seq: burnt.seq, time: burnt.time }])
  assert.doesNotMatch(late.warnings.join(), /carol/)
  for (const args of [carols, ['--in', answer]]) {
    const { code, json } = await place.keyrite(['quorum', 'drill', ...args])
    assert.deepEqual([code, json.error.code], [3, 'SHARE-RETIRED'])
    assert.match(json.error.message, /this share is carol's of custodians, epoch 1, and those of epoch 2 count today/)
  }
  const { json: denied } = await place.keyrite(['key', 'rotate', 'card', ...carols])
  assert.equal(denied.error.code, 'SHARE-RETIRED')
  const { seq } = place.records().at(-1)
  const warned = `the share of carol, epoch 1, was presented by record ${seq}, and is said to be destroyed`
  assert.ok((await place.data('quorum', 'show')).warnings.includes(warned))
  const custodians = (await place.data('doctor')).checks.find((one: Told) => one.name === 'pay: custodians')
  assert.ok(custodians.found.includes(warned), custodians.found)
  const text = await plainly('quorum', 'show', '--former')
  assert.match(text.stdout.replaceAll(/\s+/g, ' '), new RegExp(`carol \\(destroyed, record ${burnt.seq}\\)`))
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

test('of three groups the set of one is replaced, and no other is told of', async () => {
  const story = await succession(APART)
  using place = story.place
  await place.data('backup', 'create', place.path('first.backup'), ...story.all())
  await story.replace(await story.stage('keepers', '--add', 'judy'))
  const { former, groups } = await place.data('quorum', 'show', '--former')
  assert.deepEqual(
    former.map(({ group, opens }: Told) => [group, opens]),
    [['keepers', { backups: ['first.backup'], tokens: [], applications: [] }]],
  )
  assert.deepEqual(
    groups.map(({ name, epoch }: Told) => [name, epoch]),
    [
      ['officers', 1],
      ['operators', 1],
      ['keepers', 2],
    ],
  )
})
