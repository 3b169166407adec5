// Plans about members, on the same partition on paper: it has one more token, which missed a change.
import { planMember } from '../change/operations/add-member.ts'
import { planMemberCheck } from '../change/operations/check-members.ts'
import { planMemberRetirement } from '../change/operations/retire-member.ts'
import { planRotation } from '../change/operations/rotate-key.ts'
import { planMemberSync } from '../change/operations/sync-members.ts'
import type { PlanInputs } from '../change/plan-header.ts'
import type { KeyName } from '../domain/names.ts'
import type { PlanOf } from '../domain/plan.ts'
import { type SamplePartition, SOFTHSM, signingKey, softToken } from './sample-partition.ts'

const NAME = 'site-b'

const adding = (partition: SamplePartition): PlanOf<'member.add'> =>
  planMember(
    { name: NAME, slot: 2, module: SOFTHSM, accepted: [] },
    partition.history,
    partition.inputs('a second site'),
  )

/** Whoever is not away is there. */
const among = (partition: SamplePartition, reason: string, away: readonly string[] = []): PlanInputs => ({
  ...partition.inputs(reason),
  members: {
    absent: away,
    modules: new Map([[NAME, SOFTHSM]]),
    ...(away.length > 0 ? { checkpoint: partition.history.seq } : {}),
  },
})

function added(partition: SamplePartition): SamplePartition {
  const plan = adding(partition)
  partition.begin(plan)
  const intent = partition.history.leaf
  const { name, id, label } = plan.member
  const { profile } = partition.history
  const member = {
    name,
    id,
    token: softToken('5be1f60c38a2d917', label),
    profile,
    auditKey: signingKey('audit of site-b'),
  }
  partition.tell({ type: 'member.added', intent, member, keyApprovals: partition.letIn() })
  const holders = ['first', NAME].map((one) => ({ member: one, proof: 'proven' as const, head: true }))
  return partition.tell({ type: 'outcome', intent, result: 'done', changed: true, keys: [], holders }).pass(24 * 60)
}

/** A rotation that the other member did not see. */
function behind(partition: SamplePartition): SamplePartition {
  added(partition)
  const plan = planRotation(
    'payments/card-dek' as KeyName,
    partition.history,
    among(partition, 'monthly rotation', [NAME]),
  )
  const holders = [{ member: 'first', proof: 'proven' as const, head: true }]
  return partition.carryOut(plan, { holders }).pass(24 * 60)
}

export const MEMBER_PLANS = {
  'member.add': adding,
  'member.sync': (partition: SamplePartition): PlanOf<'member.sync'> =>
    planMemberSync(
      { members: [NAME], rolledBack: false },
      behind(partition).history,
      among(partition, 'site B is back'),
    ),
  'member.check': (partition: SamplePartition): PlanOf<'member.check'> =>
    planMemberCheck(['first', NAME], added(partition).history, among(partition, 'quarterly')),
  'member.retire': (partition: SamplePartition): PlanOf<'member.retire'> =>
    planMemberRetirement(
      { member: NAME, lost: true },
      added(partition).history,
      among(partition, 'site B burned down', [NAME]),
    ),
}
