// Whatever a record holds that people may ask for years later is in the text of audit show: each member changes it, or stands here with a reason.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Record } from '../../src/domain/record.ts'
import { Known } from '../../src/views/known.ts'
import { tell } from '../../src/views/record-view.ts'
import type { Loose } from '../support/ledger.ts'
import { changed, group, key, LEAF, samples, signingKey, token } from '../support/plan-samples.ts'

/** Members that the text lacks: who wants them takes --json. */
const ELSEWHERE: [member: RegExp, reason: string][] = [
  [
    /^(format|partition|seq|prev|time|type|tool\.\w+)$/,
    'the first line has number, time and type; the others are the same in all',
  ],
  [
    /^plan\.(format|op|partition|nonce|created|expires|head.*|needs\..*)$/,
    'the code of the plan stands for them, and the rules hold',
  ],
  [/^(plan\.|member\.)?profile\.(?!broken)/, 'what a token can do is in partition show; its weaknesses are told'],
  [/\.(check|value|spki|alg)$/, 'for programs'],
  [
    /\.?custodians\.\d\.key$|(pprovals|custodians|signed)\.\d\.key$|^proof\.key$/,
    'names, groups and epochs tell whose it is',
  ],
  [/^challenge\.(leaf|seq)$/, 'it is a record of this ledger: of all but a drill the one before'],
  [
    /(keys\.\d|batches\.\d|template)\.(ids?(\.\d)?|class|fingerprint|attributes)$/,
    'key show has them; what is unusual is named',
  ],
  [/^plan\.keys\.\d\.(usage|state|activateAt|type).*$/, 'of new keys alone: see below; else key show has them'],
  [/^keys\.\d\.(usage|activateAt|accepted|type).*$/, 'as planned'],
  [
    /(keys\.\d|batches\.\d|template)\.origin\.(kind|clearOnHost)$/,
    'each kind has its own members, and says that it is in the clear',
  ],
  [/^stationKey\./, 'as planned'],
  [/(added|removed|station)\.key\.(id|spki)$/, 'a code of the key is shown'],
  [/issued\.\d\.confirmation$/, 'for programs'],
  [/^waited\.value$/, 'for programs'],
  [/^bridge$/, 'the old secret, wrapped: for programs'],
  [/^planDigest$/, 'the code of the plan is made of it'],
  [/^copies\.\d\.(id|attributes|proof\..*)$/, 'app show has them'],
  [/^(app\.)?pin\.kind$/, 'of each kind something else is told'],
  [/bytes$/, 'the hash tells which file'],
  [/^plan\.absent\.\d\.head\.leaf$/, 'its number is told'],
  [/^changed$/, 'follows from result and operation'],
  [/^intent$/, 'the title names the change'],
  [/^ceremony\.event$/, 'each event has members of its own'],
  [
    /^(plan\.ceremony\.opened|ceremony)\.rehearsal\.(?!rehearsal\.ended)/,
    'ceremony verify looks at it; when it was is told',
  ],
]

const approval = { custodian: 'alice', group: 'ops', epoch: 1, key: 'BBBB', value: 'CCCC' }
const frame = {
  format: 'keyrite.record/1',
  partition: 'p',
  seq: 5,
  prev: LEAF,
  time: 't',
  tool: { name: 'k', version: '1' },
  station: 'host-1',
  host: { user: 'ops', name: 'host' },
}
const file = { name: 'pay.backup', sha256: 'cd'.repeat(32), bytes: 7 }
const derived = {
  kind: 'derived',
  generation: 2,
  user: { group: 'ops', epoch: 1 },
  so: { group: 'vault', epoch: 2 },
}
const groups = [group, { ...group, name: 'vault', roles: ['recovery'], epoch: 2 }]

