// A change as a value that outlives the process: proposed, then approved by whoever has to, here or elsewhere, then carried out.
import { checkApprovers, checkQuorum } from '../domain/approvals.ts'
import { checkContributions } from '../domain/from-afar.ts'
import type { Plan } from '../domain/plan.ts'
import type { Proposal } from '../domain/proposal.ts'
import type { Approval, Group, Need } from '../domain/shapes.ts'
import type { ApprovalCheck } from '../ledger/port.ts'

/** Evidence, and no secret: each is a signature over the plan's bytes, which anyone can check. It can be kept in a file, and sent. */
type Approvals = readonly Approval[]

/** A home can keep its plan, approvals and stage: the rest is derived from the plan. */
export interface ApprovedChange<P extends Plan = Plan> extends Proposal<P> {
  readonly stage: 'approved'
  readonly approvals: Approvals
}

export const approve = <P extends Plan>(proposal: Proposal<P>, approvals: Approvals): ApprovedChange<P> =>
  Object.freeze({ ...proposal, stage: 'approved', approvals })

/**
 * APPROVER-CURRENT, APPROVER-DISTINCT, QUORUM-MET, REMOTE-PLAN, REMOTE-QUORUM, APPROVAL-SIGNED: as many of today's custodians as have to have signed this plan. It is
 * asked before a PIN is sent, wherever the approvals come from.
 */
export function checkApproved(
  { plan, message, approvals }: ApprovedChange,
  groups: readonly Group[],
  { checkApproved }: ApprovalCheck,
  needs: readonly Need[] = plan.needs,
): void {
  checkApprovers(approvals, groups)
  checkQuorum(approvals, needs)
  checkContributions(plan, approvals, groups)
  checkApproved(message, approvals)
}
