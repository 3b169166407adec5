// Plans about applications, on the same partition on paper: one that has an application with two keys.
import { type PlanInputs, planHeader } from '../change/plan-header.ts'
import { appTokenLabel, newAppId } from '../domain/application-id.ts'
import type { CopyReport, CopyTarget, PlannedApp } from '../domain/application-shapes.ts'
import { labelOfCopy, plannedCopies } from '../domain/copies.ts'
import { copyAttributes } from '../domain/copy-attributes.ts'
import { newKeyId } from '../domain/key-id.ts'
import { attributesFor, type Usage, usagesOf, withUsage } from '../domain/keys.ts'
import { wishesOf } from '../domain/known-application.ts'
import type { IntentPlan, PlanOf } from '../domain/plan.ts'
import type { KeyReport, KeyTarget } from '../domain/shapes.ts'
import { tokenName } from '../domain/token-address.ts'
import { type SamplePartition, SOFTHSM, softToken } from './sample-partition.ts'

const DEK = 'payments/card-dek'
const NAME = 'till'

const SERIAL = '0a17b3c9d2e4f586'

const arriving = (partition: SamplePartition, plan: { nonce: string }, name: string) => {
  const id = newAppId(plan.nonce, partition.history.partition)
  return { name, id, label: appTokenLabel(name, id) }
}

const initialising = (partition: SamplePartition, name: string) => {
  const header = planHeader('app.init', partition.history, inputs(partition))
  const spare = { slot: 2, module: SOFTHSM }
  return { ...header, app: arriving(partition, header, name), spare, pinFile: '/run/till.pin.age', recipients: [AGE] }
}
const AGE = 'age1w5ym5lu8v4jwd9q4rr0m8g7n4rs7dy0c5k7pg5u9yfhxqpwxpq8sl7kaqc'

const inputs = (partition: SamplePartition, reason?: string): PlanInputs => partition.inputs(reason)

/** The application is there, and has the DEK. */
export function withApplication(partition: SamplePartition): SamplePartition {
  const plan = initialising(partition, NAME)
  partition.begin(plan)
  const intent = partition.history.leaf
  const held = { user: { group: 'operators', epoch: 1 }, so: { group: 'officers', epoch: 1 } }
  partition.tell({
    type: 'app.added',
    intent,
    app: {
      name: NAME,
      id: plan.app.id,
      token: softToken(SERIAL, plan.app.label),
      pin: { kind: 'derived', generation: 1, ...held },
      wraps: ['cbc-pad', 'kw', 'kwp'],
      recipients: [AGE],
    },
  })
  partition.tell({ type: 'outcome', intent, result: 'done', changed: true, keys: [] })
  return carryOutAtApps(partition, delivery(partition, wish(partition, DEK, 1)))
}

/** The intent, what the applications have then, and that it was done. */
export function carryOutAtApps(partition: SamplePartition, plan: IntentPlan): SamplePartition {
  partition.begin(plan)
  const intent = partition.history.leaf
  for (const { name, copies } of plannedCopies(plan))
    partition.tell({
      type: 'app.copies',
      intent,
      app: name,
      copies: copies.map((copy) => found(partition, plan, copy)),
    })
  const keys = 'keys' in plan ? plan.keys.map(made) : []
  partition.tell({ type: 'outcome', intent, result: 'done', changed: true, keys })
  return partition.pass(24 * 60)
}

const made = (key: KeyTarget): KeyReport => ({ ...key, fingerprint: key.fingerprint ?? 'cmac5:77aa01c4f2' })

function found({ history }: SamplePartition, plan: IntentPlan, copy: CopyTarget): CopyReport {
  const { name, version, label, usage, wished } = copy
  const planned = 'keys' in plan ? plan.keys.find((key) => key.name === name && key.version === version) : undefined
  const { id, type } = planned ?? history.key(name, version)!
  const attributes = wished ? copyAttributes(type, usage) : {}
  return { name, version, label, id, usage, state: wished ? 'present' : 'absent', attributes }
}

/** A copy of a key as it is, with all that it may do. */
function wish({ history }: SamplePartition, name: string, version: number): CopyTarget {
  const key = history.key(name, version)!
  return copyOf(name, version, usagesOf(key), history.keys.inForce(name))
}

const copyOf = (name: string, version: number, usage: Usage[], inForce: number): CopyTarget => ({
  name,
  version,
  label: labelOfCopy(name, version, inForce),
  wished: true,
  usage,
})

