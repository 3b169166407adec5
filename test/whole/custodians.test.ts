// What is recorded of custodians and of their envelopes: signed by the right shares, told to whoever asks, and in nobody's way.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { blank, initArgs, partition, type TestPartition } from '../support/partition.ts'

const by = (place: TestPartition, ...names: string[]) => names.flatMap((name) => ['--share', place.share(name)])

/** As audit show tells of them. */
const ACTS: readonly RegExp[] = [
  /alice has acknowledged the duties of a custodian\n.*form\.pdf/,
  /the share of alice, epoch 1, is sealed in bag 4711 at safe 2 before Dora Dent, Eve\n +signed by bob and carol/,
  /the share of alice, epoch 1, is opened/,
  /bob leaves on 2026-01-31/,
  /the share of bob, epoch 1, is destroyed/,
]

describe('custodians', { concurrency: 2 }, () => {
  test('acknowledge, seal, open, destroy and depart, as every view tells them', async () => {
    using place = await partition()
    writeFileSync(place.path('form.pdf'), 'I, alice, ...\n')
    const form = await place.data(
      'custodian',
      'acknowledge',
      'alice',
      '--form',
      place.path('form.pdf'),
      ...by(place, 'alice'),
    )
    assert.equal(form.form.sha256, createHash('sha256').update('I, alice, ...\n').digest('hex'))
    const seen = by(place, 'bob', 'carol')
    const bag = ['--sealed', '4711', '--place', 'safe 2', '--witness', 'Eve', '--witness', 'Dora Dent']
    await place.data('share', 'record', 'alice', ...bag, ...seen)
    // It stands in no way that alice's share is used all the same, and it is found out.
    const rotated = await place.data('key', 'rotate', 'card', ...by(place, 'alice', 'bob'))
    const shown = await place.data('quorum', 'show')
    const [alice] = shown.custody
    assert.deepEqual(
      [alice.kept.bag, alice.kept.witnesses, alice.acknowledged.form.name, alice.kept.used],
      ['4711', ['Dora Dent', 'Eve'], 'form.pdf', rotated.seq - 1],
    )
    assert.match(
      shown.warnings.join('\n'),
      /the share of alice was used by record \d+, and is said to be sealed in bag 4711/,
    )
    await place.data('share', 'record', 'alice', '--opened', ...seen)
    await place.data('custodian', 'depart', 'bob', '--on', '2026-01-31', ...by(place, 'alice', 'carol'))
    // A share that counts is not written off by a slip.
    const destroyed = ['share', 'record', 'bob', '--destroyed', ...by(place, 'alice', 'carol')]
    const unconfirmed = await place.keyrite(destroyed)
    assert.deepEqual([unconfirmed.code, unconfirmed.json.error.code], [2, 'INPUT-MISSING'])
    assert.match(unconfirmed.stderr, /the share of bob, epoch 1, WHICH IS IN FORCE, was destroyed/)
    const other = await place.keyrite([...destroyed, '--confirm', 'carol'])
    assert.deepEqual([other.code, other.json.error.code], [3, 'CONFIRMED'])
    const burnt = await place.data(...destroyed, '--confirm', 'bob')
    const { checks } = await place.data('doctor')
    const found = checks.find(({ name }: { name: string }) => name === 'pay: custodians')
    assert.equal(found.status, 'warning')
    assert.match(found.found, /bob left on 2026-01-31 .*; the share of bob was destroyed/)
    const { records } = await place.data('audit', 'show', '--by', 'bob')
    assert.ok(records.some(({ record }: { record: { type: string } }) => record.type === 'custodian.departed'))
    await place.data('audit', 'verify')
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
    // What nobody replaced yet goes on, and whoever is there hears what can't be.
    const used = await place.keyrite(['key', 'rotate', 'card', ...by(place, 'bob', 'carol')])
    assert.match(
      used.stderr,
      new RegExp(`warning: the share of bob, epoch 1, is said to be destroyed, by record ${burnt.seq}, and is here`),
    )
    const { warnings } = await place.data('quorum', 'show')
    const { seq } = used.json.data
    assert.match(
      warnings.join('\n'),
      new RegExp(`the share of bob was used by record ${seq - 1}, and is said to be destroyed, by record ${burnt.seq}`),
    )
    const told = await perform(['audit', 'show'], { home: place.home, env: place.folder.env })
    assert.match(
      told.stdout,
      new RegExp(
        `approved by bob \\(from a file, though that share is said to be destroyed, by record ${burnt.seq}\\), carol \\(from a file\\)`,
      ),
    )
    for (const line of ACTS) assert.match(told.stdout, line)
    // What he approved before is as it was, and so is what alice did while hers was said to be sealed.
    const though = told.stdout.match(/though that share is said to be (destroyed|sealed)/g)
    assert.deepEqual(though, ['though that share is said to be sealed', 'though that share is said to be destroyed'])
    const drilled = await place.keyrite(['quorum', 'drill', ...by(place, 'bob')])
    assert.match(drilled.stderr, /warning: the share of bob, epoch 1, is said to be destroyed/)
  })

  test('whoever must not sign does not, and nothing is recorded', async () => {
    using place = await partition()
    copyFileSync(place.ledger, place.path('before'))
    writeFileSync(place.path('form'), 'x')
    writeFileSync(place.path('nothing'), '')
    const depart = ['custodian', 'depart', 'carol', '--on', '2026-12-31']
    const seal = ['share', 'record', 'carol', '--sealed', '1']
    const rows: [args: string[], exit: number, code: string][] = [
      [[...depart, ...by(place, 'alice')], 3, 'STATEMENT-OTHERS'],
      [[...depart, ...by(place, 'alice', 'carol')], 3, 'STATEMENT-OTHERS'],
      [[...depart, ...by(place, 'alice', 'alice')], 3, 'SHARE-REPEATED'],
      [['custodian', 'depart', 'carol', '--on', '2026-02-30', ...by(place, 'alice', 'bob')], 2, 'TIME'],
      [['custodian', 'depart', 'mallory', '--on', '2026-12-31', ...by(place, 'alice', 'bob')], 3, 'CUSTODIAN-KNOWN'],
      [['custodian', 'depart', 'carol', ...by(place, 'alice', 'bob')], 2, 'INPUT-MISSING'],
      [
        ['custodian', 'acknowledge', 'carol', '--form', place.path('form'), ...by(place, 'alice')],
        3,
        'SHARE-NOT-NEEDED',
      ],
      [['custodian', 'acknowledge', 'alice', '--form', place.path('nothing'), ...by(place, 'alice')], 3, 'FILE-EMPTY'],
      [['custodian', 'acknowledge', 'alice', '--form', place.path('gone'), ...by(place, 'alice')], 2, 'FILE-MISSING'],
      [[...seal, '--opened', ...by(place, 'alice', 'bob')], 2, 'CUSTODY-TOLD'],
      [[...seal, '--epoch', '2', ...by(place, 'alice', 'bob')], 3, 'CUSTODIAN-KNOWN'],
      [['share', 'record', 'carol', '--destroyed', ...by(place, 'alice', 'bob')], 2, 'INPUT-MISSING'],
      [['share', 'record', 'carol', '--sealed', 'a\u0007b', ...by(place, 'alice', 'bob')], 2, 'TEXT'],
    ]
    for (const [args, exit, code] of rows) {
      const { json, code: ended, stderr } = await place.keyrite(args)
      assert.deepEqual([ended, json.error?.code], [exit, code], `${args.join(' ')} ${stderr}`)
    }
    assert.deepEqual(readFileSync(place.ledger), readFileSync(place.path('before')))
  })

  test('where two people are all, the other one signs alone', async () => {
    using place = blank('plain', ['alice', 'bob'])
    await place.data(...initArgs(place))
    const leaves = ['custodian', 'depart', 'alice', '--on', '2099-12-31']
    const own = await place.keyrite([...leaves, ...by(place, 'alice')])
    assert.deepEqual([own.code, own.json.error.code], [3, 'STATEMENT-OTHERS'])
    await place.data(...leaves, ...by(place, 'bob'))
    await place.data('share', 'record', 'bob', '--sealed', '1', ...by(place, 'alice'))
    assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
  })
})
