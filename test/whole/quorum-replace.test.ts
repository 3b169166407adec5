// Custodians are replaced: other work goes on while new shares wait, the old ones open nothing by themselves any more, and the new ones all of before.
import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { describe, test } from 'node:test'
import { sample } from '../support/full.ts'
import { leaveOutRsa } from '../support/softhsm.ts'
import { identity } from '../support/stage.ts'
import { APART, type Succession, succession, TOGETHER } from '../support/succession.ts'

leaveOutRsa()

const ending = (story: Succession) => story.place.records().slice(-2)

describe('quorum replace', { concurrency: 2 }, () => {
  test('from a stage, with three rotations, a backup and confirmations from two other homes in between; the old shares are refused by name', async () => {
    const story = await succession(TOGETHER)
    using place = story.place
    const old = story.set('custodians')
    await place.data('backup', 'create', place.path('1.backup'), ...story.all())
    const away = ['dan', 'erin'].map((name) => ({ name, ...identity(place, name) }))
    const made = away.flatMap(({ name, recipient }) => ['--add', name, '--recipient', `${name}=${recipient}`])
    const all = await story.stage('custodians', '--remove', 'carol', ...made)
    assert.deepEqual(all.people, ['alice', 'bob', 'dan', 'erin'])
    const next = { ...all, people: ['alice', 'bob'] }
    for (let i = 0; i < 3; i++) await place.data('key', 'rotate', 'card', ...story.all())
    const early = await place.keyrite(['key', 'rotate', 'card', ...story.by(next)])
    assert.deepEqual([early.code, early.json.error.code], [3, 'SHARE-STAGED'])
    assert.match(
      early.json.error.message,
      /this share is alice's of custodians, epoch 2, which is staged: it opens nothing before quorum replace$/,
    )
    assert.equal(early.json.error.hint, 'bring the one of epoch 1')
    const unbacked = await place.keyrite(story.replaceArgs(next))
    assert.deepEqual([unbacked.code, unbacked.json.error.code], [3, 'REPLACE-BACKUP'])
    assert.match(unbacked.json.error.message, /the backup lacks card#2, card#3, card#4: /)
    await place.data('backup', 'create', place.path('2.backup'), ...story.all())
    // Two of the new shares were seen, and it takes three.
    const few = await place.keyrite(story.replaceArgs(next))
    assert.deepEqual([few.code, few.json.error.code], [3, 'QUORUM-MET'])
    // One of them has neither a ledger nor a module; at the other there is another copy of the home.
    cpSync(place.home, place.path('second'), { recursive: true })
    for (const [i, { name, file }] of away.entries()) {
      const share = ['--share', place.path('shares', `${name}.e2.share.age`), '--identity', file]
      const there = ['--home', place.path(i === 0 ? 'nowhere' : 'second'), '--out', place.path(`${name}.confirmation`)]
      await place.data('quorum', 'confirm', ...there, ...share)
      await place.data('quorum', 'confirm', '--in', place.path(`${name}.confirmation`))
    }
    const told = await story.replace(next)
    assert.deepEqual(
      told.pins.map(({ role, epoch }: { role: string; epoch: number }) => [role, epoch]),
      [
        ['so', 2],
        ['user', 2],
      ],
    )
    assert.deepEqual(
      told.burn.map(({ custodian, epoch }: { custodian: string; epoch: number }) => `${custodian} ${epoch}`),
      ['alice 1', 'bob 1', 'carol 1'],
    )
    assert.deepEqual(
      ending(story).map(({ type, result }) => [type, result]),
      [
        ['quorum.replaced', undefined],
        ['outcome', 'done'],
      ],
    )
    assert.equal(existsSync(place.path('home', 'pay', 'pins.json')), false)
    await place.data('audit', 'verify')
    for (const person of old.people) {
      const refused = await place.keyrite(['key', 'rotate', 'card', '--share', story.file(old, person)])
      assert.deepEqual([refused.code, refused.json.error.code], [3, 'SHARE-RETIRED'])
      assert.match(refused.json.error.message, new RegExp(`${person}'s, but of epoch 1, retired 20`))
      assert.match(refused.json.error.hint, person === 'carol' ? /carol does not belong to custodians/ : /epoch 2/)
    }
    for (const backup of ['1.backup', '2.backup']) await place.data('backup', 'verify', place.path(backup))
    const ledger = place.path('stick', 'pay.custodians.e2.ledger')
    await place.data('backup', 'verify', place.path('1.backup'), '--ledger', ledger)
    const { keys } = await story.restored(place.path('2.backup'), ledger)
    assert.equal(keys.length, 4)
    const older = await story.restored(place.path('1.backup'), place.path('1.backup.ledger'), 6)
    assert.match(
      older.message,
      /epoch 2, .* of epoch 1 at most; the blank token was initialised and holds nothing yet$/,
    )
    assert.match(older.hint, /^bring the newest copy of the ledger, which has .*: keyrite .*restore .*--ledger FILE$/)
    assert.doesNotMatch(older.hint, /--ledger \S*1\.backup/)
    const [, line] = older.hint.split(': keyrite ')
    const newest = await place.keyrite(line.replace(' --json --no-input', '').replace('FILE', ledger).split(' '), {
      home: place.path('other-home'),
    })
    assert.equal(newest.json.error.code, 'RESTORE-COMPLETE', newest.stderr)
    // From here on the token that is there has seen more than that copy.
    await place.data('key', 'rotate', 'card', ...story.all())
    await place.data('partition', 'check', ...story.all())
    story.follow(old)
    const retired = await story.restored(place.path('2.backup'), ledger, 6)
    assert.equal(retired.code, 'SHARE-RETIRED')
    assert.match(retired.hint, /^bring the one of epoch 2 .*then: keyrite .*restore .* --share FILE --share FILE$/)
    assert.doesNotMatch(retired.hint, /share\.txt/)
  })

  test('the new set has to be there: M of it, and as many shares shown as one more', async () => {
    const story = await succession(TOGETHER)
    using place = story.place
    await place.data('backup', 'create', place.path('1.backup'), ...story.all())
    const next = await story.stage('custodians')
    const refusedBy = async (...shares: string[]) => {
      const args = ['quorum', 'replace', '--copy', place.path('stick'), '--confirm', 'custodians', ...shares]
      const { code, json } = await place.keyrite(args)
      return [code, json.error.code, json.error.message]
    }
    const old = story.all()
    const one = story.by(next, 0, 1)
    assert.deepEqual(await refusedBy(...old, ...one), [3, 'QUORUM-MET', '1 of 2 custodians, epoch 2, have approved'])
    assert.deepEqual(await refusedBy(...story.by(next)), [3, 'QUORUM-MET', '0 of 2 custodians, epoch 1, have approved'])
    assert.deepEqual((await refusedBy(...old, ...one, ...one))[1], 'SHARE-REPEATED')
    assert.deepEqual(
      (await place.keyrite(['quorum', 'replace', ...old, ...story.by(next)])).json.error.code,
      'INPUT-MISSING',
    )
    assert.deepEqual(
      place.records().filter(({ plan }) => plan?.op === 'quorum.replace'),
      [],
    )
    await place.data('key', 'rotate', 'card', ...old)
    await story.replace(next, '--accept', 'unbacked')
  })

  test('in one sitting: the old M and everyone of the new set, each of whom reads their share back', async () => {
    const story = await succession(TOGETHER)
    using place = story.place
    const args = (...more: string[]) => [
      ...[
        'quorum',
        'replace',
        '--remove',
        'carol',
        '--add',
        'dan',
        '--add',
        'erin',
        '--threshold',
        '3',
        '--accept',
        'unbacked',
      ],
      ...['--shares-dir', place.path('shares'), '--copy', place.path('stick'), '--confirm', 'custodians', ...more],
    ]
    const files = readdirSync(place.path('shares'))
    const alone = await place.keyrite(args('--unsafe-plain-shares', ...story.by(story.set('custodians'), 0, 1)))
    assert.deepEqual([alone.code, alone.json.error.code], [3, 'QUORUM-MET'])
    // Nothing came of those shares.
    assert.deepEqual(readdirSync(place.path('shares')), files)
    const { json, stderr } = await place.keyrite(args('--unsafe-plain-shares', ...story.all()))
    assert.deepEqual(json?.data?.pins?.length, 2, stderr)
    assert.match(
      stderr,
      /needs +2 of 3 custodians with shares of epoch 1, and 4 of 4 custodians with shares of epoch 2\n/,
    )
    story.follow({ ...story.set('custodians'), epoch: 2, threshold: 3, people: ['alice', 'bob', 'dan', 'erin'] })
    const intent = place.records().findLast(({ plan }) => plan?.op === 'quorum.replace')
    assert.deepEqual(
      intent.approvals
        .map(({ custodian, epoch }: { custodian: string; epoch: number }) => `${custodian} ${epoch}`)
        .sort(),
      ['alice 2', 'bob 1', 'bob 2', 'carol 1', 'dan 2', 'erin 2'],
    )
    await place.data('audit', 'verify')
    await place.data('key', 'rotate', 'card', ...story.all())
  })

  test('what never took over is refused by name, and its epoch is not used again', async () => {
    const story = await succession(TOGETHER)
    using place = story.place
    const never = await story.stage('custodians')
    await place.data('quorum', 'unstage', ...story.all())
    const { json } = await place.keyrite(['key', 'rotate', 'card', ...story.by(never)])
    assert.deepEqual([json.error.code, json.error.hint], ['SHARE-RETIRED', 'bring the one of epoch 1'])
    assert.match(json.error.message, /alice's, but of epoch 2, which never took over$/)
    const next = await story.stage('custodians')
    assert.equal(next.epoch, 3)
    const { burn } = await story.replace(next, '--accept', 'unbacked')
    assert.deepEqual(
      burn.map(({ custodian, epoch }: { custodian: string; epoch: number }) => `${custodian} ${epoch}`),
      ['alice 1', 'bob 1', 'carol 1', 'alice 2', 'bob 2', 'carol 2'],
    )
  })

  test('where so, user and recovery are held apart each group follows alone', async () => {
    const story = await succession(APART)
    using place = story.place
    await place.data('backup', 'create', place.path('1.backup'), ...story.all())
    const pins = []
    for (const name of ['operators', 'keepers', 'officers']) {
      const next = await story.stage(name)
      pins.push(
        (await story.replace(next)).pins.map(({ role, epoch }: { role: string; epoch: number }) => [role, epoch]),
      )
      await place.data('key', 'rotate', 'card', ...story.byRoles('user'))
      await place.data('backup', 'create', place.path(`${name}.backup`), ...story.all())
    }
    assert.deepEqual(pins, [[['user', 2]], [], [['so', 2]]])
    await place.data('audit', 'verify')
    const ledger = place.path('officers.backup.ledger')
    assert.equal((await story.restored(place.path('officers.backup'), ledger)).keys.length, 4)
    assert.equal((await story.restored(place.path('1.backup'), ledger, 6)).code, 'RESTORE-COMPLETE')
  })

  // Where groups are held apart each follows in its turn.
  for (const sets of sample([TOGETHER, APART], (one) => one === TOGETHER))
    test(`ten times in a row, ${sets.length} groups; the home is lost, and every backup of every epoch comes back with the shares of today`, async () => {
      const story = await succession(sets)
      using place = story.place
      const backups: string[] = []
      for (let turn = 1; turn <= 10; turn++) {
        backups.push(place.path(`${turn}.backup`))
        await place.data('backup', 'create', backups.at(-1)!, ...story.all())
        const { name, people, epoch } = story.set(sets[turn % sets.length]!.name)
        const next = await story.stage(name, '--remove', people[0]!, '--add', `p${turn}`)
        assert.equal(next.epoch, epoch + 1)
        await story.replace(next)
      }
      const { name, epoch } = story.set(sets[10 % sets.length]!.name)
      const ledger = place.path('stick', `pay.${name}.e${epoch}.ledger`)
      rmSync(place.home, { recursive: true })
      for (const backup of sample(backups, (_, i) => [0, 4, 9].includes(i))) {
        const { keys } = await story.restored(backup, ledger)
        assert.deepEqual(
          keys.map(({ name }: { name: string }) => name),
          ['card'],
        )
      }
    })
})
