// The life of a key that two applications have, on a partition on paper: what each change wishes of the copies of the one that reads and
// writes, and of the one that only writes. Every plan is taken by the rules of the ledger.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeysAtHand } from '../../src/change/copies/keys-at-hand.ts'
import { foundInWords } from '../../src/change/copies/look.ts'
import { type Reaching, wishesOfState } from '../../src/change/copies/wishes.ts'
import { planState } from '../../src/change/operations/change-state.ts'
import { plannedWhole } from '../../src/change/operations/check-applications.ts'
import { planDelivery, planSync, planWithdrawal } from '../../src/change/operations/deliver-keys.ts'
import { planDestruction } from '../../src/change/operations/destroy-key.ts'
import { type GenerateRequest, planGeneration } from '../../src/change/operations/generate-keys.ts'
import { planPromotion } from '../../src/change/operations/promote-keys.ts'
import { planPublication } from '../../src/change/operations/publish-keys.ts'
import { planRotation } from '../../src/change/operations/rotate-key.ts'
import type { PlanInputs } from '../../src/change/plan-header.ts'
import { APPLICATION_PLANS, carryOutAtApps, withApplication } from '../../src/docs/sample-applications.ts'
import type { SamplePartition } from '../../src/docs/sample-partition.ts'
import { samplePartition } from '../../src/docs/sample-plans.ts'
import { plannedCopies } from '../../src/domain/copies.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { hintText } from '../../src/domain/hint-text.ts'
import type { Usage } from '../../src/domain/keys.ts'
import { type KeyName, parseKeyVersion } from '../../src/domain/names.ts'
import type { IntentPlan, StateOp } from '../../src/domain/plan.ts'
import { tokenName } from '../../src/domain/token-address.ts'

const DEK = 'payments/card-dek' as KeyName
const KNOWN: Reaching = {
  without: [],
  reached: ({ token }) => ({ token: tokenName(token), module: { path: '/lib/app.so', sha256: 'cd'.repeat(32) } }),
}
const accepting = (partition: SamplePartition): PlanInputs => ({ ...partition.inputs(), accepted: ['unbacked'] })

/** `till` reads and writes, `kiosk` only writes. */
function delivered(): SamplePartition {
  const partition = withApplication(samplePartition())
  const { erases: _, ...plan } = APPLICATION_PLANS['app.init'](partition)
  partition.begin(plan)
  const intent = partition.history.leaf
  const { pin, wraps, token } = partition.history.applications.named('till')!
  const kiosk = { name: 'kiosk', id: plan.app.id, pin, wraps: [...wraps], recipients: plan.recipients! }
  const itsToken = { ...token, serial: '77aa', label: plan.app.label }
  partition.tell({ type: 'app.added', intent, app: { ...kiosk, token: itsToken } })
  partition.tell({ type: 'outcome', intent, result: 'done', changed: true, keys: [] })
  return carryOutAtApps(partition, delivery(partition, 'kiosk', DEK, ['encrypt']))
}

const WRAPS = 'partner/zmk' as KeyName

/** With a key that came from a partner to wrap keys by. */
function withWrapping(partition: SamplePartition): SamplePartition {
  const wanted: GenerateRequest = {
    name: WRAPS,
    type: 'tdes-112',
    usage: ['wrap', 'unwrap'],
    backup: true,
    accepted: [],
  }
  return partition.carryOut(planGeneration(wanted, partition.history, partition.inputs()))
}

const appsOf = (partition: SamplePartition, ...names: string[]) =>
  names.map((name) => partition.history.applications.named(name)!)

const delivery = (
  partition: SamplePartition,
  app: string,
  key: string,
  usage?: Usage[],
  inputs = accepting(partition),
) =>
  planDelivery({ keys: [parseKeyVersion(key)], apps: appsOf(partition, app), usage }, partition.history, inputs, KNOWN)
const withdrawal = (partition: SamplePartition, app: string, key: string) =>
  planWithdrawal(
    { keys: [parseKeyVersion(key)], apps: appsOf(partition, app) },
    partition.history,
    partition.inputs(),
    KNOWN,
  )
const publication = (partition: SamplePartition) => planPublication([DEK], partition.history, partition.inputs(), KNOWN)
const promotion = (partition: SamplePartition, without: string[] = [], inputs = accepting(partition)) =>
  planPromotion({ keys: [{ name: DEK }] }, partition.history, inputs, { ...KNOWN, without })
const state = (partition: SamplePartition, op: StateOp, key: string, processing = false) =>
  planState({ op, key: parseKeyVersion(key), processing }, partition.history, partition.inputs(), KNOWN)
const destruction = (partition: SamplePartition, key: string, leavesCopies: boolean) =>
  planDestruction({ key: parseKeyVersion(key), leavesCopies }, partition.history, partition.inputs())

/** `till: card-dek#1 decrypt, -card-dek`: a copy that is not wished stands behind a minus. */
function wished(plan: IntentPlan): string[] {
  return plannedCopies(plan).map((app) => {
    const { copies } = app
    const words = copies.map(({ label, wished: is, usage }) =>
      is ? `${label.replace('payments/', '')} ${usage.join('+')}` : `-${label.replace('payments/', '')}`,
    )
    return `${app.name}: ${words.join(', ')}`
  })
}

