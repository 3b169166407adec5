// A new set of shares for a group, before it takes the place of the old one: staged, and, where it is not wanted any more, unstaged.

import { refused } from '../../domain/errors.ts'
import { apart, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { operationOf } from '../../domain/operations.ts'
import type { IntentPlan } from '../../domain/plan.ts'
import { ACCEPTS_NO_SPARE } from '../../domain/plan-shapes.ts'
import type { Issued, QuorumStagePlan, QuorumUnstagePlan } from '../../domain/quorum-plans.ts'
import { checkRoster, withGroup } from '../../domain/roster.ts'
import { isBesideSo } from '../../domain/roster-rules.ts'
import type { Group } from '../../domain/shapes.ts'
import { listed, orMeant } from '../../domain/words.ts'
import type { SetRequest } from '../make-set.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation } from '../operation.ts'
import { accepting, type PlanInputs, planHeader } from '../plan-header.ts'

/** What is to become of a group. */
interface SetWish {
  group: string
  remove: readonly string[]
  add: readonly string[]
  threshold?: number
  lost?: true
  accept: readonly string[]
}

/** STAGE-OPEN, ROSTER-SAME, CUSTODIAN-KNOWN, ROSTER-...: the new set, before anybody is asked, and before a share is made. */
export function nextSet(wish: SetWish, history: History): SetRequest {
  const old = history.groups.find(({ name }) => name === wish.group)
  checkNoneOpen(history, wish.lost && old)
  if (!wish.lost) checkNoneStaged(history)
  if (!old)
    throw refused(
      'ROSTER-SAME',
      `no group is called ${wish.group}${orMeant(
        wish.group,
        history.groups.map(({ name }) => name),
      )}`,
      keyrite('quorum', 'show'),
    )
  if (wish.lost) checkSettable(old, history)
  const request: SetRequest = {
    name: old.name,
    roles: old.roles,
    threshold: wish.threshold ?? old.threshold,
    custodians: namesAfter(wish, old),
    epoch: history.rosters.nextEpoch(old.name),
  }
  const custodians = request.custodians.map((name, i) => ({ name, key: `${old.name} ${i}` }))
  checkRoster(withGroup(history.groups, { ...old, ...request, name: old.name, custodians }))
  checkSpare(request, wish)
  return request
}

/** STAGE-OPEN. */
function checkNoneStaged({ rosters: { stage } }: History): void {
  if (!stage) return
  const { name, epoch } = stage.plan.group
  throw refused(
    'STAGE-OPEN',
    `shares of ${name}, epoch ${epoch}, are staged already, by the change that began with record ${stage.seq}`,
    apart(to('who has them', keyrite('quorum', 'show')), to('to give them up', keyrite('quorum', 'unstage'))),
  )
}

/** REPLACE-LOST. */
function checkSettable({ name, roles }: Group, { profile }: History): void {
  if (isBesideSo(roles) && (profile.so || !roles.includes('user'))) return
  const why = isBesideSo(roles)
    ? 'the token knows no SO, and nobody else can set its user PIN'
    : `${name} holds so itself: nobody else can set a PIN of the token`
  throw refused('REPLACE-LOST', why, keyrite('quorum', 'show'))
}

/** CUSTODIAN-KNOWN, ROSTER-NAMES: whoever stays keeps their place. */
function namesAfter({ remove, add }: SetWish, { name, custodians }: Group): string[] {
  const before = custodians.map((custodian) => custodian.name)
  const unknown = remove.filter((one) => !before.includes(one))
  if (unknown[0])
    throw refused(
      'CUSTODIAN-KNOWN',
      `${unknown[0]} does not belong to ${name}${orMeant(unknown[0]!, before)}`,
      `custodians: ${listed(before)}`,
    )
  const known = add.find((one) => before.includes(one))
  if (known) throw refused('ROSTER-NAMES', `${known} is a custodian of ${name} already`, keyrite('quorum', 'show'))
  return [...before.filter((one) => !remove.includes(one)), ...add]
}

/** ROSTER-SPARE: the next share that is lost would be the end. */
function checkSpare({ name, threshold, custodians: { length } }: SetRequest, { accept }: SetWish): void {
  if (length > threshold || accept.includes(ACCEPTS_NO_SPARE)) return
  throw refused(
    'ROSTER-SPARE',
    `with ${threshold} of ${length} custodians of ${name} one lost share locks everyone out for good`,
    apart('add somebody: --add NAME', 'or accept it: --accept no-spare'),
  )
}

/** `issued`: what became of each share, in the order of the group. */
export function planStage(
  group: Group,
  issued: readonly Issued[],
  history: History,
  inputs: PlanInputs,
): QuorumStagePlan {
  return {
    ...accepting(noSpare(group), planHeader('quorum.stage', history, inputs, { group })),
    group,
    issued: [...issued],
  }
}

/** What was accepted where every share is needed. */
export const noSpare = ({ threshold, custodians }: Group): (typeof ACCEPTS_NO_SPARE)[] =>
  custodians.length === threshold ? [ACCEPTS_NO_SPARE] : []

/** STAGE-KNOWN. */
export function planUnstage(history: History, inputs: PlanInputs): QuorumUnstagePlan {
  checkNoneOpen(history)
  const { stage } = history.rosters
  if (!stage) throw refused('STAGE-KNOWN', 'no shares are staged', keyrite('quorum', 'show'))
  const { group } = stage.plan
  return { ...planHeader('quorum.unstage', history, inputs, { group }), group, stage: stage.leaf }
}

/** Nothing is done on the token: what is signed is all that there is to it. */
export const inLedgerAlone = (plan: IntentPlan) => {
  const effects = async (): Promise<Effects> => ({ changed: operationOf(plan).changes !== 'nothing', keys: [] })
  return { run: effects, determineOutcome: effects } satisfies Operation
}

/** Who stays, comes and goes. */
export function difference(old: Group, { custodians }: Group): { stays: string[]; joins: string[]; leaves: string[] } {
  const [before, after] = [old.custodians, custodians].map((all) => all.map(({ name }) => name)) as [string[], string[]]
  return {
    stays: after.filter((name) => before.includes(name)),
    joins: after.filter((name) => !before.includes(name)),
    leaves: before.filter((name) => !after.includes(name)),
  }
}
