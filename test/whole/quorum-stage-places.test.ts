// New shares where there are two groups, two at once, a disk that is full, and a command that is killed: what is left, and what goes on.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readAll } from '../support/independent.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { environment, launcher } from '../support/keyrite.ts'
import { blank, initByGroups, partition, type TestPartition } from '../support/partition.ts'
import { probeEnv } from '../support/probe.ts'
import { leaveOutRsa } from '../support/softhsm.ts'
import { newShare, ofFour, stageArgs, staged } from '../support/stage.ts'

leaveOutRsa()

/** By both readers. */
async function verified(place: TestPartition): Promise<void> {
  await place.data('audit', 'verify')
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
}

const refusal = ({ code, json }: Awaited<ReturnType<TestPartition['keyrite']>>) => [code, json.error?.code]
const names = (place: TestPartition) => readdirSync(place.path('new')).sort()
const SET = ['alice.e2.share.txt', 'bob.e2.share.txt', 'dan.e2.share.txt']
const noteOf = (place: TestPartition) => place.path('home', 'pay', 'issue.json')

describe('quorum stage', { concurrency: 2 }, () => {
  test('of one group among two: that group and whoever holds user approve, and the files say which group', async () => {
    using place = blank()
    const groups = ['officers:so,recovery:2:alice,bob,carol', 'operators:user:2:dave,erin,frank']
    await place.data(...initByGroups(place, groups))
    mkdirSync(place.path('new'), { mode: 0o700 })
    const by = (group: string, ...people: string[]) =>
      people.flatMap((name) => ['--share', place.path('shares', `${name}.${group}.share.txt`)])
    const stage = ['quorum', 'stage', '--shares-dir', place.path('new'), '--unsafe-plain-shares']
    assert.deepEqual(refusal(await place.keyrite([...stage, ...by('operators', 'dave', 'erin')])), [2, 'INPUT-MISSING'])
    const officers = [...stage, '--group', 'officers']
    // The so must not be held by fewer than any other role.
    const most = [...stage, '--group', 'operators', '--threshold', '3', '--accept', 'no-spare']
    assert.deepEqual(refusal(await place.keyrite([...most, ...by('operators', 'dave', 'erin')])), [3, 'ROSTER-SO'])
    const alone = await place.keyrite([...officers, ...by('officers', 'alice', 'bob')])
    assert.deepEqual(refusal(alone), [3, 'QUORUM-MET'])
    assert.match(alone.json.error.message, /0 of 2 custodians of operators/)
    const operators = [...stage, '--group', 'operators', '--remove', 'frank', '--add', 'gina']
    await place.data(...operators, ...by('operators', 'dave', 'erin'))
    assert.deepEqual(
      place
        .records()
        .at(-2)
        .plan.needs.map(({ group }: { group: string }) => group),
      ['operators'],
    )
    assert.deepEqual(names(place), [
      'dave.operators.e2.share.txt',
      'erin.operators.e2.share.txt',
      'gina.operators.e2.share.txt',
    ])
    // One set at a time, whichever group it is of.
    const both = [...by('officers', 'alice', 'bob'), ...by('operators', 'dave', 'erin')]
    assert.deepEqual(refusal(await place.keyrite([...officers, ...both])), [3, 'STAGE-OPEN'])
    await place.data('quorum', 'unstage', ...by('operators', 'erin', 'frank'))
    await place.data(...officers, ...both)
    await verified(place)
  })

  test('LOCKED: while one waits for its shares no other begins, and its files stay', async () => {
    using place = await partition()
    const env = environment({ home: place.home, env: place.folder.env })
    const words = [...stageArgs(place), '--share-fd', '0', '--json', '--no-input']
    const first = spawn(launcher, words, { env, stdio: ['pipe', 'ignore', 'ignore'] })
    const ended = once(first, 'exit')
    try {
      while (names(place).length < 3 && first.exitCode === null) await sleep(20)
      const by = place.approvedBy('alice', 'bob')
      for (const args of [
        [...stageArgs(place), ...by],
        ['quorum', 'unstage', ...by],
        ['quorum', 'confirm', '--share', place.share('carol')],
      ])
        assert.deepEqual(refusal(await place.keyrite(args)), [3, 'LOCKED'], args.join(' '))
      assert.deepEqual(names(place), SET)
    } finally {
      first.stdin!.end(['alice', 'bob'].map((name) => readFileSync(place.share(name))).join('\n'))
    }
    assert.deepEqual(await ended, [0, null])
    assert.equal((await place.data('quorum', 'show')).stage.proven, 3)
  })

  test('killed before its intent, its files are useless, and the next stage takes them away', async () => {
    using place = await partition()
    const args = (of: TestPartition) => [...stageArgs(of), ...of.approvedBy('alice', 'bob')]
    mkdirSync(place.path('out'))
    let noted = 0
    await killedAfter(
      place,
      args,
      ({ name, path }) => name === 'rename' && path.endsWith('issue.json') && ++noted === 3,
    )
    assert.deepEqual([names(place), existsSync(noteOf(place))], [SET.slice(0, 2), true])
    assert.equal((await place.data('quorum', 'show')).stage, undefined)
    const looked = await place.keyrite(['doctor'])
    const told = (looked.json.data ?? looked.json.error.data).checks.find(
      ({ name }: { name: string }) => name === 'pay: new shares',
    )
    assert.match(told.found, /^2 share files of a set that never came to be: \S+alice\.e2\.share\.txt, \S+bob\.e2\S+$/)
    assert.match(told.hint, /they open nothing: destroy them, and each copy: rm \S+alice\.e2\.share\.txt \S+$/)
    // Other work goes on, and touches neither.
    await place.data('key', 'rotate', 'card', ...place.approvedBy('alice', 'bob'))
    assert.ok(existsSync(noteOf(place)))
    const old = readFileSync(newShare(place, 'bob'), 'utf8')
    const { code, stderr } = await place.keyrite(args(place))
    assert.equal(code, 0, stderr)
    assert.match(stderr, /removed \S+bob\.e2\.share\.txt: nothing came of the new shares/)
    assert.notEqual(readFileSync(newShare(place, 'bob'), 'utf8'), old)
    assert.deepEqual([names(place), existsSync(noteOf(place))], [SET, false])
  })

  test('killed after its intent, a recovery finds it done, and the files count', async () => {
    using place = await partition()
    const args = (of: TestPartition) => [...stageArgs(of), ...of.approvedBy('alice', 'bob')]
    mkdirSync(place.path('out'))
    await killedAfter(place, args, onDisk)
    assert.deepEqual(refusal(await place.keyrite(['quorum', 'unstage'])), [6, 'INTENT-OPEN'])
    await place.data('partition', 'recover', ...place.approvedBy('bob', 'carol'))
    assert.deepEqual([names(place), existsSync(noteOf(place))], [SET, false])
    assert.equal((await place.data('quorum', 'show')).stage.proven, 3)
    assert.equal((await place.data('share', 'show', newShare(place, 'dan'))).state, 'staged')
  })

  test('on a full disk nothing is staged, and nothing is left of it', async () => {
    using place = await partition()
    const args = stageArgs(place)
    mkdirSync(place.path('probe'))
    const full = probeEnv({ folder: place.path('probe'), roots: [place.path('new')], full: 3 })
    const failed = await place.keyrite([...args, ...place.approvedBy('alice', 'bob')], { env: full })
    assert.deepEqual([failed.code, failed.json.error.changed], [3, false])
    assert.match(failed.stderr, /the disk is full/)
    assert.deepEqual([names(place), existsSync(noteOf(place))], [[], false])
    await staged(place)
  })
})

test('custodian suspend, killed after its intent: a recovery finds it done, and so does every reader', async () => {
  using place = await ofFour()
  mkdirSync(place.path('out'))
  const by = (of: TestPartition) => of.approvedBy('alice', 'bob')
  await killedAfter(place, (of) => ['custodian', 'suspend', 'carol', '--until', '2099-01-31', ...by(of)], onDisk)
  await place.data('partition', 'recover', ...by(place))
  assert.equal((await place.data('share', 'show', place.share('carol'))).state, 'suspended')
  await place.data('custodian', 'resume', 'carol', ...by(place))
  await verified(place)
})