test('from its delivery to its destruction', () => {
  const partition = delivered()
  const steps: [make: (partition: SamplePartition) => IntentPlan, wishes: string[]][] = [
    [(now) => publication(now), ['till: card-dek#2 decrypt']],
    [
      (now) => promotion(now),
      ['kiosk: -card-dek#1, card-dek encrypt', 'till: card-dek#1 decrypt, card-dek encrypt+decrypt'],
    ],
    [(now) => state(now, 'key.suspend', `${DEK}#2`), ['kiosk: -card-dek', 'till: card-dek decrypt']],
    [(now) => planSync(appsOf(now, 'kiosk'), now.history, now.inputs(), KNOWN), ['kiosk: -card-dek']],
    [(now) => state(now, 'key.resume', `${DEK}#2`), ['kiosk: card-dek encrypt', 'till: card-dek encrypt+decrypt']],
    [(now) => delivery(now, 'kiosk', `${DEK}#1`), ['kiosk: card-dek#1 decrypt']],
    [(now) => withdrawal(now, 'kiosk', DEK), ['kiosk: -card-dek#1, -card-dek']],
    [(now) => state(now, 'key.deactivate', `${DEK}#2`), ['till: card-dek decrypt']],
    [(now) => state(now, 'key.compromise', `${DEK}#2`, true), ['till: card-dek decrypt']],
    [(now) => state(now, 'key.compromise', `${DEK}#1`), ['till: -card-dek#1']],
    [(now) => destruction(now, `${DEK}#1`, false), []],
    [(now) => destruction(now, `${DEK}#2`, true), []],
    [(now) => withdrawal(now, 'till', DEK), ['till: -card-dek']],
  ]
  for (const [make, wishes] of steps) {
    const plan = make(partition)
    assert.deepEqual(wished(plan), wishes, `${plan.op} after record ${partition.history.seq}`)
    carryOutAtApps(partition, plan)
  }
  assert.deepEqual(partition.history.applications.holding(DEK, 2), [])
})

test('what an application makes for itself crowds out nothing that is wrong', () => {
  const { history } = delivered()
  const till = history.applications.named('till')!
  const app = plannedWhole({ app: till, module: { path: '/lib/app.so', sha256: 'cd'.repeat(32) } })
  const object = (label: string) => ({ label, id: '77', kinds: ['secret'] })
  const theirs = Array.from({ length: 200 }, (_, i) => object(`card-${i}`))
  const found = foundInWords(app, { wished: [], there: [...theirs, object(DEK)] }, new KeysAtHand(history))
  assert.deepEqual([found.length, found.at(-1)], [100, '~ 102 more'])
  assert.deepEqual(
    found.filter((words) => !words.startsWith('foreign: ')),
    [`look-alike: secret object ${DEK}, id 77`, '~ 102 more'],
  )
  assert.deepEqual(found, found.toSorted())
})

describe('what is refused, and the way on', () => {
  const rows: [what: string, rule: string, refusal: (partition: SamplePartition) => unknown, hint: RegExp][] = [
    ['a rotation in one step', 'KEY-DELIVERED', (at) => planRotation(DEK, at.history, at.inputs()), /key publish/],
    [
      'a second publication',
      'KEY-STATE',
      (at) => publication(carryOutAtApps(at, publication(at))),
      /key promote 'payments\/card-dek#2'/,
    ],
    ['a promotion of nothing', 'KEY-STATE', (at) => promotion(at), /key publish payments\/card-dek/],
    [
      'a promotion before everyone has it',
      'COPY-PROVEN',
      (at) => {
        const plan = publication(at)
        at.begin(plan)
        const error = { code: 'APP-PRESENT', message: 'till is away' }
        const keys = plan.keys.map((key) => ({ ...key, fingerprint: 'cmac5:0102030405' }))
        at.tell({ type: 'outcome', intent: at.history.leaf, result: 'partial', changed: true, keys, error })
        assert.deepEqual(wished(promotion(at, ['till'])).length, 2)
        promotion(at)
      },
      /app sync till.*--without till/,
    ],
    [
      'a delivery of what no backup holds',
      'COPY-BACKED',
      (at) => delivery(carryOutAtApps(at, publication(at)), 'kiosk', `${DEK}#2`, undefined, at.inputs()),
      /backup create.*--accept unbacked/,
    ],
    [
      'a promotion of what no backup holds',
      'COPY-BACKED',
      (at) => promotion(carryOutAtApps(at, publication(at)), [], at.inputs()),
      /backup create.*--accept unbacked/,
    ],
    ['a use that the key has not', 'USAGE-POSSIBLE', (at) => delivery(at, 'till', DEK, ['sign']), /encrypt, decrypt/],
    [
      'a delivery of a DES key that may only wrap',
      'COPY-PROVABLE',
      (at) => delivery(withWrapping(at), 'till', WRAPS),
      /key show 'partner\/zmk#1'/,
    ],
    [
      'a withdrawal of what is not there',
      'COPY-KNOWN',
      (at) => withdrawal(at, 'kiosk', 'sign/statements'),
      /app show kiosk/,
    ],
    [
      'a destruction while a copy is there',
      'COPY-LEFT',
      (at) => destruction(carryOutAtApps(at, state(at, 'key.deactivate', `${DEK}#1`)), `${DEK}#1`, false),
      /key withdraw 'payments\/card-dek#1' --app till.*--leave-copies/,
    ],
    [
      'to leave out who is not concerned',
      'APP-NAMED',
      ({ history }) =>
        wishesOfState({ name: DEK, version: 1, state: 'suspended' }, history, { ...KNOWN, without: ['web'] }),
      /app list/,
    ],
  ]
  for (const [what, rule, refusal, hint] of rows)
    test(what, () => {
      const failure = failureOf(() => refusal(delivered()))
      assert.equal(failure.code, rule, failure.message)
      assert.match(hintText(failure.hint!), hint)
    })
})

function failureOf(act: () => unknown): KeyriteError {
  try {
    act()
  } catch (error) {
    if (error instanceof KeyriteError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
