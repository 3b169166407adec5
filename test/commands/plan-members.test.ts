// Whatever custodians sign is shown to them: each member of each plan changes what they see, or stands here with a reason why not.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as appPlans from '../../src/domain/application-plans.ts'
import * as authorityPlans from '../../src/domain/certificate-plans.ts'
import * as checkPlans from '../../src/domain/check-plan.ts'
import * as firstPlans from '../../src/domain/first-plans.ts'
import { History } from '../../src/domain/history.ts'
import * as inwardPlans from '../../src/domain/inward-plans.ts'
import type { KeyEntry } from '../../src/domain/key-history.ts'
import { attributesFor } from '../../src/domain/keys.ts'
import * as manifestPlans from '../../src/domain/manifest-plan.ts'
import * as memberPlans from '../../src/domain/member-plans.ts'
import * as outwardPlans from '../../src/domain/outward-plans.ts'
import * as plans from '../../src/domain/plan.ts'
import type { Profile } from '../../src/domain/profile.ts'
import { propose } from '../../src/domain/proposal.ts'
import * as quorumPlans from '../../src/domain/quorum-plans.ts'
import { Rosters } from '../../src/domain/rosters.ts'
import { inPlain } from '../../src/terminal/render.ts'
import { initView } from '../../src/views/init-view.ts'
import { planView } from '../../src/views/plan-view.ts'
import { changed, common, group, key, LEAF, samples, signingKey, TIME, token } from '../support/plan-samples.ts'

/** Members that are not shown by themselves: the code stands for them, and this is why that is enough. */
const BY_CODE: [member: RegExp, reason: string][] = [
  [/^(manifest\.)?format$/, 'another format is not shown at all'],
  [/^op$/, 'another operation is another plan, with members of its own'],
  [/^nonce$/, 'random; it makes the code one that was never seen before'],
  [/^station\.key\.(id|alg)$/, 'the code that is shown is of the key'],
  [
    /^(keys\.\d\.id|batches\.\d\.ids\.\d)$/,
    'made from the nonce; a key is known to people by its name and check value',
  ],
  [/^other\.keys\.\d\.id$/, 'that a key of that name here is another one is told'],
  [/^(keys\.\d|batches\.\d|template)\.class$/, 'follows from the type'],
  [
    /^(keys\.\d|batches\.\d|template)\.origin\.(kind|clearOnHost)$/,
    'each kind has its own members, and says that it is in the clear',
  ],
  [/^(keys\.\d|template)\.attributes$/, 'each flag is looked at below'],
  [/^(groups\.0|group)\.(check|custodians\.\d\.key)$/, 'made from the shares, which everyone reads back'],
  [
    /^issued\.\d\.(confirmation|custodian)$/,
    'a signature that is checked, by each custodian of the group in their order',
  ],
  [
    /^profile\.(module|identity|mechanisms|unknown|unwrap|point|kek|checkValue|audit|head|objects|so|broken)/,
    'how the token is asked; what people have of it, and what they accept, is told',
  ],
  [/^profile\.types\.\S+\.wrap$/, 'the ways to wrap are alike to people: that it is backed up is told'],
  [/^ceremony\.mode$/, 'it is there in a rehearsal, which is told, and has one value'],
  [/^ceremony\.opened\.mode$/, 'the same as ceremony.mode, and held against it'],
  [
    /^ceremony\.opened\.rehearsal\.(value|rehearsal\.(format|name|script|partition|journal|key))/,
    'what a station signed, which is checked; when it ended, and how, is told',
  ],
  [
    /^(tokens|absent)\.\d\.head\./,
    'what a token is expected to have, which is held against it; of one that is absent the number is told',
  ],
  [/^tokens\.0\.module\./, 'the library of the first is that of the plan'],
  [/^needs\./, 'at a beginning everyone approves, whatever it says'],
]

/** Of operations that show more than others, or less. */
const ALSO: { readonly [op: string]: RegExp } = {
  // It replaces every member, and the new token is the only one.
  'backup.restore': /^(keys\.0\.(usage|activateAt)|absent)/,
  'backup.test': /^keys\.0\.(usage|activateAt)/,
  'key.restore': /^keys\.0\.(usage|activateAt)/,
  'key.export': /^keys\.0\.(usage|activateAt)/,
  'key.import': /^keys\.0\.(fingerprint|activateAt)/,
  'key.sign': /^keys\.0\.(usage|activateAt)/,
  'cert.root': /^keys\.0\.(usage|activateAt)/,
  'cert.issue': /^keys\.0\.(usage|activateAt)/,
  'cert.crl': /^keys\.0\.(usage|activateAt)/,
  'cert.request': /^keys\.0\.(usage|activateAt)/,
  'key.publish': /^keys\.0\.(fingerprint|activateAt)/,
  'key.destroy': /^keys\.0\.(state|usage|activateAt)/,
  'partition.adopt': /^keys\.0\.(accepted|activateAt|usage)/,
  'partition.retire': /^keys\.0\.(state|usage|activateAt)/,
  // What is new has no check value yet, and is active at once.
  'key.rotate': /^keys\.1\.(fingerprint|activateAt)/,
}

