// Whatever custodians sign is shown to them: each member of each plan changes what they see, or stands here with a reason why not.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { initView, planView } from '../../src/commands/plan-view.ts'
import { History } from '../../src/domain/history.ts'
import type { KeyEntry } from '../../src/domain/key-history.ts'
import { attributesFor } from '../../src/domain/keys.ts'
import * as plans from '../../src/domain/plan.ts'
import type { KeyTarget } from '../../src/domain/shapes.ts'
import { inPlain } from '../../src/terminal/render.ts'

/** Members that are not shown by themselves: the code stands for them, and this is why that is enough. */
const BY_CODE: [member: RegExp, reason: string][] = [
  [/^format$/, 'another format is not shown at all'],
  [/^op$/, 'another operation is another plan, with members of its own'],
  [/^nonce$/, 'random; it makes the code one that was never seen before'],
  [/^stationKey\.(alg|spki)$/, 'the id that is shown is their digest'],
  [/^keys\.\d\.id$/, 'made from the nonce; a key is known to people by its name and check value'],
  [/^keys\.\d\.class$/, 'follows from the type'],
  [/^keys\.\d\.attributes$/, 'each flag is looked at below'],
  [/^groups\.0\.(check|custodians\.0\.key)$/, 'made from the shares, which everyone reads back'],
  [/^needs\./, 'at a beginning everyone approves, whatever it says'],
]

/** Of operations that show more than others, or less. */
const ALSO: { readonly [op: string]: RegExp } = {
  'backup.restore': /^keys\.0\.(usage|activateAt)/,
  'key.destroy': /^keys\.0\.(state|usage|activateAt)/,
  // What is new has no check value yet, and is active at once.
  'key.generate': /^keys\.0\.fingerprint/,
  'key.rotate': /^keys\.1\.(fingerprint|activateAt)/,
}

const TIME = '2026-05-02T20:15:00.000Z'
const LEAF = 'A'.repeat(43)
const signingKey = { id: '0011223344556677', alg: 'EdDSA', spki: 'AAAA' } as const
const token = { serial: 'serial1', label: 'hsm', manufacturer: 'maker', model: 'model' }
const group = {
  name: 'ops',
  roles: ['so' as const],
  threshold: 2,
  epoch: 1,
  check: 'AAAA',
  custodians: [{ name: 'alice', key: 'BBBB' }],
}
const common = {
  format: plans.PLAN_FORMAT,
  partition: '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b',
  nonce: 'A'.repeat(22),
  created: TIME,
  expires: '2026-05-02T20:45:00.000Z',
  needs: [{ group: 'ops', epoch: 1, threshold: 2 }],
  module: { path: '/lib/hsm.so', sha256: 'ab'.repeat(32) },
  reason: 'because',
}
const onToken = { ...common, accepted: ['clock'], token: 'serial1', head: { seq: 12, leaf: LEAF } }
const key = (state: KeyTarget['state'], version = 1): KeyTarget => ({
  name: 'card',
  version,
  id: '00'.repeat(16),
  class: 'secret',
  type: 'aes-256',
  state,
  usage: ['encrypt', 'decrypt'],
  attributes: attributesFor('aes-256', state === 'active' ? ['encrypt', 'decrypt'] : ['decrypt'], true),
  fingerprint: 'cmac5:0011223344',
  accepted: ['weak'],
  activateAt: '2027-01-01T00:00:00.000Z',
})
const lacking = [{ name: 'mail', version: 1, reason: 'it was made later' }]
const backup = { name: 'pay.backup', sha256: 'cd'.repeat(32), seq: 7 }

/** With every member that a plan of its kind may have. */
const samples: { readonly [op: string]: object } = {
  'partition.init': {
    ...common,
    op: 'partition.init',
    head: null,
    name: 'pay',
    token,
    groups: [group],
    stationKey: signingKey,
  },
  'key.generate': { ...onToken, op: 'key.generate', keys: [key('pre-active')] },
  'key.rotate': { ...onToken, op: 'key.rotate', keys: [key('deactivated'), key('active', 2)] },
  'key.suspend': { ...onToken, op: 'key.suspend', keys: [key('suspended')] },
  'key.destroy': {
    ...onToken,
    op: 'key.destroy',
    certificate: '/gone.txt',
    keys: [{ ...key('destroyed'), attributes: {} }],
  },
  'backup.create': { ...onToken, op: 'backup.create', file: '/b', included: 3, omitted: lacking },
  'backup.restore': {
    ...onToken,
    token: 'serial2',
    op: 'backup.restore',
    replaces: 'serial1',
    backup,
    keys: [key('active')],
    missing: lacking,
    accepted: ['unbacked'],
    checkpoint: 9,
    recovers: LEAF,
    stationKey: signingKey,
  },
  'partition.verify': { ...onToken, op: 'partition.verify' },
  'audit.checkpoint': { ...onToken, op: 'audit.checkpoint' },
  'partition.recover': { ...onToken, op: 'partition.recover', recovers: LEAF, abandons: true },
}

