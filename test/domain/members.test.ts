// What plans and records may say of members, and what becomes of each, on a partition on paper.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkForeseenMember } from '../../src/change/members/crossing.ts'
import { planImport } from '../../src/change/operations/import-key.ts'
import { planImportCancel, planImportRequest } from '../../src/change/operations/request-import.ts'
import { planMemberRetirement } from '../../src/change/operations/retire-member.ts'
import type { PlanInputs } from '../../src/change/plan-header.ts'
import { MEMBER_PLANS } from '../../src/docs/sample-members.ts'
import { SamplePartition, sampleRsaKey, signingKey } from '../../src/docs/sample-partition.ts'
import { sampleOf } from '../../src/docs/sample-plans.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import type { KeyriteError } from '../../src/domain/errors.ts'
import { KEY_TYPES } from '../../src/domain/keys.ts'
import type { Holder } from '../../src/domain/member-shapes.ts'
import type { KeyName } from '../../src/domain/names.ts'
import type { IntentPlan } from '../../src/domain/plan.ts'
import type { Foreseen } from '../../src/domain/profile.ts'
import type { NewRecord } from '../../src/domain/record.ts'
import { ruleOf } from '../support/audit.ts'
import type { Loose } from '../support/ledger.ts'

/** A partition with two members, the plan of a check of both, and what may be bent in it. */
const twoMembers = () => sampleOf('member.check') as { partition: SamplePartition; plan: IntentPlan }
/** The second has missed a rotation. */
const oneBehind = () => sampleOf('member.sync') as { partition: SamplePartition; plan: IntentPlan }

const both: Holder[] = ['first', 'site-b'].map((member) => ({ member, proof: 'proven', head: true }))
const standings = ({ history }: SamplePartition) =>
  history.members.live.map(({ name, standing }) => `${name} ${standing}`)

/** The rule that an intent of this plan breaks. */
const ruleOfPlan = ({ partition, plan }: ReturnType<typeof twoMembers>, bend: (plan: Loose) => void): string => {
  const other = structuredClone(plan)
  bend(other)
  return ruleOf(() => partition.begin(other))
}

test('PLAN-TOKEN: a plan names each member once, in turn, with the head that it is known to have', () => {
  assert.equal(
    ruleOfPlan(twoMembers(), () => undefined),
    'none',
  )
  for (const bend of [
    (plan: Loose) => plan.tokens.pop(),
    (plan: Loose) => plan.tokens.reverse(),
    (plan: Loose) => plan.tokens.push(plan.tokens[0]),
    (plan: Loose) => void (plan.tokens[1].head.seq -= 1),
    (plan: Loose) => void (plan.tokens[1].member = 'site-c'),
    (plan: Loose) => void delete plan.tokens[0].member,
    (plan: Loose) => void (plan.absent = [plan.tokens[1]]),
  ])
    assert.equal(ruleOfPlan(twoMembers(), bend), 'PLAN-TOKEN', `${bend}`)
  assert.equal(
    ruleOfPlan(twoMembers(), (plan) => void (plan.checkpoint = 3)),
    'PLAN-MEMBERS',
  )
  assert.equal(
    ruleOfPlan(twoMembers(), (plan) => void (plan.members = ['site-c'])),
    'MEMBER-KNOWN',
  )
})

test('PLAN-MEMBERS, PLAN-TOKEN: who is made right or ended never acts', () => {
  assert.equal(
    ruleOfPlan(oneBehind(), (plan) => void (plan.members = ['first', 'site-b'])),
    'PLAN-MEMBERS',
  )
  const needs = twoMembers().partition.history.needsOf({ op: 'member.retire' })
  const ended = (plan: Loose) => {
    delete plan.members
    Object.assign(plan, { op: 'member.retire', member: 'first', needs })
  }
  assert.equal(ruleOfPlan(twoMembers(), ended), 'PLAN-TOKEN')
  const inTurn = (plan: Loose) => {
    ended(plan)
    plan.tokens.reverse()
  }
  assert.equal(ruleOfPlan(twoMembers(), inTurn), 'none')
})

