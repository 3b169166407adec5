// What every plan carries: its partition, the ledger that it was made on, when it expires, and who has to approve.
import type { CeremonyMark, FirstMark } from '../domain/ceremony-marks.ts'
import { ACCEPTS_CLOCK, checkClock, isFarBehind, notBefore } from '../domain/clock.ts'
import { toBase64url } from '../domain/encoding.ts'
import type { History } from '../domain/history.ts'
import { type Time, toTime } from '../domain/names.ts'
import type { IntentPlan } from '../domain/plan.ts'
import { PLAN_FORMAT } from '../domain/plan-shapes.ts'
import type { Asked } from '../domain/rosters.ts'
import { type Said, saidOf } from '../domain/said.ts'
import type { Need } from '../domain/shapes.ts'
import { recordable } from '../domain/texts.ts'
import { type MemberInputs, plannedMembers } from './members/planned-members.ts'
import type { HostSources } from './ports.ts'

/** What is decided outside of a plan's own members. */
export interface PlanInputs extends Said {
  sources: HostSources
  /** Milliseconds until the plan expires. */
  lifetime: number
  module: { path: string; sha256: string }
  /** Whom shares from afar are sealed for. */
  remote?: { recipient: string }
  /** The step of a ceremony that it is. */
  ceremony?: CeremonyMark
  /** The same of a plan by which a partition begins. */
  first?: FirstMark
  /** Weaknesses that are taken knowingly. */
  accepted?: readonly string[]
  /** Where there are several. */
  members?: MemberInputs
}

interface PlanHeader<Op extends string> extends Said {
  format: typeof PLAN_FORMAT
  op: Op
  partition: string
  tokens: IntentPlan['tokens']
  absent?: IntentPlan['absent']
  checkpoint?: number | undefined
  head: { seq: number; leaf: string }
  nonce: string
  created: string
  expires: string
  needs: Need[]
  module: { path: string; sha256: string }
  ceremony?: CeremonyMark
  remote?: { recipient: string }
  accepted?: (typeof ACCEPTS_CLOCK)[]
  clock?: Time
}

/** CLOCK: a plan is not older than the ledger that it was made on. `concerned`: the members of the plan that decide who approves it. `targets`: members that are to be made right. */
export function planHeader<Op extends IntentPlan['op']>(
  op: Op,
  history: History,
  inputs: PlanInputs,
  concerned: Omit<Asked, 'op'> = {},
  targets: readonly string[] = [],
): PlanHeader<Op> {
  const { module, accepted, sources, remote, ceremony } = inputs
  const now = sources.clock()
  checkClock(history.time, now, accepted)
  return {
    format: PLAN_FORMAT,
    op,
    partition: history.partition,
    ...plannedMembers(op, history, inputs.members, targets),
    head: { seq: history.seq, leaf: history.leaf },
    ...moment(inputs, history.time),
    needs: history.needsOf({ op, ...concerned }),
    module: recordedModule(module),
    ...(ceremony ? { ceremony } : {}),
    ...saidOf(inputs),
    ...(remote ? { remote } : {}),
    ...(isFarBehind(history.time, now) ? { accepted: [ACCEPTS_CLOCK], clock: toTime(now) } : {}),
  }
}

/** A library's path is not ours to choose: what a record can't hold of it is spelled out. */
export const recordedModule = ({ path, sha256 }: PlanInputs['module']): PlanInputs['module'] => ({
  path: recordable(path),
  sha256,
})

/** Nonce (16 bytes), creation and end of a plan. */
export function moment(
  { sources, lifetime }: PlanInputs,
  last = '',
): { nonce: string; created: string; expires: string } {
  const created = notBefore(last, sources.clock())
  return {
    nonce: toBase64url(sources.random(16)),
    created,
    expires: new Date(Date.parse(created) + lifetime).toISOString(),
  }
}

/** The header of a plan that accepts more. */
export function accepting<H extends { accepted?: readonly string[] }, W extends string>(
  words: readonly W[],
  header: H,
) {
  const { accepted = [], ...rest } = header
  const taken = [...new Set([...accepted, ...words])].sort() as (W | NonNullable<H['accepted']>[number])[]
  return { ...rest, ...(taken.length > 0 ? { accepted: taken } : {}) }
}
