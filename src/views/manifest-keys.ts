// The keys that a manifest's plan changes, in words. Keys are told together where everything that is said of them is the same.
import { groupedBy } from '../domain/grouped.ts'
import type { History } from '../domain/history.ts'
import { standingOf } from '../domain/keys.ts'
import { managedKeys } from '../domain/manifest.ts'
import { actionOf, type ManifestPlan } from '../domain/manifest-plan.ts'
import { label } from '../domain/names.ts'
import { plannedKeys } from '../domain/plan.ts'
import type { KeyTarget } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { type Field, marked } from '../terminal/text.ts'
import { areAllNamed, namesOf } from './due-view.ts'
import { stillHeldIn } from './held-elsewhere.ts'
import { madeForOther, mayLeave, mayOrNothing, unusualFlags } from './plan-keys.ts'
import { acceptedFor, shortFingerprint } from './words.ts'

const DOES = {
  generate: 'generates',
  publish: 'publishes',
  promote: 'promotes',
  rotate: 'rotates',
  deactivate: 'deactivates',
  destroy: 'DESTROYS',
} as const

const THEN = {
  generate: '',
  publish: '  until they are promoted the ones before go on',
  promote: '',
  rotate: '',
  deactivate: '',
  destroy: '  they are gone from this token for good',
} as const

/** More are told by first and last, or by few; the whole list is a file. */
export const FEW = 8

/** A key that something becomes of, and the version that gives way to it. */
export interface ToldKey {
  key: KeyTarget
  old?: KeyTarget
  policy: string | undefined
  action: ReturnType<typeof actionOf>
}

/** What gives way is told of with what takes over. */
export function toldKeys(plan: ManifestPlan): ToldKey[] {
  const managed = managedKeys(plan.manifest)
  const keys = plannedKeys(plan)
  const giving = new Map(keys.filter(({ state }) => state === 'deactivated').map((key) => [key.name, key]))
  const taking = keys.filter(({ state, published }) => state === 'active' && !published)
  const replaced = new Map(taking.flatMap((key) => pairOf(key, giving.get(key.name))))
  const told = new Set(replaced.values())
  return keys
    .filter((key) => !told.has(key))
    .map((key) => {
      const old = replaced.get(key)
      return { key, ...(old ? { old } : {}), policy: managed.get(key.name)?.policyName, action: actionOf(key) }
    })
}

const pairOf = (key: KeyTarget, old: KeyTarget | undefined): [KeyTarget, KeyTarget][] => (old ? [[key, old]] : [])

/** Everything that is said of it but its name. */
export const saidOf = (plan: ManifestPlan, history: History): ((told: ToldKey) => Field[]) => {
  const heldIn = stillHeldIn(history, plan.absent)
  return ({ key, old, action }) => [
    ...(action === 'destroy' ? heldIn(key) : []),
    ['they', action === 'destroy' ? undefined : `are ${standingOf(key)}, and ${mayOrNothing(key)}`],
    ...madeForOther(key),
    ['backup', key.fingerprint === undefined ? mayLeave(key, history) : undefined],
    ['accepts', acceptedFor([key])],
    ['due', key.activateAt && `not before ${key.activateAt}`],
    ['give way', old && `their versions #${old.version}, which ${mayOrNothing(old)} from then on`],
    ...(old ? madeForOther(old) : []),
    ...[key, ...(old ? [old] : [])].map((one): Field => ['UNUSUAL', unusualFlags(one)]),
  ]
}

/** `said`: of a key of the plan. */
const alikeIn = (plan: ManifestPlan, said: ReturnType<typeof saidOf>): ToldKey[][] => {
  const alike = groupedBy(toldKeys(plan), (told) => {
    const { key, policy, action } = told
    return JSON.stringify([policy, action, key.type, key.version, said(told)])
  })
  return [...alike.values()]
}

/** Every key stands on the screen by its name, and with its check value where it has one. */
export const areKeysNamed = (plan: ManifestPlan, history: History): boolean =>
  alikeIn(plan, saidOf(plan, history)).every(
    (all) => all.length <= FEW || (all.every(isNew) && areAllNamed(all.map(({ key }) => key))),
  )

const isNew = ({ key, old }: ToldKey): boolean => key.fingerprint === undefined && old === undefined

export function keyFields(plan: ManifestPlan, history: History): Field[] {
  const said = saidOf(plan, history)
  return alikeIn(plan, said).flatMap((all): Field[] => {
    const [first] = all as [ToldKey]
    const { action, policy, key } = first
    const what = `${counted(all.length, 'key')} of ${policy}  ${key.type}${THEN[action]}`
    const keys = all.map((one) => one.key)
    return [
      [DOES[action], action === 'destroy' ? marked(what, 'bad') : what],
      ['', keys.length > FEW ? namesOf(keys) : all.map(nameOf).join(', ')],
      ...said(first),
    ]
  })
}

/** Where several give way, their check values stand in the list. */
const nameOf = ({ key, old }: ToldKey): string =>
  old?.fingerprint === undefined ? named(key) : `${named(key)} in the place of ${named(old)}`

const named = ({ name, version, fingerprint }: KeyTarget): string =>
  fingerprint === undefined ? label(name, version) : `${label(name, version)} ${shortFingerprint(fingerprint)}`
