// New shares for a group are staged, confirmed from wherever their custodians are, and given up; and nothing opens by them meanwhile.
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { backedUp, blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { clockAhead } from '../support/shims.ts'
import { leaveOutRsa } from '../support/softhsm.ts'
import { identity, newShare, ofFour, stageArgs, staged } from '../support/stage.ts'

leaveOutRsa()

/** By both readers. */
async function verified(place: TestPartition): Promise<void> {
  await place.data('audit', 'verify')
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
}

const refusal = ({ code, json }: Awaited<ReturnType<TestPartition['keyrite']>>) => [code, json.error?.code]
const stateOf = async (place: TestPartition, file: string, ...more: string[]) =>
  (await place.data('share', 'show', file, ...more)).state

describe('quorum stage', { concurrency: 2 }, () => {
  test('whoever is new gets a passphrase by a flag; a name of nobody is named before a share is made', async () => {
    using place = await partition('sealed')
    const args = stageArgs(place).filter((word) => word !== '--unsafe-plain-shares')
    const sealed = [...args, '--passphrase-cost', '14', ...place.approvedBy('alice', 'bob'), '--passphrase-file']
    const pass = place.path('passphrases', 'dan')
    writeFileSync(pass, 'dan likes tea\n', { mode: 0o600 })
    const wrong = await place.keyrite([...sealed, `erin=${pass}`])
    assert.deepEqual(refusal(wrong), [2, 'USAGE'])
    assert.equal(wrong.json.error.message, '--passphrase-file: erin is not a custodian of this partition')
    const typed = await place.keyrite([...sealed, 'hunter=two'])
    assert.equal(
      typed.json.error.message,
      '--passphrase-file: a name that was given is not a custodian of this partition',
    )
    assert.deepEqual(readdirSync(place.path('new')), [])
    const { group } = await place.data(...sealed, `dan=${pass}`)
    assert.deepEqual(group.custodians, ['alice', 'bob', 'dan'])
  })

  test('with people here and elsewhere: what each gets, signs and sees, until it is given up', async () => {
    using place = await backedUp('sealed')
    const by = place.approvedBy('alice', 'bob')
    const dan = identity(place, 'dan')
    const args = stageArgs(place).filter((word) => word !== '--unsafe-plain-shares')
    const sealed = ['--passphrase-cost', '14', '--recipient', `dan=${dan.recipient}`]
    // Whoever leaves may approve it, and has a passphrase.
    const foreseen = (await place.data(...args, ...sealed, ...place.approvedBy('alice', 'bob', 'carol'), '--dry-run'))
      .plan
    assert.deepEqual([foreseen.group.epoch, foreseen.joins, foreseen.leaves], [2, ['dan'], ['carol']])
    assert.deepEqual(readdirSync(place.path('new')), [])

    const { code, json, stderr } = await place.keyrite([...args, ...sealed, ...by])
    assert.equal(code, 0, stderr)
    assert.deepEqual(json.data.group, {
      name: 'custodians',
      epoch: 2,
      threshold: 2,
      custodians: ['alice', 'bob', 'dan'],
    })
    const [intent] = place.records().slice(-2)
    const { group, issued } = intent.plan
    assert.deepEqual(
      issued.map((one: { custodian: string; recipient?: string; confirmation?: string }) => [
        one.custodian,
        one.recipient ?? 'read back',
        one.confirmation?.length,
      ]),
      [
        ['alice', 'read back', 86],
        ['bob', 'read back', 86],
        ['dan', dan.recipient, undefined],
      ],
    )
    // Whoever approves sees who has the shares, and the recipient whole.
    assert.match(stderr, /becomes +epoch 2: 2 of 3/)
    assert.ok(stderr.includes(dan.recipient))
    assert.match(stderr, /opens +nothing yet: the shares of epoch 1 count until quorum replace/)
    assert.deepEqual(readdirSync(place.path('new')).sort(), [
      'alice.e2.share.age',
      'bob.e2.share.age',
      'dan.e2.share.age',
    ])
    assert.ok(!existsSync(join(place.home, 'pay', 'issue.json')))
    const files = readdirSync(place.path('new')).map((name) => readFileSync(place.path('new', name), 'utf8'))
    assert.doesNotMatch(files.join() + readFileSync(place.ledger, 'utf8'), /krs1/)

    const shown = await place.data('quorum', 'show')
    assert.deepEqual([shown.groups[0].epoch, shown.stage.proven, shown.stage.needed], [1, 2, 3])
    assert.match(
      shown.warnings.join('\n'),
      /new shares of custodians, epoch 2, are staged since .*; not confirmed by dan/,
    )
    const { checks } = await place.data('doctor')
    assert.match(
      checks.find(({ name }: { name: string }) => name === 'pay: custodians').found,
      /staged since .* not confirmed by dan/,
    )
    const danOpens = ['--identity', dan.file]
    assert.equal(await stateOf(place, newShare(place, 'dan', 2, 'age'), ...danOpens), 'staged')

    // They open nothing, and other work goes on.
    const early = await place.keyrite([
      'key',
      'rotate',
      'card',
      '--share',
      newShare(place, 'dan', 2, 'age'),
      ...danOpens,
    ])
    assert.deepEqual(refusal(early), [3, 'SHARE-STAGED'])
    assert.equal(early.json.error.hint, 'dan does not belong to custodians: bring the share of somebody who does')
    await place.data('key', 'rotate', 'card', ...by)
    assert.deepEqual(refusal(await place.keyrite([...args, ...sealed, ...by])), [3, 'STAGE-OPEN'])

    // From a machine with no ledger and no library, then from one with a copy of the ledger.
    const nowhere = ['--home', place.path('nowhere'), '--share', newShare(place, 'dan', 2, 'age'), ...danOpens]
    const alone = await place.keyrite(['quorum', 'confirm', ...nowhere, '--out', place.path('alone')])
    assert.deepEqual([alone.json.data.custodian, alone.json.data.epoch, alone.json.data.compared], ['dan', 2, false])
    copyFileSync(place.ledger, place.path('copy'))
    const seen = ['--ledger', place.path('copy'), '--out', place.path('seen')]
    const compared = await place.keyrite(['quorum', 'confirm', ...nowhere, ...seen])
    assert.equal(compared.json.data.compared, true)
    assert.equal(readFileSync(place.path('alone'), 'utf8'), readFileSync(place.path('seen'), 'utf8'))
    const [confirmed] = (await place.data('quorum', 'confirm', '--in', place.path('alone'))).confirmed
    assert.deepEqual([confirmed.custodian, confirmed.group, confirmed.epoch], ['dan', 'custodians', 2])
    assert.deepEqual(refusal(await place.keyrite(['quorum', 'confirm', '--in', place.path('seen')])), [
      3,
      'CONFIRM-ONCE',
    ])
    const now = await place.data('quorum', 'show')
    assert.deepEqual([now.stage.proven, now.stage.shares[2].confirmed.seq], [3, confirmed.seq])

    const plan = (await place.data('quorum', 'unstage', '--dry-run')).plan
    assert.deepEqual(plan.group, group)
    await place.data('quorum', 'unstage', '--reason', 'dan stays away', ...by)
    assert.equal(await stateOf(place, newShare(place, 'dan', 2, 'age'), ...danOpens), 'unstaged')
    const gone = await place.keyrite([
      'key',
      'rotate',
      'card',
      '--share',
      newShare(place, 'dan', 2, 'age'),
      ...danOpens,
    ])
    assert.deepEqual(refusal(gone), [3, 'SHARE-RETIRED'])
    const late = ['quorum', 'confirm', '--share', newShare(place, 'dan', 2, 'age'), ...danOpens]
    assert.deepEqual(refusal(await place.keyrite(late)), [3, 'CONFIRM-OPEN'])
    assert.deepEqual(refusal(await place.keyrite(['quorum', 'unstage', ...by])), [3, 'STAGE-KNOWN'])

    // An epoch is never used twice, and what was given up is told of.
    const again = await place.data(...args, ...sealed, ...by)
    assert.equal(again.group.epoch, 3)
    const { former } = await place.data('quorum', 'show', '--former')
    assert.deepEqual(
      former.map(({ epoch, standing }: { epoch: number; standing: string }) => [epoch, standing]),
      [[2, 'unstaged']],
    )
    await verified(place)
  })

  test('every refusal by its name, and nothing left of it', async () => {
    using place = await partition()
    const by = place.approvedBy('alice', 'bob')
    const stage = (...more: string[]) => {
      const [noun, verb, ...rest] = stageArgs(place).filter(
        (word) => !['--remove', 'carol', '--add', 'dan'].includes(word),
      )
      return [noun!, verb!, ...rest, ...more, ...by]
    }
    copyFileSync(place.share('carol'), place.path('new-carol'))
    const rows: [args: string[], exit: number, code: string][] = [
      [stage('--remove', 'mallory'), 3, 'CUSTODIAN-KNOWN'],
      [stage('--add', 'alice'), 3, 'ROSTER-NAMES'],
      [stage('--add', 'dan', '--add', 'dan'), 3, 'ROSTER-NAMES'],
      [stage('--group', 'others'), 3, 'ROSTER-SAME'],
      [stage('--threshold', '4'), 3, 'ROSTER-THRESHOLD'],
      [stage('--remove', 'carol', '--remove', 'bob'), 3, 'ROSTER-THRESHOLD'],
      [stage('--threshold', '3'), 3, 'ROSTER-SPARE'],
      [stage('--remove', 'carol'), 3, 'ROSTER-SPARE'],
      [stage('--threshold', '1'), 2, 'USAGE'],
      [stage('--recipient', 'dan=age1x'), 2, 'USAGE'],
      [stage('--recipient', 'eve=age1x'), 2, 'USAGE'],
      [stage('--accept', 'unbacked'), 2, 'USAGE'],
      [stage().map((word) => (word === place.path('new') ? place.path('nowhere') : word)), 2, 'SHARES-DIR'],
      [['quorum', 'stage', ...by], 2, 'INPUT-MISSING'],
      [['quorum', 'stage', '--shares-dir', place.path('new'), ...by], 2, 'INPUT-MISSING'],
      [['quorum', 'unstage', ...by], 3, 'STAGE-KNOWN'],
      [stage().slice(0, -2), 3, 'QUORUM-MET'],
      [[...stage().slice(0, -2), '--share', place.share('alice')], 3, 'SHARE-REPEATED'],
    ]
    const before = place.records().length
    for (const [args, exit, code] of rows) {
      const result = await place.keyrite(args)
      assert.deepEqual(
        [...refusal(result), result.json.error?.changed],
        [exit, code, false],
        `${args.join(' ')} ${result.stderr}`,
      )
      assert.deepEqual(readdirSync(place.path('new')), [], args.join(' '))
    }
    const added = place.records().slice(before)
    assert.deepEqual(
      added.map(({ type, op, reason }) => `${type} ${op} ${reason}`),
      ['denied quorum.stage QUORUM-MET', 'denied quorum.stage SHARE-REPEATED'],
    )
    writeFileSync(newShare(place, 'dan'), 'mine\n')
    assert.deepEqual(refusal(await place.keyrite([...stageArgs(place), ...by])), [3, 'FILE-EXISTS'])
    assert.equal(readFileSync(newShare(place, 'dan'), 'utf8'), 'mine\n')
    await place.data(...stage('--threshold', '3', '--accept', 'no-spare', '--reason', 'all of us'))
    assert.deepEqual(place.records().at(-2).plan.accepted, ['no-spare'])
    await verified(place)
  })

  test('what is not a confirmation of this set is none', async () => {
    using place = await partition()
    using other = blank()
    await other.data(...initArgs(other))
    const dan = identity(place, 'dan')
    await staged(place, '--recipient', `dan=${dan.recipient}`)
    const share = ['--share', newShare(place, 'dan', 2, 'age'), '--identity', dan.file]
    const file = place.path('dan.confirmation')
    await place.data('quorum', 'confirm', '--home', place.path('nowhere'), ...share, '--out', file)
    const text = readFileSync(file, 'utf8')
    const bent = async (change: (text: string) => string) => {
      writeFileSync(place.path('bent'), change(text))
      return refusal(await place.keyrite(['quorum', 'confirm', '--in', place.path('bent')]))
    }
    const { partition: uuid } = place.records()[0]
    const alice = place.records().at(-2).plan.group.custodians[0].key
    const key = JSON.parse(text).confirmation.key
    const value = JSON.parse(text).confirmation.value
    const rows: [change: (text: string) => string, exit: number, code: string][] = [
      [(one) => one.replace(uuid, other.records()[0].partition), 3, 'SHARE-FOREIGN'],
      [(one) => one.replace('"epoch":2', '"epoch":3'), 3, 'SHARE-FOREIGN'],
      [(one) => one.replace('"custodian":"dan"', '"custodian":"eve"'), 3, 'SHARE-FOREIGN'],
      [(one) => one.replace(key, `${key.startsWith('A') ? 'B' : 'A'}${key.slice(1)}`), 3, 'SHARE-FOREIGN'],
      [(one) => one.replace(key, alice), 3, 'CONFIRM-ONCE'],
      [(one) => one.replace(value, `AAAA${value.slice(4)}`), 5, 'CONFIRMATION-SIGNED'],
      [(one) => one.slice(0, -9), 5, 'STATEMENT-FILE'],
      [(one) => one.replace('confirmation/1', 'confirmation/2'), 5, 'FORMAT-NEWER'],
      [() => readFileSync(place.ledger, 'utf8'), 5, 'STATEMENT-FILE'],
    ]
    for (const [change, exit, code] of rows) assert.deepEqual(await bent(change), [exit, code], change.toString())
    const here = (...more: string[]) => place.keyrite(['quorum', 'confirm', ...more])
    assert.deepEqual(refusal(await here()), [2, 'INPUT-MISSING'])
    assert.deepEqual(refusal(await here('--in', file, ...share)), [2, 'USAGE'])
    assert.deepEqual(refusal(await here(...share, '--ledger', place.ledger)), [2, 'USAGE'])
    assert.deepEqual(refusal(await here('--share', other.share('alice'))), [3, 'SHARE-FOREIGN'])
    assert.deepEqual(refusal(await here(...share, '--out', file)), [3, 'FILE-EXISTS'])
    assert.deepEqual(refusal(await here(...share, ...share)), [3, 'SHARE-REPEATED'])
    const told = await place.data('inspect', file)
    assert.deepEqual([told.kind, told.custodian], ['confirmation', 'dan'])
    // One at the station, by the share itself; those in force can be confirmed as well.
    const { confirmed } = await place.data('quorum', 'confirm', ...share, '--share', place.share('carol'))
    assert.deepEqual(
      confirmed.map((one: { custodian: string; epoch: number }) => [one.custodian, one.epoch]),
      [
        ['dan', 2],
        ['carol', 1],
      ],
    )
    await verified(place)
  })
})

describe('custodian suspend', { concurrency: 2 }, () => {
  test('approves nothing until a day, here and in every reader, and again before it', async () => {
    using place = await ofFour()
    const [by, who] = [place.approvedBy('alice', 'bob'), ['carol', '--until', '2099-01-31']]
    await place.data('custodian', 'suspend', ...who, '--reason', 'on leave', ...by)
    const work = ['key', 'generate', 'card', '--type', 'aes-256']
    const refused = await place.keyrite([...work, ...place.approvedBy('carol', 'alice')])
    assert.deepEqual(refusal(refused), [3, 'APPROVER-SUSPENDED'])
    assert.match(refused.json.error.message, /carol is suspended until 2099-01-31T00:00:00.000Z, and approves nothing/)
    assert.deepEqual([place.records().at(-1).type, place.records().at(-1).custodian], ['denied', 'carol'])
    assert.equal(await stateOf(place, place.share('carol')), 'suspended')
    const { custody, warnings } = await place.data('quorum', 'show')
    assert.equal(custody[2].suspended.until, '2099-01-31T00:00:00.000Z')
    assert.match(warnings.join('\n'), /carol approves nothing until 2099-01-31 00:00 UTC/)
    const { checks } = await place.data('doctor')
    const said = checks.find(({ name }: { name: string }) => name === 'pay: custodians').found
    assert.match(said, /carol approves nothing until 2099-01-31 00:00 UTC/)
    const shown = await perform(['audit', 'show'], { home: place.home, env: place.folder.env })
    assert.match(shown.stdout, /carol is suspended until 2099-01-31T00:00:00.000Z\n +module .*\n +reason: on leave/)
    // She still has her share, and can show it.
    await place.data('quorum', 'drill', '--share', place.share('carol'))
    await place.data('quorum', 'confirm', '--share', place.share('carol'))
    const rows: [args: string[], exit: number, code: string][] = [
      [['suspend', 'dave', '--until', '2099-01-31', ...by], 3, 'SUSPEND-ENOUGH'],
      [['suspend', 'mallory', '--until', '2099-01-31', ...by], 3, 'CUSTODIAN-KNOWN'],
      [['suspend', 'carol', '--until', '2001-01-31', ...by], 3, 'SUSPEND-UNTIL'],
      [['suspend', 'carol', '--until', 'soon', ...by], 2, 'TIME'],
      [['suspend', 'carol', ...by], 2, 'INPUT-MISSING'],
      [['resume', 'dave', ...by], 3, 'CUSTODIAN-SUSPENDED'],
    ]
    for (const [args, exit, code] of rows)
      assert.deepEqual(refusal(await place.keyrite(['custodian', ...args])), [exit, code], args.join(' '))
    await place.data('custodian', 'resume', 'carol', ...by)
    await place.data(...work, ...place.approvedBy('carol', 'alice'))
    assert.equal(await stateOf(place, place.share('carol')), 'in force')
    // A suspension ends by the clock, however far ahead of it the ledger is; whoever checks that later knows the times of records alone.
    const soon = ['carol', '--until', new Date(Date.now() + 3_600_000).toISOString()]
    await place.data('custodian', 'suspend', ...soon, ...by)
    const env = clockAhead(7_200)
    assert.equal((await place.keyrite(['quorum', 'drill', '--share', place.share('dave')], { env })).code, 0)
    assert.equal(await stateOf(place, place.share('carol')), 'suspended')
    assert.ok((await place.data('quorum', 'show')).custody[2].suspended)
    const rotate = ['key', 'rotate', 'card', ...place.approvedBy('carol', 'alice')]
    assert.deepEqual(refusal(await place.keyrite(rotate)), [3, 'APPROVER-SUSPENDED'])
    assert.equal((await place.keyrite(rotate, { env })).code, 0)
    await verified(place)
  })
})
