// Compares the token with the ledger: every difference is named, with what to do about it. Nothing is changed in the end.

import type { CheckPlan } from '../../domain/check-plan.ts'
import type { History } from '../../domain/history.ts'
import type { MemberCheckPlan } from '../../domain/member-plans.ts'
import { differences, type Finding, findingsIn, findingsOf } from '../findings.ts'
import { liveKeys } from '../inventory.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { accepting, type PlanInputs, planHeader } from '../plan-header.ts'
import { takeBackLent } from '../proofs.ts'
import { acceptedAnew, clearSpecimens, loginToRenew, renewedProfile } from '../renew-profile.ts'

/** `renews`: what the token can do is found anew too. */
export function planCheck(history: History, inputs: PlanInputs, renews?: true): CheckPlan {
  checkNoneOpen(history)
  const header = planHeader('partition.check', history, inputs, { renews })
  return renews ? { ...accepting(acceptedAnew(history, inputs.accepted), header), renews } : header
}

const NOTHING: Effects = { changed: false, keys: [] }

/** `findings` is filled by `run`. */
export class PartitionCheck implements Operation {
  findings: Finding[] = []
  readonly #progress: (done: number) => void
  readonly #notes: readonly string[]
  readonly #plan: CheckPlan
  readonly login?: NonNullable<Operation['login']>

  /** `notes`: what was found of the token before anybody was asked, for the ledger. */
  constructor(plan: CheckPlan, progress: (done: number) => void = () => {}, notes: readonly string[] = []) {
    this.#plan = plan
    if (plan.renews) this.login = loginToRenew
    this.#progress = progress
    this.#notes = notes
  }

  async run(context: OperationContext): Promise<Effects> {
    const { session, history } = context
    this.findings = await findingsIn(session, history, this.#progress)
    for (const open of context.members?.others ?? []) this.findings.push(...(await findingsOf(open, history)))
    if (this.findings.length > 0) throw differences(this.findings)
    const renewed = this.#plan.renews ? await renewedProfile(this.#plan, context) : undefined
    return this.#noted({ changed: false, keys: [], ...renewed })
  }

  /** Where something was found nothing was interrupted: it is left as it is. */
  determineOutcome = async (context: OperationContext): Promise<Effects> =>
    this.#noted(this.findings.length > 0 ? NOTHING : await checkOutcome(this.#plan, context))

  #noted(done: Effects): Effects {
    const notes = [...this.#notes, ...(done.notes ?? [])]
    return { ...done, ...(notes.length > 0 && { notes }) }
  }
}

/** Those of the members that are named. */
export class MembersCheck implements Operation {
  #isThrough = false

  constructor(readonly plan: MemberCheckPlan) {}

  async run({ session, history, members }: OperationContext): Promise<Effects> {
    const { acting } = history.members
    const own = { member: acting, session }
    const named = [own, ...(members?.others ?? [])].filter(({ member }) => this.plan.members.includes(member.name))
    const findings: Finding[] = []
    for (const open of named) findings.push(...(await findingsOf(open, history)))
    this.#isThrough = true
    if (findings.length > 0) throw differences(findings)
    return NOTHING
  }

  determineOutcome = async (context: OperationContext): Promise<Effects> =>
    this.#isThrough ? NOTHING : await checkOutcome({}, context)
}

/** A check may have been interrupted while a key was lent the flag that its proof takes, or with keys there that showed what the token can do. */
export async function checkOutcome({ renews }: Pick<CheckPlan, 'renews'>, context: OperationContext): Promise<Effects> {
  const { session, history } = context
  if (renews) await clearSpecimens(context)
  await takeBackLent(liveKeys(history), session)
  return { changed: false, keys: [] }
}
