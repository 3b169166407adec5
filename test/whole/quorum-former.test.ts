// After custodians were replaced: who can open what, by shares of today and by those of before, and who was seen with theirs.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
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