const records: { readonly [type: string]: Loose } = {
  'partition.created': {
    name: 'pay',
    token,
    auditKey: signingKey,
    stationKey: signingKey,
    groups,
    plan: samples['partition.init'],
    approvals: [{ ...approval, via: 'file' }],
    keyApprovals: [approval],
  },
  'token.replaced': {
    intent: LEAF,
    token,
    profile: (samples['partition.init'] as Loose).profile,
    auditKey: signingKey,
    keyApprovals: [approval],
  },
  intent: { plan: samples['key.generate'], approvals: [{ ...approval, via: 'file' }], bridge: 'A'.repeat(54) },
  outcome: {
    intent: LEAF,
    result: 'partial',
    changed: true,
    keys: [key('active')],
    artefacts: [file],
    error: { code: 'CKR_X', message: 'why' },
    holders: [
      { member: 'first', proof: 'proven', head: true, differs: ['LOCAL'] },
      { member: 'site-b', proof: 'unproven', head: true, error: { code: 'CKR_X', message: 'why' } },
    ],
  },
  recovered: { intent: LEAF, found: 'partial', keys: [key('active')], artefacts: [file] },
  'quorum.replaced': { intent: LEAF, group, pins: [{ token: 'serial1', role: 'so', epoch: 2 }] },
  'quorum.confirmed': { proof: approval },
  'partition.retired': { intent: LEAF, token: 'erased', artefacts: [file] },
  denied: {
    op: 'key.rotate',
    planDigest: 'A'.repeat(43),
    keys: [{ name: 'card', version: 1 }],
    more: 3,
    reason: 'SHARE-X',
    group: 'ops',
    custodian: 'bob',
    approvers: [{ custodian: 'alice', group: 'ops' }],
  },
  'station.added': { intent: LEAF, added: { name: 'laptop', key: signingKey } },
  'station.removed': { intent: LEAF, removed: { name: 'laptop', key: signingKey } },
  'app.added': {
    intent: LEAF,
    app: {
      name: 'till',
      id: 'aa11223344556677',
      token,
      pin: { ...derived, characters: 20 },
      wraps: ['cbc-pad', 'kwp'],
      recipients: ['age1xyz'],
    },
  },
  'app.copies': {
    intent: LEAF,
    app: 'till',
    copies: [
      {
        name: 'card',
        version: 1,
        label: 'card',
        id: '00'.repeat(16),
        usage: ['decrypt'],
        state: 'present',
        attributes: {},
        proof: { by: 'aes-ecb', input: 'AAAA', output: 'BBBB' },
      },
    ],
    found: ['secret key stray, id 07'],
  },
  'app.pin': { intent: LEAF, app: 'till', pin: derived, recipients: ['age1xyz'], file: 'till.pin' },
  'member.added': {
    intent: LEAF,
    member: {
      name: 'site-b',
      id: 'aa11223344556677',
      token,
      profile: (samples['partition.init'] as Loose).profile,
      auditKey: signingKey,
    },
    keyApprovals: [approval],
  },
  'member.retired': { intent: LEAF, member: 'site-b', token: 'lost' },
  'app.retired': { intent: LEAF, app: 'till', token: 'lost' },
  note: { text: 'cut' },
  drill: { challenge: { seq: 7, leaf: LEAF }, proof: approval },
  'custodian.acknowledged': { challenge: { seq: 7, leaf: LEAF }, form: file, proof: approval },
  'custodian.departed': {
    challenge: { seq: 7, leaf: LEAF },
    custodian: 'bob',
    on: '2026-12-31',
    signed: [approval],
  },
  'share.recorded': {
    challenge: { seq: 7, leaf: LEAF },
    share: { custodian: 'bob', group: 'ops', epoch: 1 },
    state: 'sealed',
    bag: '4711',
    place: 'safe 2',
    witnesses: ['Dora Dent'],
    signed: [approval],
  },
}

/** After a beginning with two groups. */
function textOf(record: Loose): string {
  const known = new Known()
  const line = (told: Loose) => ({ line: { record: told, signature: null }, leaf: LEAF })
  known.learn(line({ ...frame, seq: 0, type: 'partition.created', ...records['partition.created'] }))
  return tell(record, known).join('\n')
}

