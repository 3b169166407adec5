// Promotion: the version that was published takes over, and the one before it only processes what exists.

import type { PromotePlan } from '../../domain/application-plans.ts'
import { DESTINATION_NAMES, exporting } from '../../domain/destinations.ts'
import { refused } from '../../domain/errors.ts'
import { add, apart, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { flagsThatDiffer, isExtractable, standingOf, type Usage, usagesOf, withUsage } from '../../domain/keys.ts'
import { type KeyVersion, label } from '../../domain/names.ts'
import { ACCEPTS_NOT_SENT } from '../../domain/plan-shapes.ts'
import type { KeyTarget } from '../../domain/shapes.ts'
import { listed } from '../../domain/words.ts'
import { appsOf, holdersOf, type Reaching, Wishes, wishIn } from '../copies/wishes.ts'
import { flagsOf } from '../inventory.ts'
import {
  allOnToken,
  checkAllOnToken,
  checkRestored,
  findKey,
  keysOnToken,
  knownKey,
  setPlannedUsage,
  targetOf,
  withPlannedFlags,
} from '../key-targets.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { accepting, type PlanInputs, planHeader } from '../plan-header.ts'
import { provedIfItself, provedThere, takeBackLent } from '../proofs.ts'
import { certified, checkBacked, type GivenCertificate, keyInForce } from './deliver-keys.ts'

interface PromoteRequest {
  keys: readonly KeyVersion[]
  /** Of the one pair that is promoted. */
  certificate?: GivenCertificate | undefined
}

interface Succession {
  old: KeyEntry
  fresh: KeyEntry
}

/** KEY-STATE, COPY-PROVEN, COPY-BACKED, KEY-DELIVERED, CERTIFICATE. */
export function planPromotion(
  { keys, certificate }: PromoteRequest,
  history: History,
  inputs: PlanInputs,
  reaching: Reaching,
): PromotePlan {
  checkNoneOpen(history)
  const successions = keys.map((key) => successionOf(key, history))
  checkRestored(
    successions.flatMap(({ old, fresh }) => (old.state === 'active' ? [old, fresh] : [fresh])),
    history,
  )
  const wishes = new Wishes()
  for (const succession of successions) {
    checkReaders(succession, history, reaching)
    wishFor(succession, certified(succession.fresh, certificate), wishes, history)
  }
  const targets = successions.flatMap(({ old, fresh }) => [
    ...(old.state === 'active' ? [targetOf(old, 'deactivated')] : []),
    promoted(fresh),
  ])
  const fresh = successions.map((succession) => succession.fresh)
  const unbacked = checkBacked(
    fresh.filter((key) => isExtractable(key.attributes)),
    history,
    inputs,
  )
  const apps = appsOf(wishes.planned(reaching))
  const accepted = [...unbacked, ...checkSent(successions, history, inputs)]
  return { ...accepting(accepted, planHeader('key.promote', history, inputs, apps)), keys: targets, ...apps }
}

/** KEY-STATE: a name alone is the version that waits. */
function successionOf({ name, version }: KeyVersion, history: History): Succession {
  const fresh = findKey({ name, version: version ?? history.keys.newest(name) }, history)
  const known = label(name, fresh.version)
  if (fresh.published && fresh.state === 'active') return { old: keyInForce({ name }, history), fresh }
  const message = `${known} is ${standingOf(fresh)}: only what was published is promoted`
  const next = fresh.published ? keyrite('key', 'resume', known) : keyrite('key', 'publish', name)
  throw refused('KEY-STATE', message, next)
}

function promoted({ published: _, ...fresh }: KeyEntry): KeyTarget {
  const { attributes, type, usage } = fresh
  return { ...knownKey(fresh), attributes: withUsage(attributes, type, usage) }
}

/** COPY-PROVEN: who reads has the new version before anybody writes with it. */
function checkReaders({ old, fresh }: Succession, history: History, { without }: Reaching): void {
  const have = new Set(
    history.applications
      .holding(fresh.name, fresh.version)
      .filter(({ copy }) => copy.wished && copy.state === 'present')
      .map(({ app }) => app.name),
  )
  const readers = holdersOf(old, history).filter(({ copy }) => reads(copy.made) && copy.wished)
  const waiting = readers.map(({ app }) => app.name).filter((name) => !have.has(name) && !without.includes(name))
  const [first] = waiting
  if (first === undefined) return
  const known = label(fresh.name, fresh.version)
  const message = `${listed(waiting)} could not read what others write: nothing proves that ${known} is there`
  const isWished = history.applications.holding(fresh.name, fresh.version).some(({ app }) => app.name === first)
  const bring = isWished ? keyrite('app', 'sync', first) : keyrite('key', 'deliver', known, '--app', first)
  throw refused('COPY-PROVEN', message, apart(bring, `or leave it out: --without ${first}`))
}

/** KEY-DELIVERED: whoever it went out to reads with it, as an application does. */
function checkSent(
  successions: readonly Succession[],
  { exports }: History,
  { accepted = [] }: PlanInputs,
): (typeof ACCEPTS_NOT_SENT)[] {
  for (const { old, fresh } of successions) {
    const places = exports.notFollowed(old, fresh)
    if (places.length === 0) continue
    if (accepted.includes(ACCEPTS_NOT_SENT)) return [ACCEPTS_NOT_SENT]
    const [before, next] = [old, fresh].map(({ name, version }) => label(name, version)) as [string, string]
    throw refused(
      'KEY-DELIVERED',
      `${before} went out to ${listed(places.map((place) => DESTINATION_NAMES[place]))}, and ${next} did not: who has it there could not read what others write`,
      apart(
        ...places.map((place) => to('bring it there', exporting(next, place))),
        to('where nobody there reads any more', add('--accept', ACCEPTS_NOT_SENT)),
      ),
    )
  }
  return []
}

const reads = (made: readonly Usage[]): boolean =>
  usagesOf({ state: 'active', published: true, usage: made }).length > 0

/** Whoever had the old version has the new one for the same, and the old one under its number, to process. */
function wishFor(
  { old, fresh }: Succession,
  certificate: ReturnType<typeof certified>,
  wishes: Wishes,
  history: History,
): void {
  const had = new Map(holdersOf(old, history).map(({ app, copy }) => [app, copy]))
  const waits = new Map(holdersOf(fresh, history).map(({ app, copy }) => [app, copy]))
  const next = old.state === 'active' ? 'deactivated' : old.state
  for (const app of new Set([...had.keys(), ...waits.keys()])) {
    const [before, now] = [had.get(app), waits.get(app)]
    const { made } = before ?? now!
    const { certificate: kept } = now ?? {}
    const held = { made, ...(kept ? { certificate: kept } : {}), ...certificate }
    const { name, version } = fresh
    wishes.add(app, wishIn({ name, version, state: 'active' }, held, name))
    if (before) wishes.add(app, wishIn({ name, version: old.version, state: next }, before, label(name, old.version)))
  }
}

/** The new one first: at no moment is there no key that encrypts. */
export function promoteKeys({ keys }: Pick<PromotePlan, 'keys'>): Operation {
  const newFirst = [...keys.filter(isNew), ...keys.filter((key) => !isNew(key))]
  return {
    check: (session) => checkAllOnToken(keys, session),
    async run({ session }) {
      await allOnToken(keys, session, undefined, true)
      await provedThere(keys, session)
      const reports = new Map<KeyTarget, Effects['keys'][number]>()
      for (const target of newFirst) reports.set(target, await setPlannedUsage(target, session))
      return { changed: true, keys: keys.map((target) => reports.get(target)!) }
    },
    determineOutcome,
  }

  /**
   * Once one key has what is planned for it the rest follows, of whatever is proved to be itself. A flag that was lent for a proof may look
   * like that: then the promotion is gone through with, which everyone wanted.
   */
  async function determineOutcome({ session, history }: OperationContext): Promise<Effects> {
    const before = keys.map(({ name, version }) => history.key(name, version)!)
    const there = await keysOnToken(keys, session)
    const moves = keys.filter((target, i) => flagsThatDiffer(target.attributes, flagsOf(before[i]!)).length > 0)
    const isThere = (target: KeyTarget) =>
      there.has(target) && flagsThatDiffer(target.attributes, there.get(target)!.attributes).length === 0
    if (moves.length > 0 && !moves.some(isThere)) {
      await takeBackLent(before, session)
      return { changed: false, keys: [] }
    }
    const reports: Effects['keys'] = []
    for (const target of newFirst) {
      const facts = await provedIfItself(target, session)
      if (facts) reports.push(await withPlannedFlags(target, facts, session))
    }
    return { changed: reports.length > 0, keys: reports }
  }
}

const isNew = ({ state }: KeyTarget): boolean => state === 'active'
