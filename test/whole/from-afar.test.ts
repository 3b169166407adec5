// Custodians elsewhere approve a change: by what was shown to them, for this one plan and this one process, and by too few to do it alone.
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { quorum } from '../../src/quorum/quorum.ts'
import {
  contribution,
  elsewhere,
  inboxOf,
  resent,
  send,
  signatureOf,
  twoGroups,
  type Waiting,
  wait,
  wide,
} from '../support/afar.ts'
import { readAll } from '../support/independent.ts'
import { killedAfter } from '../support/interrupted.ts'
import { filesBelow, spellings } from '../support/leaks.ts'
import { testModule } from '../support/module.ts'
import { backedUp, blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { clockAhead, hastyClock } from '../support/shims.ts'
import { softhsm, temporaryBase } from '../support/softhsm.ts'

const ROTATE = ['key', 'rotate', 'card']

/** The last one: what it was refused for, and whose share it was. */
const deniedIn = (place: TestPartition) =>
  place
    .records()
    .filter(({ type }) => type === 'denied')
    .map(({ reason, custodian }) => [reason, custodian])

const viasOf = (place: TestPartition) =>
  place
    .records()
    .findLast(({ type }) => type === 'intent')
    .approvals.map(({ custodian, via }: { custodian: string; via: string }) => `${custodian} ${via}`)
    .sort()

/** What is there now, and was not before: that of the machine elsewhere too. */
const newIn = (folder: string, before: ReadonlySet<string>): string[] =>
  readdirSync(folder)
    .filter((name) => !before.has(name))
    .map((name) => join(folder, name))

/** Every way in which somebody could find the share's bytes again. */
async function bytesOf(place: TestPartition, name: string): Promise<Buffer[]> {
  const passphrases = [quorum.readSecretFile(place.passphraseFile(name))]
  const { share } = await quorum.openShareFile(quorum.readShareFile(place.share(name)), { passphrases, identities: [] })
  const text = quorum.formatShareFile(share, {}).trim()
  const payload = Buffer.from(share.payload.reveal())
  return [...spellings(payload), ...spellings(payload.subarray(0, 32)), Buffer.from(text), Buffer.from(text.slice(4))]
}

test('3 of 5: two at the terminal, one on a machine without module and home; no byte of a share is left anywhere', async () => {
  using place = await wide(3, 5, 'sealed')
  const others = new Set(readdirSync(temporaryBase()))
  using dan = await elsewhere(place, 'dan')
  await using waiting = await wait(place, [...ROTATE, ...place.approvedBy('alice', 'bob')])
  const { done, file, plan, code } = waiting
  assert.equal(Date.parse(plan.expires) - Date.parse(plan.created), 3_600_000)
  const shown = await dan.run(['plan', 'show', file, '--ledger', dan.ledger, '--anchor', dan.anchor])
  assert.deepEqual(
    shown.json.data.signed.map(({ custodian }: { custodian: string }) => custodian),
    ['alice', 'bob'],
  )
  assert.equal(shown.json.data.fault, undefined)
  // The code comes by telephone, and from nowhere else.
  const before = await dan.approve(file, 'K7QD 9XMA 2FJT 6V1C H8RW')
  assert.deepEqual([before.code, before.json.error.code], [3, 'PLAN-CODE'])
  for (const text of [shown.stdout, shown.stderr, before.stdout, before.stderr]) assert.ok(!text.includes(code))
  assert.equal(existsSync(dan.path('contribution')), false)

  const { code: ended, json, stderr } = await dan.approve(file, code.toLowerCase().replaceAll(' ', '-'))
  assert.equal(ended, 0, stderr)
  assert.match(stderr, /key\.rotate card[\s\S]*from afar[\s\S]*signed +at the terminal, by alice, bob/)
  assert.deepEqual([json.data.custodian, json.data.plan.code], ['dan', code])
  copyFileSync(dan.path('contribution'), send(place, 'dan.contribution', ''))
  const rotated = await done
  assert.equal(rotated.code, 0, rotated.stderr)
  assert.match(rotated.stderr, /2 of 3 at this terminal, 1 from afar still missing/)
  assert.match(
    rotated.stderr,
    /dan approves from afar, by "dan\.contribution"\n {2}2 of 3 at this terminal, 1 from afar\n/,
  )
  assert.deepEqual(viasOf(place), ['alice file', 'bob file', 'dan contribution'])
  assert.deepEqual(deniedIn(place), [])
  assert.equal(existsSync(file), false, 'nobody is asked any more')

  // Whoever reads the ledger sees it, and that shares are due.
  await place.data('audit', 'verify')
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
  const { due, warnings } = await place.data('quorum', 'show')
  const { seq } = place.records().findLast(({ type }) => type === 'intent')
  assert.deepEqual(
    due.map((one: object) => ({ ...one, time: '' })),
    [{ group: 'custodians', epoch: 1, custodians: ['dan'], time: '', seq }].map((one) => ({
      ...one,
      group: due[0].group,
    })),
  )
  assert.match(warnings.join('\n'), /new shares of \S+ are due: the share of dan, epoch 1, came from afar/)
  const { checks } = await place.data('doctor')
  assert.match(checks.find(({ name }: { name: string }) => name === 'pay: custodians').found, /are due/)

  for (const name of ['alice', 'bob', 'dan']) {
    const bytes = await bytesOf(place, name)
    for (const folder of [place.folder.dir, ...newIn(temporaryBase(), others)])
      for (const [path, content] of filesBelow(folder))
        assert.ok(!bytes.some((one) => content.includes(one)), `${name}'s share is in ${folder}/${path}`)
  }
})

test('4 of 7: two from afar, each on a machine of their own; without them nothing happens', async () => {
  using place = await wide(4, 7)
  const here = place.approvedBy('alice', 'bob')
  const alone = await place.keyrite([...ROTATE, ...here])
  assert.deepEqual([alone.code, alone.json.error.code], [3, 'QUORUM-MET'])
  using frank = await elsewhere(place, 'frank')
  using gina = await elsewhere(place, 'gina')
  await using waiting = await wait(place, [...ROTATE, ...here])
  const { done, file, code } = waiting
  for (const machine of [frank, gina]) {
    assert.equal((await machine.approve(file, code)).code, 0)
    copyFileSync(machine.path('contribution'), send(place, `${machine.name}.contribution`, ''))
  }
  const { code: ended, stderr } = await done
  assert.equal(ended, 0, stderr)
  assert.deepEqual(viasOf(place), ['alice file', 'bob file', 'frank contribution', 'gina contribution'])
  const { warnings } = await place.data('quorum', 'show')
  assert.match(warnings.join('\n'), /the shares of frank, gina, epoch 1, came from afar/)
  // Two sealed shares, and nobody at the terminal, are nothing.
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

/** Waits until the ledger knows of so many refusals. */
async function refusals(place: TestPartition, count: number, { done }: Waiting): Promise<(readonly string[])[]> {
  let isOver = false
  done.then(() => {
    isOver = true
  })
  for (;;) {
    if (isOver) throw new Error('what was to be refused was taken')
    const all = deniedIn(place)
    if (all.length >= count) return all
    await pause(20)
  }
}

test('what a waiting process refuses by name, and records', async () => {
  using place = await twoGroups()
  using stranger = await partition()
  const here = place.approvedBy('alice', 'bob', 'erin', 'frank')
  const backup = ['backup', 'create', place.path('pay.backup'), ...here]
  // One that ends before anybody has sent anything: what was made for it is of no use to the next.
  await using first = await wait(place, ['partition', 'check', ...place.approvedBy('alice', 'bob')])
  const late = await contribution(place, 'carol', first.plan)
  const carol = await contribution(place, 'carol', first.plan)
  send(place, 'carol', carol)
  assert.equal((await first.done).code, 0)

  await using waiting = await wait(place, backup)
  const { done, plan, file } = waiting
  // Two of one group have signed, and nobody of the other.
  using gina = await elsewhere(place, 'gina')
  const ofOps = resent(file, gina.path('ops.plan'), (sent) => {
    sent.signed = sent.signed.filter(({ group }) => group === 'ops')
  })
  const half = await gina.approve(ofOps, waiting.code)
  assert.deepEqual([half.code, half.json.error.code], [5, 'REMOTE-QUORUM'])
  const whole = await contribution(place, 'carol', plan)
  const bend = (change: (sent: Record<string, string>) => void) => {
    const line = JSON.parse(whole)
    change(line.contribution)
    return `${JSON.stringify(line)}\n`
  }
  const turned = (text: string) => `${text[0] === 'A' ? 'B' : 'A'}${text.slice(1)}`
  const other = await quorum.makeSealingKey()
  const strange = `{"contribution":${JSON.stringify({ ...JSON.parse(await contribution(stranger, 'alice', plan)).contribution })}}\n`
  const rows: [name: string, content: string, code: string, whose?: string][] = [
    ['late', late, 'CONTRIBUTION-PLAN'],
    ['partition', bend((sent) => (sent.partition = '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2c')), 'CONTRIBUTION-PLAN'],
    ['plan', bend((sent) => (sent.plan = turned(sent.plan!))), 'CONTRIBUTION-PLAN'],
    ['format', bend((sent) => (sent.format = 'keyrite.contribution/2')), 'FORMAT-NEWER'],
    ['more', bend((sent) => (sent.via = 'file')), 'CONTRIBUTION-FILE'],
    ['key', bend((sent) => (sent.key = turned(sent.key!))), 'SHARE-FOREIGN'],
    ['stranger', strange, 'SHARE-FOREIGN'],
    ['value', bend((sent) => (sent.value = turned(sent.value!))), 'APPROVAL-SIGNED'],
    ['signs', await contribution(place, 'carol', plan, { signs: first.plan }), 'APPROVAL-SIGNED'],
    ['sealed', bend((sent) => (sent.sealed = sent.sealed!.slice(0, -8))), 'CONTRIBUTION-SHARE', 'carol'],
    ['elsewhere', await contribution(place, 'carol', plan, { to: other.recipient }), 'CONTRIBUTION-SHARE', 'carol'],
    ['mixed', await contribution(place, 'carol', plan, { sealed: 'dan' }), 'CONTRIBUTION-SHARE', 'carol'],
    ['signer', await contribution(place, 'bob', plan), 'SHARE-REPEATED', 'bob'],
  ]
  const before = deniedIn(place).length
  for (const [i, [name, content, code, whose]] of rows.entries()) {
    send(place, name, content)
    assert.deepEqual((await refusals(place, before + i + 1, waiting)).at(-1), [code, whose], name)
  }
  // What is no contribution is in nobody's way.
  symlinkSync(place.share('carol'), `${inboxOf(place)}/link`)
  mkdirSync(`${inboxOf(place)}/folder`)
  send(place, 'big', `{"contribution":"${'x'.repeat(70_000)}"}\n`)
  send(place, 'notes.txt', 'call alice at five\n')
  send(place, 'on-its-way', whole.slice(0, 200))

  send(place, 'carol-1', whole)
  const twice = before + rows.length
  while (!readdirSync(inboxOf(place)).includes('carol-1')) await pause(10)
  send(place, 'carol-2', `${whole}`)
  assert.deepEqual((await refusals(place, twice + 1, waiting)).at(-1), ['SHARE-REPEATED', 'carol'])
  send(place, 'dan', await contribution(place, 'dan', plan))
  assert.deepEqual((await refusals(place, twice + 2, waiting)).at(-1), ['REMOTE-QUORUM', 'dan'])
  send(place, 'gina', await contribution(place, 'gina', plan))
  const { code, stderr } = await done
  assert.equal(code, 0, stderr)
  assert.match(stderr, /"link" is passed over: it is a symbolic link/)
  assert.match(stderr, /"big" is passed over: it is too big for a contribution/)
  assert.equal(stderr.match(/"on-its-way" is passed over: it has no end; /g)?.length, 1)
  assert.doesNotMatch(stderr, /notes\.txt|folder"/)
  assert.match(
    stderr,
    /ops: 2 of 3 at this terminal, 1 from afar\n {2}vault: 2 of 3 at this terminal, 1 from afar still missing/,
  )
  assert.equal(existsSync(file), false)
  assert.deepEqual(
    viasOf(place).filter((one: string) => one.includes('contribution')),
    ['carol contribution', 'gina contribution'],
  )
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

test('what a custodian elsewhere is kept from approving', async () => {
  using place = await wide(3, 5)
  const away = ['custodian', 'suspend', 'erin', '--until', '2099-12-31', '--reason', 'on leave']
  await place.data(...away, ...place.approvedBy('alice', 'bob', 'carol'))
  await place.data('share', 'record', 'dan', '--sealed', '4711', ...place.approvedBy('alice', 'bob'))
  using dan = await elsewhere(place, 'dan')
  using other = await partition()
  await using waiting = await wait(place, [...ROTATE, ...place.approvedBy('alice', 'bob')])
  const { done, file, plan, code } = waiting
  const bent = dan.path('bent.plan')
  const mallory = await quorum.makeSealingKey()
  const exchanged = { ...plan, remote: { recipient: mallory.recipient } }
  const insider = signatureOf(place, 'alice', exchanged)
  const rows: [what: string, file: string, exit: number, code: string, more?: string[]][] = [
    [
      'a sealing key that an insider exchanged',
      resent(file, bent, (sent) => (sent.plan = exchanged)),
      5,
      'APPROVAL-SIGNED',
    ],
    [
      'the same, signed by one insider',
      resent(file, dan.path('1'), (sent) => {
        sent.plan = exchanged
        sent.signed = [insider, sent.signed[1]!]
      }),
      5,
      'APPROVAL-SIGNED',
    ],
    [
      'the same, signed twice by one insider',
      resent(file, dan.path('2'), (sent) => {
        sent.plan = exchanged
        sent.signed = [insider, insider]
      }),
      5,
      'APPROVER-DISTINCT',
    ],
    ['one signature', resent(file, dan.path('3'), (sent) => void sent.signed.pop()), 5, 'PROPOSAL-FILE'],
    [
      'another threshold',
      resent(file, dan.path('4'), ({ plan }) => void (plan.needs[0]!.threshold = 2)),
      5,
      'NEEDS-RECOMPUTED',
    ],
    [
      'no deadline',
      resent(file, dan.path('5'), ({ plan }) => void (plan.expires = '2031-01-01T00:00:00.000Z')),
      5,
      'PLAN-TIMES',
    ],
    [
      'nobody to seal it for',
      resent(file, dan.path('6'), ({ plan }) => void delete (plan as { remote?: object }).remote),
      3,
      'REMOTE-PLAN',
    ],
    ['another ledger', file, 5, 'ANCHOR-MATCHES', ['--ledger', other.ledger]],
    ['an anchor of another', file, 5, 'ANCHOR-MATCHES', ['--anchor', (await other.data('partition', 'show')).anchor]],
    ['the share of somebody who is suspended', file, 3, 'APPROVER-SUSPENDED', ['--share', place.share('erin')]],
    [
      'a plan that somebody who is suspended signed',
      resent(file, dan.path('7'), (sent) => void (sent.signed[1] = signatureOf(place, 'erin', plan))),
      5,
      'APPROVER-SUSPENDED',
    ],
    ['the share of one who signed', file, 3, 'SHARE-REPEATED', ['--share', place.share('bob')]],
    ['a share of another partition', file, 3, 'SHARE-FOREIGN', ['--share', other.share('carol')]],
    ['a share in the place of the plan', place.share('dan'), 5, 'PROPOSAL-FILE'],
    ['two shares', file, 2, 'USAGE', [...place.approvedBy('dan', 'erin')]],
    ['a mistyped code', file, 2, 'CODE', ['--code', 'K7QD']],
  ]
  for (const [what, sent, exit, rule, more = []] of rows) {
    const flag = (name: string, value: string[]) => (more.includes(name) ? [] : [name, ...value])
    const share = more.includes('--share') ? [] : place.approvedBy('dan')
    const flags = [
      ...flag('--ledger', [dan.ledger]),
      ...flag('--anchor', [dan.anchor]),
      ...flag('--code', [code]),
      ...share,
    ]
    const out = dan.path('refused')
    const result = await dan.run(['plan', 'approve', sent, ...flags, ...more, '--out', out])
    assert.deepEqual(
      [result.code, result.json.error.code, existsSync(out)],
      [exit, rule, false],
      `${what}: ${result.stderr}`,
    )
  }
  const noLedger = await dan.run(['plan', 'approve', file, '--anchor', dan.anchor, ...place.approvedBy('dan')])
  assert.deepEqual([noLedger.code, noLedger.json.error.code], [2, 'INPUT-MISSING'])
  const noAnchor = await dan.run(['plan', 'approve', file, '--ledger', dan.ledger, ...place.approvedBy('dan')])
  assert.deepEqual([noAnchor.code, noAnchor.json.error.code], [2, 'INPUT-MISSING'])
  const expired = await dan.approve(file, code, [], { env: clockAhead(7200) })
  assert.deepEqual([expired.code, expired.json.error.code], [3, 'PLAN-EXPIRED'])
  writeFileSync(dan.ledger, readFileSync(dan.ledger, 'utf8').split('\n').slice(0, -2).join('\n').concat('\n'))
  const older = await dan.approve(file, code)
  assert.deepEqual([older.code, older.json.error.code], [5, 'PLAN-HEAD'])
  assert.match(older.stderr, /made on record \d+, and this copy of the ledger ends with record \d+/)
  const seen = await dan.run(['plan', 'show', bent, '--ledger', place.ledger, '--anchor', dan.anchor])
  assert.deepEqual([seen.code, seen.json.data.fault.code], [0, 'APPROVAL-SIGNED'])

  copyFileSync(place.ledger, dan.ledger)
  // That it can't be here is told where it is, and where it comes.
  const approved = await dan.approve(file, code)
  const contradicted =
    /^warning: the share of dan, epoch 1, is said to be sealed in bag 4711, by record \d+, and is here$/m
  assert.equal(approved.code, 0)
  assert.match(approved.stderr, contradicted)
  const again = await dan.approve(file, code)
  assert.deepEqual([again.code, again.json.error.code], [3, 'FILE-EXISTS'])
  copyFileSync(file, dan.path('kept.plan'))
  copyFileSync(dan.path('contribution'), send(place, 'dan', ''))
  const taken = await done
  assert.equal(taken.code, 0)
  assert.match(taken.stderr, contradicted)
  // More has happened since.
  copyFileSync(place.ledger, dan.ledger)
  const stale = await dan.approve(dan.path('kept.plan'), code)
  assert.deepEqual([stale.code, stale.json.error.code], [5, 'PLAN-HEAD'])
  assert.match(stale.json.error.message, /^the plan was made on record \d+, and the ledger has changed since then: /)
})

test('what never waits: groups of two, beginnings, and too few or too many at the terminal', async () => {
  using two = await backedUp()
  using place = await wide(3, 5)
  mkdirSync(inboxOf(place), { mode: 0o700 })
  writeFileSync(place.path('file'), '')
  const remote = ['--remote', inboxOf(place)]
  const both = place.approvedBy('alice', 'bob')
  // A beginning that was cut off is gone through with where it began.
  using begun = blank()
  const init = (place: TestPartition) => initArgs(place).map((word) => (word === softhsm ? testModule() : word))
  await killedAfter(begun, init, ({ name }) => name === 'C_SetPIN')
  const everyone = begun.approvedBy('alice', 'bob', 'carol')
  const rows: [of: TestPartition, args: string[], exit: number, code: string][] = [
    [begun, ['partition', 'recover', ...everyone, ...remote], 2, 'USAGE'],
    [begun, ['partition', 'recover', '--abandon', ...remote], 2, 'USAGE'],
    [two, [...ROTATE, ...two.approvedBy('alice', 'bob'), ...remote], 3, 'REMOTE-QUORUM'],
    [two, [...ROTATE, '--dry-run', ...remote], 3, 'REMOTE-QUORUM'],
    [two, ['backup', 'restore', two.path('backup'), ...remote], 2, 'REMOTE-OP'],
    [place, ['partition', 'init', 'new', ...remote], 2, 'REMOTE-OP'],
    [place, ['partition', 'adopt', 'new', ...remote], 2, 'REMOTE-OP'],
    [place, [...ROTATE, ...both, '--expires', '2d', ...remote], 2, 'USAGE'],
    [place, [...ROTATE, '--share-fd', '3', ...remote], 2, 'USAGE'],
    [place, [...ROTATE, ...both, '--remote', place.path('none')], 3, 'REMOTE-FOLDER'],
    [place, [...ROTATE, ...both, '--remote', place.path('file')], 3, 'REMOTE-FOLDER'],
    [place, [...ROTATE, ...both, '--remote', place.home], 3, 'FILE-HOME'],
    [place, [...ROTATE, ...place.approvedBy('alice'), ...remote], 3, 'QUORUM-MET'],
    [place, [...ROTATE, ...place.approvedBy('alice', 'bob', 'erin'), ...remote], 3, 'REMOTE-QUORUM'],
  ]
  for (const [of, args, exit, code] of rows) {
    const result = await of.keyrite(args)
    assert.deepEqual([result.code, result.json?.error.code], [exit, code], `${args.join(' ')}: ${result.stderr}`)
  }
  assert.deepEqual(readdirSync(inboxOf(place)), [])
  const { plan } = await place.data(...ROTATE, '--dry-run', ...remote)
  assert.match(plan.remote.recipient, /^age1/)
})

test('where the ledger is ahead of a clock that is right, the plan ends by that, here and elsewhere', async () => {
  using place = await wide(3, 5)
  await place.keyrite([...ROTATE, ...place.approvedBy('alice')], { env: clockAhead(315_360_000) })
  using dan = await elsewhere(place, 'dan')
  const rotate = [...ROTATE, '--accept', 'clock', ...place.approvedBy('alice', 'bob')]
  {
    await using waiting = await wait(place, rotate)
    const { file, plan, code } = waiting
    assert.ok(plan.clock !== undefined && plan.clock < plan.created)
    const late = await dan.approve(file, code, [], { env: clockAhead(7200) })
    assert.deepEqual([late.code, late.json.error.code], [3, 'PLAN-EXPIRED'], late.stderr)
    const inTime = await dan.approve(file, code)
    assert.equal(inTime.code, 0, inTime.stderr)
    assert.match(inTime.stderr, /expires +20\S+ \S+ UTC by the clock, then it is void; made /)
    copyFileSync(dan.path('contribution'), send(place, 'dan.contribution', ''))
    assert.equal((await waiting.done).code, 0)
  }
  const { done } = await wait(place, rotate, { env: hastyClock(400) })
  const { code, json } = await done
  assert.deepEqual([code, json.error.code, json.error.changed], [3, 'PLAN-EXPIRED', false])
  const [, end] = /^the plan expired at (\S+): /.exec(json.error.message)!
  assert.ok(Date.parse(end!) - Date.now() < 7_200_000, end)
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

test('a wait comes to its end with the plan, and says who is missing', async () => {
  using place = await wide(3, 5)
  const { done, file } = await wait(place, [...ROTATE, ...place.approvedBy('alice', 'bob')], { env: hastyClock(400) })
  const { code, json } = await done
  assert.deepEqual([code, json.error.code, json.error.changed], [3, 'PLAN-EXPIRED', false])
  assert.deepEqual(deniedIn(place), [['PLAN-EXPIRED', undefined]])
  assert.deepEqual(
    place
      .records()
      .at(-1)
      .approvers.map(({ custodian }: { custodian: string }) => custodian),
    ['alice', 'bob'],
  )
  assert.equal(existsSync(file), false)
})
