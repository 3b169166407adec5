// What a manifest's plan does on the partition's own token: new keys first, then those that take over, then those that give way, and what is destroyed.

import { plannedCopies } from '../../domain/copies.ts'
import { groupedBy } from '../../domain/grouped.ts'
import type { History } from '../../domain/history.ts'
import type { ManifestPlan } from '../../domain/manifest-plan.ts'
import { label } from '../../domain/names.ts'
import { type PlanOf, plannedKeys } from '../../domain/plan.ts'
import type { KeyReport, KeyTarget } from '../../domain/shapes.ts'
import {
  allOnToken,
  checkAllOnToken,
  checkIdsFree,
  reportOf,
  setPlannedUsages,
  specOf,
  withPlannedFlags,
} from '../key-targets.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { provedIfItself, provedThere, takeBackLent } from '../proofs.ts'
import { changeState } from './change-state.ts'
import { destroySeveral } from './destroy-several.ts'
import { checkDistinct, whatWasMade } from './generate-keys.ts'
import { promoteKeys } from './promote-keys.ts'

const isNew = ({ fingerprint }: KeyTarget): boolean => fingerprint === undefined
const isTaking = (key: KeyTarget): boolean => !isNew(key) && key.state === 'active'
const isGiving = ({ state }: KeyTarget): boolean => state === 'deactivated'
const isGoing = ({ state }: KeyTarget): boolean => state === 'destroyed'

export function applyManifest(plan: ManifestPlan, progress?: (done: number) => void): Operation {
  const keys = plannedKeys(plan)
  const fresh = keys.filter(isNew)
  const moved = [...keys.filter(isTaking), ...keys.filter(isGiving)]
  const going = keys.filter(isGoing)
  const ends = destroySeveral(going, fresh)
  return {
    async check(session, history) {
      await checkIdsFree(fresh, session)
      await checkAllOnToken([...moved, ...given(plan, moved, history)], session)
      await ends.check(session, history)
    },
    async run(context) {
      const { session, history } = context
      const reports = new Map<KeyTarget, KeyReport>()
      if (moved.length > 0) {
        await allOnToken(moved, session, undefined, true)
        await provedThere(moved, session)
      }
      if (fresh.length > 0) {
        const facts = await session.generateKeys(fresh.map(specOf), progress)
        await checkDistinct(fresh, facts, history, session)
        for (const [i, target] of fresh.entries()) reports.set(target, reportOf(target, facts[i]!))
      }
      if (moved.length > 0) {
        const changed = await setPlannedUsages(moved, session)
        for (const [i, target] of moved.entries()) reports.set(target, changed[i]!)
      }
      const gone = await ends.run(context)
      for (const [i, target] of going.entries()) reports.set(target, gone.keys[i]!)
      const notes = gone.notes ? { notes: gone.notes } : {}
      return { changed: keys.length > 0, keys: keys.map((target) => reports.get(target)!), ...notes }
    },
    determineOutcome: (context) => whatWasDone(context, { fresh, moved, going }),
  }
}

/** What goes to applications, and is on the token already: beside what changes there. */
function given(plan: ManifestPlan, moved: readonly KeyTarget[], history: History) {
  const ids = new Set(moved.map(({ id }) => id))
  const wished = plannedCopies(plan).flatMap(({ copies }) => copies.filter((copy) => copy.wished))
  const named = new Map(wished.map(({ name, version }) => [label(name, version), history.key(name, version)]))
  return [...named.values()].flatMap((key) => (key && key.state !== 'destroyed' && !ids.has(key.id) ? [key] : []))
}

interface Parts {
  fresh: readonly KeyTarget[]
  moved: readonly KeyTarget[]
  going: readonly KeyTarget[]
}

/** Of each name by itself: one that was not reached stays as it was, and is due again. */
async function whatWasDone(context: OperationContext, { fresh, moved, going }: Parts): Promise<Effects> {
  const { session, history } = context
  const made = fresh.length > 0 ? await whatWasMade(fresh, session, history) : { changed: false, keys: [] }
  const took = new Set(made.keys.map(({ name }) => name))
  const parts: Effects[] = [made]
  for (const [name, own] of groupedBy(moved, (key) => key.name)) parts.push(await whatMoved(name, own, took, context))
  parts.push(await destroySeveral(going).determineOutcome(context))
  return together(parts)
}

const together = (parts: readonly Effects[]): Effects => ({
  changed: parts.some(({ changed }) => changed),
  keys: parts.flatMap(({ keys }) => keys),
  ...(parts.some(({ notes }) => notes) ? { notes: parts.flatMap(({ notes = [] }) => notes) } : {}),
})

/** `took`: names of which a new version was made. */
async function whatMoved(
  name: string,
  own: readonly KeyTarget[],
  took: ReadonlySet<string>,
  context: OperationContext,
): Promise<Effects> {
  const { session, history } = context
  if (own.some(isTaking)) return await promoteKeys({ keys: [...own] }).determineOutcome!(context)
  const inForce = history.keys.inForce(name)
  const parts = await eachOf(own, async (target): Promise<Effects> => {
    if (target.version !== inForce)
      return await changeState({ keys: [target] } as PlanOf<'key.deactivate'>).determineOutcome!(context)
    await takeBackLent([history.key(name, target.version)!], session)
    // It gives way to what was made, and to nothing else.
    const facts = took.has(name) ? await provedIfItself(target, session) : undefined
    return facts
      ? { changed: true, keys: [await withPlannedFlags(target, facts, session)] }
      : { changed: false, keys: [] }
  })
  return together(parts)
}

async function eachOf<T, R>(all: readonly T[], make: (one: T) => Promise<R>): Promise<R[]> {
  const made: R[] = []
  for (const one of all) made.push(await make(one))
  return made
}