test('PLAN-MEMBERS: what has missed a change is there for what mends it, and for nothing else', () => {
  const { partition, plan } = oneBehind()
  assert.deepEqual(standings(partition), ['first current', 'site-b behind'])
  const { rolledBack: _, ...check } = { rolledBack: undefined, ...plan, op: 'member.check' }
  assert.equal(
    ruleOf(() => partition.begin(check as unknown as IntentPlan)),
    'PLAN-MEMBERS',
  )
  assert.equal(
    ruleOf(() => partition.begin(plan)),
    'none',
  )
})

test('NEEDS-RECOMPUTED: once there were several, whoever holds so approves new keys too', () => {
  const { partition } = twoMembers()
  const groups = (op: 'key.generate' | 'key.import' | 'key.suspend') =>
    partition.history.needsOf({ op }).map(({ group }) => group)
  const all = ['officers', 'operators']
  assert.deepEqual([groups('key.generate'), groups('key.import'), groups('key.suspend')], [all, all, ['operators']])
})

const told = (holders: Holder[] | undefined, more: object = {}): string => {
  const { partition, plan } = twoMembers()
  partition.begin(plan)
  const done = { type: 'outcome', intent: partition.history.leaf, result: 'done', changed: false, keys: [], ...more }
  return ruleOf(() => partition.tell({ ...done, ...(holders ? { holders } : {}) } as NewRecord))
}

test('PIN-EPOCHS: of a member too the ledger knows of which epoch its PINs are, by the serial of its token', () => {
  const { history } = twoMembers().partition
  const [first, second] = history.members.live.map(({ token }) => history.rosters.pinsOf(token.serial))
  assert.deepEqual(second, first)
  assert.notEqual(second, undefined)
})

test('HOLDERS: an outcome tells of each member of its plan, and why one is unproven', () => {
  const failed = { result: 'failed', error: { code: 'CKR_X', message: 'why' } }
  const unproven: Holder = { member: 'site-b', proof: 'unproven', head: true, error: { code: 'CKR_X', message: 'why' } }
  assert.equal(told(both), 'none')
  assert.equal(told([both[0]!, unproven], failed), 'none')
  assert.equal(told(undefined, { ...failed, error: { code: 'OTHER-HOST', message: 'why' } }), 'none')
  assert.equal(told(undefined), 'HOLDERS')
  assert.equal(told(both.toReversed()), 'HOLDERS')
  assert.equal(told(both.slice(1)), 'HOLDERS')
  assert.equal(told([both[0]!, unproven]), 'HOLDERS')
  assert.equal(told([both[0]!, { ...both[1]!, proof: 'unproven' }], failed), 'HOLDERS')
  assert.equal(told(both, { ...failed, error: { code: 'OTHER-HOST', message: 'why' } }), 'HOLDERS')
})

test('unproven and behind end by a sync that proves everything', () => {
  const { partition, plan } = oneBehind()
  partition.begin(plan)
  // Its head is that of the intent now, whatever it lacks: a recovery of this does not make it right.
  assert.deepEqual(standings(partition), ['first current', 'site-b unproven'])
  partition.tell({
    type: 'outcome',
    intent: partition.history.leaf,
    result: 'done',
    changed: true,
    keys: [],
    holders: both,
  })
  assert.deepEqual(standings(partition), ['first current', 'site-b current'])
})

test('MEMBER-PLANNED, TOKEN-REPLACED: a member comes as planned, with an audit key that nobody had', () => {
  const added = (bend: (member: Loose) => void): string => {
    const { partition, plan } = sampleOf('member.add') as { partition: SamplePartition; plan: Loose }
    partition.begin(plan)
    const { name, id, label } = plan.member
    const { token, profile } = partition.history
    const member = { name, id, token: { ...token, serial: 'another', label }, profile, auditKey: signingKey('new') }
    bend(member)
    const intent = partition.history.leaf
    return ruleOf(() => partition.tell({ type: 'member.added', intent, member, keyApprovals: partition.letIn() }))
  }
  assert.equal(
    added(() => undefined),
    'none',
  )
  assert.equal(
    added((member) => void (member.name = 'site-c')),
    'MEMBER-PLANNED',
  )
  assert.equal(
    added((member) => void (member.token.label = 'x')),
    'MEMBER-PLANNED',
  )
  assert.equal(
    added((member) => void (member.auditKey = signingKey('audit'))),
    'TOKEN-REPLACED',
  )
  assert.equal(
    added((member) => void (member.auditKey = signingKey('station'))),
    'STATION-KEY-OWN',
  )
  assert.equal(
    added((member) => void (member.profile = { ...member.profile, broken: ['user-trusted'] })),
    'TOKEN-WEAK',
  )
})