function app({ history }: SamplePartition, copies?: CopyTarget[]): PlannedApp {
  const known = history.applications.named(NAME)!
  const { name, id, token } = known
  return { name, id, token: tokenName(token), module: SOFTHSM, copies: copies ?? wishesOf(known) }
}

const delivery = (partition: SamplePartition, ...copies: CopyTarget[]): PlanOf<'key.deliver'> => ({
  ...planHeader('key.deliver', partition.history, inputs(partition, 'the till goes into service')),
  apps: [app(partition, copies)],
})

function publication(partition: SamplePartition): PlanOf<'key.publish'> {
  const { history } = partition
  const { fingerprint: _, spki: __, history: ___, ...old } = history.key(DEK, 1)!
  const header = planHeader('key.publish', history, inputs(partition, 'monthly rotation'), { apps: [app(partition)] })
  const fresh: KeyTarget = { ...old, version: 2, id: newKeyId(header.nonce, header.partition, 0), published: true }
  const key = { ...fresh, attributes: attributesFor(old.type, usagesOf(fresh), true) }
  return { ...header, keys: [key], apps: [app(partition, [copyOf(DEK, 2, usagesOf(key), 1)])] }
}

function promotion(partition: SamplePartition): PlanOf<'key.promote'> {
  carryOutAtApps(partition, publication(partition))
  const { history } = partition
  const [old, { published: _, ...fresh }] = [known(partition, 1), known(partition, 2)]
  const as = (key: KeyTarget, state: KeyTarget['state']): KeyTarget => {
    const target = { ...key, state }
    return { ...target, attributes: withUsage(key.attributes, key.type, usagesOf(target)) }
  }
  const keys = [as(old, 'deactivated'), as(fresh, 'active')]
  const copies = keys.map((key) => copyOf(DEK, key.version, usagesOf(key), 2))
  const apps = [app(partition, copies)]
  return { ...planHeader('key.promote', history, inputs(partition, 'monthly rotation'), { apps }), keys, apps }
}

function known({ history }: SamplePartition, version: number): KeyTarget {
  const { history: _, spki: __, ...key } = history.key(DEK, version)!
  return key
}

const gone = (copy: CopyTarget): CopyTarget => ({ ...copy, wished: false, usage: [] })
const header = <Op extends IntentPlan['op']>(op: Op, partition: SamplePartition, reason?: string) =>
  planHeader(op, partition.history, inputs(partition, reason))

type Samples<Op extends IntentPlan['op']> = { readonly [op in Op]: (partition: SamplePartition) => PlanOf<op> }

/** Of a partition that has the application. */
export const APPLICATION_PLANS: Samples<
  'key.deliver' | 'key.publish' | 'key.promote' | 'key.withdraw' | Extract<IntentPlan['op'], `app.${string}`>
> = {
  'key.deliver': (partition) => delivery(partition, wish(partition, 'sign/statements', 1)),
  'key.publish': publication,
  'key.promote': promotion,
  'key.withdraw': (partition) => ({
    ...header('key.withdraw', partition, 'the till is replaced'),
    apps: [app(partition, [gone(wish(partition, DEK, 1))])],
  }),
  'app.init': (partition) => ({ ...initialising(partition, 'kiosk'), erases: '5d00c1f2a3b49e77' }),
  'app.adopt': (partition) => {
    const plan = planHeader('app.adopt', partition.history, inputs(partition))
    const { name, id } = arriving(partition, plan, 'ledger')
    const token = { ...softToken('LUNA-00817', 'ledger-app'), manufacturer: 'Thales', model: 'Luna K7' }
    return { ...plan, app: { name, id, token, module: SOFTHSM }, leaves: ['secret key hsm-audit, id 01'] }
  },
  'app.replace': (partition) => ({
    ...initialising(partition, NAME),
    op: 'app.replace',
    replaces: partition.history.applications.named(NAME)!.id,
    copies: app(partition).copies,
  }),
  'app.pin': (partition) => {
    const { copies: _, ...one } = app(partition)
    return { ...header('app.pin', partition), apps: [{ ...one, generation: 2 }], pinFile: '/run/till.pin' }
  },
  'app.retire': (partition) => ({
    ...header('app.retire', partition, 'the till is at its end'),
    apps: [app(partition, app(partition).copies.map(gone))],
  }),
  'app.sync': (partition) => ({ ...header('app.sync', partition), apps: [app(partition)] }),
  'app.check': (partition) => ({ ...header('app.check', partition), apps: [app(partition)] }),
}
