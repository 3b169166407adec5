// Approvals from afar: what is sealed for the key of a waiting process is a share, and so few may come that way, and of some changes none.
import { notVerified, usage } from './errors.ts'
import type { Plan, ShownPlan } from './plan.ts'
import type { Approval, Group } from './shapes.ts'

/** How many of a group sit at the terminal, whatever its threshold: they sign the plan before it leaves. */
export const AT_TERMINAL = 2

/** Of a group with this threshold. */
export const mostFromAfar = (threshold: number): number => Math.max(0, threshold - AT_TERMINAL)

/** Milliseconds from a plan's making to its end. */
export const LONGEST_AFAR = 24 * 3_600_000

/** What makes shares, or lets a token in, is approved where it is done. */
export const isForTerminal = (op: string): boolean => /^(quorum|member)\./.test(op) || AT_ONE_PLACE.includes(op)

const AT_ONE_PLACE: readonly string[] = ['partition.init', 'partition.adopt', 'backup.restore']

/** REMOTE-OP, for whoever asks for it. */
export const notFromAfar = (what: string) =>
  usage(`${what} is approved at its own terminal, and by nobody from afar`, 'leave --remote out', 'REMOTE-OP')

/** REMOTE-OP, PLAN-TIMES. `finishes`: the change that it takes up. */
export function checkRemote(plan: Plan, finishes?: Pick<Plan, 'op'>): void {
  if (!('remote' in plan)) return
  const of = [plan.op, ...(finishes ? [finishes.op] : [])].find(isForTerminal)
  if (of) throw notVerified('REMOTE-OP', `${of} is approved at the terminal alone`)
  if (Date.parse(plan.expires) - Date.parse(plan.created) > LONGEST_AFAR)
    throw notVerified(
      'PLAN-TIMES',
      `a plan that is approved from afar ends within a day, and this one at ${plan.expires}`,
    )
}

/** REMOTE-PLAN, REMOTE-QUORUM: contributions are to a plan that asks for them, and two others of their group, or more, were at the terminal. */
export function checkContributions(plan: Plan, approvals: readonly Approval[], groups: readonly Group[]): void {
  const sent = approvals.filter(({ via }) => via === 'contribution')
  if (sent.length > 0 && !('remote' in plan))
    throw notVerified('REMOTE-PLAN', 'the plan lets nobody approve it from afar')
  for (const { name, threshold } of groups) {
    const from = sent.filter(({ group }) => group === name).length
    if (from > mostFromAfar(threshold))
      throw notVerified(
        'REMOTE-QUORUM',
        `${from} of ${name} approve from afar, and with a threshold of ${threshold} at most ${mostFromAfar(threshold)} may`,
      )
  }
}

/** Whom shares are sealed for. */
export const sealedFor = (plan: Plan | ShownPlan): string | undefined =>
  'remote' in plan ? plan.remote?.recipient : undefined