const isElsewhere = (member: string): boolean => ELSEWHERE.some(([pattern]) => pattern.test(member))

function checkMembers(record: Loose, of: (member: string) => boolean = () => true): void {
  // A plan's code is another one whatever changes: the rest of the text has to be.
  const seen = (one: Loose) => textOf(one).replace(/plan (\w{4} ?){5}/, 'plan CODE')
  for (const [member, change] of changed(record)) {
    if (isElsewhere(member) || !of(member)) continue
    test(`${member} is told, or there is a reason`, () => {
      const other = structuredClone(record)
      change(other)
      assert.notEqual(seen(other), seen(record), `a record with another ${member} looks the same`)
    })
  }
}

for (const [type, members] of Object.entries(records))
  describe(type, () =>
    checkMembers({ ...frame, type, ...members }, (member) => !/^plan\.(name|tokens?|groups)\b/.test(member)),
  )

const OF = { name: 'q4', script: 'a1'.repeat(32), site: '5c'.repeat(32) }
const clock = { host: '2026-05-02T20:15:00.000Z', wall: '2026-05-02T20:15:09.000Z' }
const rehearsed = { format: 'keyrite.rehearsal/1', ended: '2026-05-01T20:15:00.000Z', exceptions: 1, script: OF.script }

/** Notes of ceremonies, with all that they may have. */
const notes: Loose[] = [
  {
    event: 'opened',
    ...OF,
    mode: 'real',
    journal: LEAF,
    clock,
    rehearsal: {
      value: 'AAAA',
      rehearsal: { ...rehearsed, name: 'q4', partition: 'p', journal: LEAF, key: signingKey },
    },
  },
  { event: 'closed', name: 'q4', journal: LEAF, step: '4.1', steps: 12, exceptions: 1 },
  { event: 'aborted', name: 'q4', journal: LEAF, reason: 'the power went' },
]

for (const note of notes)
  describe(`a note of a ceremony that is ${note.event}`, () =>
    checkMembers({ ...frame, type: 'note', text: 'cut', ceremony: note }, (member) => member.startsWith('ceremony.')))

for (const [op, plan] of Object.entries(samples)) {
  if (op === 'partition.adopt') {
    const created = { ...frame, type: 'partition.created', ...records['partition.created'], plan }
    describe(op, () => checkMembers(created, (member) => /^plan\.(keys|leaves)\b/.test(member)))
  }
  if (op === 'partition.init' || op === 'partition.adopt') continue
  // What is planned for the present token is on it.
  const isOfToken = (member: string) => member.startsWith('plan.tokens.') && op !== 'backup.restore'
  describe(op, () =>
    checkMembers({ ...frame, type: 'intent', ...records.intent, plan }, (member) => !isOfToken(member)),
  )
}

test('every type has a sample', () => {
  const types = Record.options.map(({ entries }) => entries.type.literal)
  assert.deepEqual(Object.keys(records).sort(), types.toSorted())
})

test('of new keys: type, use, state and the time before which they are not active', () => {
  for (const [member, value] of Object.entries({
    type: 'aes-128',
    usage: ['wrap'],
    state: 'active',
    activateAt: '2030-01-01T00:00:00.000Z',
  })) {
    const plan: Loose = structuredClone(samples['key.generate'])
    plan.template[member] = value
    assert.notEqual(
      textOf({ ...frame, type: 'intent', ...records.intent, plan }),
      textOf({ ...frame, type: 'intent', ...records.intent }),
      member,
    )
  }
})

test('where there are several groups an approval names its own, and an epoch that is not the first', () => {
  const told = textOf({
    ...frame,
    type: 'intent',
    plan: samples['partition.check'],
    approvals: [{ ...approval, epoch: 2, via: 'fd' }],
  })
  assert.match(told, /approved by alice of ops, epoch 2 \(from a descriptor\)/)
})