const entry = (version: number): KeyEntry => ({
  ...(key('active', version) as KeyEntry),
  history: [{ state: 'active', time: TIME, seq: 3, op: 'key.generate' }],
})
const rosters = new Rosters()
rosters.begin([{ ...group, roles: ['so', 'user', 'recovery'] }], token.serial, { seq: 0, time: TIME })
const history = Object.assign(new History(), {
  name: 'pay',
  rosters,
  seq: 12,
  leaf: LEAF,
  time: TIME,
  created: TIME,
  key: (_name: string, version: number) => entry(version),
}) as History
history.members.begin({
  ...{ token, accepted: [], leaves: [], since: 0, floor: { seq: 11, leaf: LEAF } },
  module: { ...common.module, seq: 11, time: TIME },
  auditKey: signingKey,
  profile: {} as Profile,
})

const schemas: unknown[] = [
  plans,
  firstPlans,
  quorumPlans,
  appPlans,
  inwardPlans,
  manifestPlans,
  outwardPlans,
  authorityPlans,
  memberPlans,
  checkPlans,
].flatMap((one) => Object.values(one))
const entriesOf = (one: unknown): object =>
  typeof one === 'object' && one !== null && 'entries' in one ? (one.entries as object) : {}

/** What custodians see, without the code. */
function seen(plan: object): string {
  const { op } = plan as plans.Plan
  const view =
    op === 'partition.init' || op === 'partition.adopt'
      ? initView(propose(plan as firstPlans.FirstPlan))
      : planView({ plan: plan as plans.IntentPlan }, history, new Date(TIME))
  return inPlain(view).replace(/\n +code .*/, '')
}

const reasonFor = (op: string, member: string): boolean =>
  BY_CODE.some(
    ([pattern]) =>
      pattern.test(member) &&
      (!pattern.source.includes('needs') || op === 'partition.init' || op === 'partition.adopt'),
  ) ||
  (ALSO[op]?.test(member) ?? false)

for (const [op, plan] of Object.entries(samples))
  describe(op, () => {
    const schema = schemas.find((one) => isOf(entriesOf(one), op)) as unknown as { entries: object }
    test('the sample has every member that the schema has', () => {
      assert.deepEqual(Object.keys(plan).sort(), Object.keys(schema.entries).sort())
    })
    for (const [member, change] of changed(plan)) {
      if (member === 'op' || member === 'head' || /\.attributes$/.test(member)) continue
      test(`${member} is shown, or there is a reason`, () => {
        const other = structuredClone(plan)
        change(other)
        if (reasonFor(op, member)) return
        assert.notEqual(seen(other), seen(plan), `a plan with another ${member} looks the same`)
      })
    }
  })

function isOf(entries: object, op: string): boolean {
  const { op: schema } = entries as { op?: { literal?: string; options?: readonly string[] } }
  return schema?.literal === op || (schema?.options?.includes(op) ?? false)
}

test('every operation has a sample', () => {
  const ops = schemas.flatMap((one) => {
    const { op } = entriesOf(one) as { op?: { literal?: string } }
    return op?.literal ? [op.literal] : []
  })
  assert.deepEqual(new Set(ops.filter((op) => !(op in samples))), new Set())
})

test('each flag of a new key that is not as usual is named', () => {
  for (const flag of Object.keys(attributesFor('aes-256', [], true))) {
    const plan = structuredClone(samples['key.generate']) as plans.GeneratePlan
    const flags = plan.template.attributes as Record<string, boolean>
    flags[flag] = !flags[flag]
    assert.notEqual(seen(plan), seen(samples['key.generate']!), flag)
  }
})

test('usage of pre-active keys is shown', () => {
  const plan = structuredClone(samples['key.generate']) as plans.GeneratePlan
  plan.template.usage = ['wrap', 'unwrap']
  assert.match(seen(plan), /may +wrap, unwrap once active/)
})

test('module swap is shown: where it comes from and what it was, beside what it is', () => {
  const plan = {
    ...(samples['partition.check'] as plans.IntentPlan),
    module: { path: '/lib/hsm.so', sha256: 'ef'.repeat(32) },
  }
  assert.match(
    seen(plan),
    /module +CHANGED since record 11 of 2026-05-02, and is now \/lib\/hsm\.so {2}sha256 (ef){16}\.\.\.\n +before +\/lib\/hsm\.so {2}sha256 (ab){16}/,
  )
  assert.doesNotMatch(seen(samples['partition.check']!), /CHANGED/)
})
