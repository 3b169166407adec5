// A share is shown to be at hand, at a station and from afar: what the ledger keeps of it, what nobody can pass off as one, and what is warned of.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { clockAhead } from '../support/shims.ts'
import { leaveOutRsa } from '../support/softhsm.ts'

leaveOutRsa()

const OTHER = '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2c'

const drill = (place: TestPartition, ...more: string[]) => place.keyrite(['quorum', 'drill', ...more])

describe('quorum drill', { concurrency: 2 }, () => {
  test('at a station each share has a record, and quorum show tells when it was last shown', async () => {
    using place = await partition('sealed')
    const before = place.records().length
    const shares = [...place.approvedBy('alice'), ...place.approvedBy('carol')]
    const { json } = await drill(place, ...shares)
    assert.deepEqual(
      json.data.drills.map(({ custodian, seq }: { custodian: string; seq: number }) => [custodian, seq]),
      [
        ['alice', before],
        ['carol', before + 1],
      ],
    )
    const [, second] = place.records().slice(before)
    assert.deepEqual([second.type, second.challenge.seq, second.proof.custodian], ['drill', before - 1, 'carol'])
    const { custody, warnings } = await place.data('quorum', 'show')
    assert.deepEqual(
      custody.map((one: { custodian: string; proven: { by: string } }) => [one.custodian, one.proven.by]),
      [
        ['alice', 'drill'],
        ['bob', 'approval'],
        ['carol', 'drill'],
      ],
    )
    assert.equal(warnings.length, 1)
    await place.data('audit', 'verify')
    const { records } = await place.data('audit', 'show', '--op', 'drill')
    assert.deepEqual(
      records.map((told: { record: { type: string } }) => told.record.type),
      place.records().flatMap(({ type }) => (type === 'drill' ? [type] : [])),
    )
    // Nothing that an approval opens was needed, and nothing is in its way.
    await place.data('key', 'rotate', 'card', ...place.approvedBy('alice', 'bob'))
    // A year on the last record is old, and the drill is of its own day, here and elsewhere.
    const env = clockAhead(365 * 86_400)
    const quiet = place.records().length
    const later = await place.keyrite(['quorum', 'drill', ...place.approvedBy('bob')], { env })
    const [note, shown] = place.records().slice(quiet)
    assert.deepEqual([note.type, shown.type, shown.challenge.seq], ['note', 'drill', note.seq])
    assert.equal(later.json.data.drills[0].proven, note.time)
    assert.ok(Date.parse(note.time) - Date.now() > 364 * 86_400_000)
    const challenge = await place.keyrite(['quorum', 'drill', '--out', place.path('late.challenge')], { env })
    assert.equal(challenge.json.data.challenge.seq, shown.seq)
  })

  test('what is refused: no share, one twice, a stranger, and ways that do not go together', async () => {
    using place = await partition()
    using other = blank()
    await other.data(...initArgs(other))
    const alice = ['--share', place.share('alice')]
    const rows: [args: string[], exit: number, code: string][] = [
      [[], 2, 'INPUT-MISSING'],
      [[...alice, ...alice], 3, 'SHARE-REPEATED'],
      [['--share', other.share('alice')], 3, 'SHARE-FOREIGN'],
      [['--out', place.path('x'), ...alice], 2, 'USAGE'],
      [['--in', place.path('x'), ...alice], 2, 'USAGE'],
      [['--in', place.share('alice')], 5, 'STATEMENT-FILE'],
      [['--challenge', place.ledger, '--out', place.path('x'), ...alice], 5, 'STATEMENT-FILE'],
    ]
    const before = place.records().length
    for (const [args, exit, code] of rows) {
      const { json, code: ended, stderr } = await drill(place, ...args)
      assert.deepEqual([ended, json.error.code, json.error.changed], [exit, code, false], `${args.join(' ')} ${stderr}`)
    }
    assert.equal(place.records().length, before)
  })

  test('from a machine without the ledger: as old as its challenge, and of this ledger alone', async () => {
    using place = await partition()
    const [challenge, answer] = [place.path('pay.challenge'), place.path('bob.answer')]
    await place.data('quorum', 'drill', '--out', challenge)
    const asked = place.records().at(-1)
    // The ledger goes on while the challenge is away.
    await place.data('quorum', 'drill', '--share', place.share('alice'))
    await place.data('key', 'rotate', 'card', ...place.approvedBy('alice', 'carol'))
    const there = ['--home', place.path('nowhere'), '--challenge', challenge]
    const { json } = await drill(place, ...there, '--share', place.share('bob'), '--out', answer)
    assert.deepEqual(json.data.challenge.seq, asked.seq)
    assert.doesNotMatch(readFileSync(answer, 'utf8'), /krs1|"bob"/)
    const [taken] = (await place.data('quorum', 'drill', '--in', answer)).drills
    assert.deepEqual([taken.custodian, taken.proven], ['bob', asked.time])
    const held = (await place.data('quorum', 'show')).custody
    assert.equal(held.find(({ custodian }: { custodian: string }) => custodian === 'bob').proven.time, asked.time)
    await place.data('audit', 'verify')
    const again = await drill(place, '--in', answer)
    assert.deepEqual([again.code, again.json.error.code, again.json.error.changed], [3, 'SHARE-REPEATED', false])
    assert.match(again.json.error.message, new RegExp(`bob has answered this challenge before: record ${taken.seq}`))

    // Whoever takes a file to the wrong command hears which is the right one.
    const confirmation = place.path('bob.confirmation')
    const bobs = ['--home', place.path('nowhere'), '--share', place.share('bob')]
    await place.data('quorum', 'confirm', ...bobs, '--out', confirmation)
    for (const [how, file, what, right] of [
      ['drill', confirmation, 'is the confirmation of a new share, not', 'quorum confirm --in'],
      ['drill', challenge, 'is a challenge for a share, not', 'quorum drill --challenge'],
      ['confirm', answer, 'is the answer of a share to a challenge, not', 'quorum drill --in'],
    ] as const) {
      const { code, json: told } = await place.keyrite(['quorum', how, '--in', file])
      assert.deepEqual([code, told.error.code], [5, 'STATEMENT-FILE'])
      assert.ok(told.error.message.includes(`${file} ${what}`), told.error.message)
      assert.ok(told.error.hint.includes(`${right} ${file}`), told.error.hint)
    }

    const bent = (change: (text: string) => string) => {
      writeFileSync(place.path('bent'), change(readFileSync(answer, 'utf8')))
      return drill(place, '--in', place.path('bent'))
    }
    const elsewhere = await bent((text) => text.replace(/"seq":\d+/, '"seq":0'))
    assert.deepEqual([elsewhere.code, elsewhere.json.error.code], [5, 'STATEMENT-CHALLENGE'])
    const [alice, bob, carol] = place.records()[0].groups[0].custodians
    const another = await bent((text) => text.replace(bob.key, carol.key))
    assert.deepEqual([another.code, another.json.error.code], [5, 'STATEMENT-SIGNED'])
    const stranger = await bent((text) => text.replace(bob.key, alice.key.replaceAll(/[a-z]/g, 'A')))
    assert.equal(stranger.json.error.code, 'SHARE-FOREIGN')
    // The share's file knows of which partition it is.
    const wrong = readFileSync(challenge, 'utf8').replace(/"partition":"[^"]*"/, `"partition":"${OTHER}"`)
    writeFileSync(place.path('wrong'), wrong)
    const flags = ['--challenge', place.path('wrong'), '--share', place.share('bob'), '--out', `${answer}2`]
    const refused = await drill(place, ...flags)
    assert.deepEqual([refused.code, refused.json.error.code], [3, 'SHARE-FOREIGN'])
  })
})
