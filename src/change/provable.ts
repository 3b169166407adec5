// Whether the node that runs this can verify what keys of a token sign: without that none of them is proved, and none is touched.
import { deviceFailed } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { KEY_TYPES, type KeyType } from '../domain/keys.ts'
import { provableTypes, whyUnverified } from '../domain/ml-dsa.ts'
import { label } from '../domain/names.ts'
import { type Plan, plannedKeys, type ShownPlan } from '../domain/plan.ts'
import { liveKeys } from './inventory.ts'

/** What proves every key of the token. */
const ALL: readonly Plan['op'][] = ['backup.create', 'partition.check', 'member.add', 'member.sync']

/** MECHANISM: of the keys that the plan is about one can't be proved here. Before anybody is asked. */
export function checkProvable(plan: Plan | ShownPlan, history: History): void {
  const provable = new Set(provableTypes())
  if (provable.size === KEY_TYPES.length) return
  const concerned = ALL.includes(plan.op) || history.members.areSeveral ? liveKeys(history) : plannedKeys(plan)
  const key = concerned.find(({ type }) => !provable.has(type as KeyType))
  if (key === undefined) return
  throw deviceFailed(
    'MECHANISM',
    `${label(key.name, key.version)} is ${key.type}, and ${whyUnverified(key.type)!.lacks}`,
    'run the same command with a newer node',
  )
}
