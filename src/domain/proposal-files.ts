// What is carried between a process that waits with a plan and a custodian elsewhere: the plan with the signatures of those at the terminal,
// and the share that approves it, sealed.
import * as v from 'valibot'
import { formatCarried, parseCarried } from './carried-line.ts'
import { notVerified, refused } from './errors.ts'
import { IntentPlan } from './plan.ts'
import { Base64url, base64urlOf, KeyApproval, Uuid } from './shapes.ts'
import { memberInMemory, planAsWritten } from './templates.ts'

const PROPOSAL_FORMAT = 'keyrite.proposal/1'
const CONTRIBUTION_FORMAT = 'keyrite.contribution/1'

/** `signed`: approvals of the plan by custodians at the terminal. */
const SentPlan = v.strictObject({
  format: v.literal(PROPOSAL_FORMAT),
  plan: IntentPlan,
  signed: v.pipe(v.array(KeyApproval), v.minLength(2)),
})
export type SentPlan = v.InferOutput<typeof SentPlan>

/** `plan`: SHA-256 of its message. `key` is the share's, `value` its approval, and `sealed` the share in an age file. */
const Contribution = v.strictObject({
  format: v.literal(CONTRIBUTION_FORMAT),
  partition: Uuid,
  plan: base64urlOf(32),
  key: base64urlOf(32),
  value: base64urlOf(64),
  sealed: Base64url,
})
export type Contribution = v.InferOutput<typeof Contribution>

/** How its file begins. */
export const CONTRIBUTION_START = '{"contribution":'

export const formatSentPlan = ({ plan, signed }: Omit<SentPlan, 'format'>): string =>
  formatCarried('proposal', PROPOSAL_FORMAT, { plan: planAsWritten(plan), signed })
export const formatContribution = (contribution: Omit<Contribution, 'format'>): string =>
  formatCarried('contribution', CONTRIBUTION_FORMAT, contribution)

/** FORMAT-NEWER, PROPOSAL-FILE. */
export const parseSentPlan = (text: string): SentPlan =>
  parseCarried(text, {
    shape: v.strictObject({ proposal: SentPlan }),
    member: 'proposal',
    format: PROPOSAL_FORMAT,
    inMemory: (value) => memberInMemory(value, 'proposal'),
    refused: () =>
      notVerified('PROPOSAL-FILE', 'this is not a plan that was sent for approval', 'take another copy of the file'),
  }).proposal

/** FORMAT-NEWER, CONTRIBUTION-FILE. */
export const parseContribution = (text: string): Contribution =>
  parseCarried(text, {
    shape: v.strictObject({ contribution: Contribution }),
    member: 'contribution',
    format: CONTRIBUTION_FORMAT,
    refused: () => refused('CONTRIBUTION-FILE', 'this is not a contribution', 'take another copy of the file'),
  }).contribution