test('MEMBER-KEYS: a token that could not hold every key, or give it to each member, is no member; what rules it out is said', () => {
  const { history } = twoMembers().partition
  const foreseen: Foreseen = { makes: [...KEY_TYPES], wraps: ['kwp', 'cbc-pad'], audit: ['ES256'], mechanisms: [] }
  const why = (more: Partial<Foreseen>): string => {
    try {
      checkForeseenMember(4, { ...foreseen, ...more }, history)
      return 'none'
    } catch (error) {
      assert.equal((error as KeyriteError).code, 'MEMBER-KEYS')
      return (error as KeyriteError).message
    }
  }
  assert.equal(why({}), 'none')
  assert.match(
    why({ wraps: ['cbc-pad'] }),
    /aes-256 can't go from one to the other: first knows .*RFC 5649.*, and the token in slot 4 AES-CBC with padding/,
  )
  assert.match(why({ wraps: [] }), /the token in slot 4 no way to wrap it/)
  assert.match(
    why({ makes: ['rsa-2048'] }),
    /the token in slot 4 can't hold aes-256: it lists nothing that makes such keys/,
  )
})

/** The second has asked for a key while the first was away. */
function oneAwaiting() {
  const { partition } = twoMembers()
  const { history } = partition
  const among = (absent: string[], acting?: string): PlanInputs => ({
    ...partition.inputs(),
    members: { absent, acting, modules: new Map() },
  })
  const wanted = { name: 'partner/dek' as KeyName, type: 'aes-256', backup: true, accepted: [] } as const
  const how = { bits: 3072, hash: 'sha256', validFor: 3_600_000, file: '/srv/dek.request' } as const
  const asked = planImportRequest({ ...wanted, ...how }, history, among(['first']))
  const sha256 = '3d'.repeat(32)
  const artefacts = [{ name: 'dek.request', sha256, bytes: 2114 }]
  const more = { artefacts, transport: toBase64url(sampleRsaKey()), holders: both.slice(1) }
  partition.carryOut(asked, more)
  const origin = { kind: 'transport', request: sha256 } as const
  const source = { path: '/srv/sent', bytes: 384, sha256: 'ab'.repeat(32) }
  const sent = (...inputs: Parameters<typeof among>) =>
    planImport({ ...wanted, origin, source }, history, among(...inputs))
  const cancelled = (...inputs: Parameters<typeof among>) => planImportCancel(wanted.name, history, among(...inputs))
  const lost = () => planMemberRetirement({ member: 'site-b', lost: true }, history, among(['site-b']))
  return { partition, sent, cancelled, lost }
}

test('PLAN-TOKEN, IMPORT-REQUEST: what one member alone can open comes in by that one, and ends with it', () => {
  const { partition, sent, cancelled, lost } = oneAwaiting()
  assert.deepEqual(standings(partition), ['first current', 'site-b current'])
  const rule = (plan: IntentPlan) => ruleOf(() => partition.history.checkPlan(plan, plan.created))
  assert.deepEqual(
    [sent([], 'site-b'), sent([]), sent(['site-b']), cancelled([], 'site-b'), cancelled([]), cancelled(['site-b'])].map(
      rule,
    ),
    ['none', 'PLAN-TOKEN', 'IMPORT-REQUEST', 'none', 'PLAN-TOKEN', 'none'],
  )
  const { requests } = partition.history
  partition.begin(lost())
  partition.tell({ type: 'member.retired', intent: partition.history.leaf, member: 'site-b', token: 'lost' })
  assert.equal(requests.all[0]?.state, 'lost')
})

test('MEMBER-LAST, MEMBER-PLANNED: a member is retired as planned, and the last one is not', () => {
  const partition = new SamplePartition()
  const plan = MEMBER_PLANS['member.retire'](partition)
  partition.begin(plan)
  const intent = partition.history.leaf
  assert.equal(
    ruleOf(() => partition.tell({ type: 'member.retired', intent, member: 'site-b', token: 'erased' })),
    'MEMBER-PLANNED',
  )
  partition.tell({ type: 'member.retired', intent, member: 'site-b', token: 'lost' })
  assert.deepEqual(
    partition.history.members.signers(undefined).map(({ id }) => id),
    [signingKey('audit').id],
  )
})
