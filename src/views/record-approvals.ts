// Who approved a change, or let a token in, in lines.
import type { Created, Intent } from '../domain/record.ts'
import type { Approval, SigningKey } from '../domain/shapes.ts'
import type { Known } from './known.ts'

/** How a share was given. */
const VIA: { [via in Approval['via']]: string } = {
  prompt: 'at the terminal',
  file: 'from a file',
  fd: 'from a descriptor',
  contribution: 'by contribution',
}

export const approved = ({ approvals, seq }: Pick<Intent, 'approvals' | 'seq'>, known: Known): string =>
  `approved by ${approvals.map((one) => `${known.seat(one)} (${VIA[one.via]}${known.contradicted(one, seq)})`).join(', ')}`

export const letIn = ({ id }: SigningKey, approvals: Created['keyApprovals'], known: Known): string =>
  `audit key ${id} let in by ${approvals.map((one) => known.seat(one)).join(', ')}`