const entry = (version: number): KeyEntry => ({
  ...(key('active', version) as KeyEntry),
  history: [{ state: 'active', time: TIME, seq: 3, op: 'key.generate' }],
})
const history = Object.assign(new History(), {
  name: 'pay',
  token,
  groups: [group],
  seq: 12,
  leaf: LEAF,
  time: TIME,
  module: { ...common.module, seq: 11, time: TIME },
  key: (_name: string, version: number) => entry(version),
}) as History

/** What custodians see, without the code. */
function seen(plan: object): string {
  const { op } = plan as plans.Plan
  const view =
    op === 'partition.init'
      ? initView(plan as plans.InitPlan)
      : planView(plan as plans.IntentPlan, history, new Date(TIME))
  return inPlain(view).replace(/\n +code .*/, '')
}

/** Another value of the same kind. */
function another(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (value === 'aes-256') return 'hmac-sha256'
  if (value === 'active' || value === 'pre-active') return 'compromised'
  if (value === true) return undefined
  if (typeof value !== 'string') return { changed: true }
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return value.replace(/^\d{4}/, '2031')
  return /^[\x30-\x39a-fA-Z]{22,}$/.test(value)
    ? `B${value.slice(1)}`
    : `${value}x`.replace(/^(.)/, (first) => (first === 'z' ? 'y' : 'z'))
}

/** The members of a plan as they are named in schemas, each with the plan in which it alone is another. */
function* changed(value: object, at: string[] = []): Generator<[member: string, change: (plan: object) => void]> {
  for (const [name, inner] of Object.entries(value)) {
    const path = [...at, name]
    if (inner !== null && typeof inner === 'object' && name !== 'attributes') yield* changed(inner, path)
    else yield [path.join('.'), (plan) => set(plan, path, another(inner))]
  }
}

function set(plan: object, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((inner: Record<string, unknown>, name) => inner[name] as never, plan as never)
  ;(parent as Record<string, unknown>)[path.at(-1)!] = value
}

const reasonFor = (op: string, member: string): boolean =>
  BY_CODE.some(([pattern]) => pattern.test(member) && (!pattern.source.includes('needs') || op === 'partition.init')) ||
  (ALSO[op]?.test(member) ?? false)

for (const [op, plan] of Object.entries(samples))
  describe(op, () => {
    const schema = Object.values(plans).find(
      (one) => typeof one === 'object' && 'entries' in one && isOf(one.entries as object, op),
    ) as unknown as { entries: object }
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
  const ops = Object.values(plans).flatMap((one) => {
    const { op } = (typeof one === 'object' && 'entries' in one ? one.entries : {}) as { op?: { literal?: string } }
    return op?.literal ? [op.literal] : []
  })
  assert.deepEqual(new Set(ops.filter((op) => !(op in samples))), new Set())
})

test('each flag of a new key that is not as usual is named', () => {
  for (const flag of Object.keys(attributesFor('aes-256', [], true))) {
    const plan = structuredClone(samples['key.generate']) as plans.GeneratePlan
    const flags = plan.keys[0]!.attributes as Record<string, boolean>
    flags[flag] = !flags[flag]
    assert.notEqual(seen(plan), seen(samples['key.generate']!), flag)
  }
})

test('usage of pre-active keys is shown', () => {
  const plan = structuredClone(samples['key.generate']) as plans.GeneratePlan
  plan.keys[0]!.usage = ['wrap', 'unwrap']
  assert.match(seen(plan), /may +wrap, unwrap once active/)
})

test('module swap is shown: where it comes from and what it was, beside what it is', () => {
  const plan = {
    ...(samples['partition.verify'] as plans.VerifyPlan),
    module: { path: '/lib/hsm.so', sha256: 'ef'.repeat(32) },
  }
  assert.match(
    seen(plan),
    /module +CHANGED since record 11 of 2026-05-02, and is now \/lib\/hsm\.so {2}sha256 (ef){16}\.\.\.\n +before +\/lib\/hsm\.so {2}sha256 (ab){16}/,
  )
  assert.doesNotMatch(seen(samples['partition.verify']!), /CHANGED/)
})
