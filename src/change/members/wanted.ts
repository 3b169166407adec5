// What the ledger, and what a change has done by now, say that a member is to have.
import type { History } from '../../domain/history.ts'
import { requestOf, transportIdOf } from '../../domain/import-requests.ts'
import type { KnownMember } from '../../domain/known-member.ts'
import { label } from '../../domain/names.ts'
import { type IntentPlan, plannedKeys } from '../../domain/plan.ts'
import type { KeyReport } from '../../domain/shapes.ts'
import { isNotOnToken, liveKeys } from '../inventory.ts'
import { reportOnly } from '../key-targets.ts'
import type { Effects } from '../operation.ts'
import type { Wanted } from './align.ts'

export const NOTHING: Wanted = { keys: [], gone: [], ending: new Set() }

/** Of the keys of a change: those that it told of as they are now, the others as they were; what was to be made, and was not, is gone. */
export function wantedAfter(plan: IntentPlan, { keys }: Pick<Effects, 'keys'>, history: History): Wanted {
  const planned = plannedKeys(plan)
  const transports = endedBy(plan, keys.length > 0, history)
  if (planned.length === 0) return { ...NOTHING, gone: transports }
  const told = new Map(keys.map((key) => [key.id, key]))
  const now = planned.map((target) => {
    const known = history.key(target.name, target.version)
    return {
      id: target.id,
      report: told.get(target.id) ?? (known?.id === target.id ? reportOnly(known) : undefined),
      known,
    }
  })
  return {
    keys: now.flatMap(({ report, known }) =>
      report && isHeld(report) && (told.has(report.id) || !(known && isNotOnToken(known, history))) ? [report] : [],
    ),
    gone: [...transports, ...now.flatMap(({ id, report }) => (report && report.state !== 'destroyed' ? [] : [id]))],
    // What was to be destroyed, and was found on the one that acts, may be gone from another.
    ending: new Set(
      planned.flatMap(({ name, version, state }) => (state === 'destroyed' ? [label(name, version)] : [])),
    ),
  }
}

/** CKA_IDs of transport keys that no member is to have: one alone has that of a request, and where that was cut off, or is over, none. */
function endedBy(plan: IntentPlan, came: boolean, { requests }: History): string[] {
  if (plan.op === 'key.import-request') return [transportIdOf(plan)]
  const request = plan.op === 'key.import' && !came ? undefined : requests.get(requestOf(plan) ?? '')
  return request ? [request.id] : []
}

/** One that the token had lost is told of without attributes. */
const isHeld = ({ state, attributes }: KeyReport): boolean =>
  state !== 'destroyed' &&
  Object.values(attributes).some((flags) => typeof flags !== 'object' || Object.keys(flags).length > 0)

/** Everything, on this member. */
export const wantedWhole = (
  history: History,
  { perhapsDestroyed = [] }: Pick<KnownMember, 'perhapsDestroyed'>,
): Wanted => ({
  keys: liveKeys(history)
    .filter((key) => !isNotOnToken(key, history))
    .map(reportOnly),
  gone: [
    ...[...history.keys].flatMap(({ state, id }) => (state === 'destroyed' ? [id] : [])),
    ...history.members.unmade,
    ...history.requests.gone,
  ],
  ending: new Set(perhapsDestroyed),
})
