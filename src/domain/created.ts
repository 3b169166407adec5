// How a partition may begin: as everyone approved it.
import { checkApprovers, checkNeeds, checkQuorum, everyCustodian, thresholds } from './approvals.ts'
import { sameJson } from './canonical.ts'
import { notVerified } from './errors.ts'
import { checkContributions } from './from-afar.ts'
import { checkTimes } from './plan-order.ts'
import type { Created } from './record.ts'
import { checkMemberKeys, checkRoster, needsOf } from './roster.ts'
import { ROLES } from './shapes.ts'

/** CREATED-AS-PLANNED: the plan that everyone approved holds the record's name, token, groups and station. */
export function checkCreated(record: Created): void {
  const { plan, groups } = record
  for (const member of ['name', 'token', 'groups', 'partition'] as const) {
    if (!sameJson(plan[member], record[member]))
      throw notVerified('CREATED-AS-PLANNED', `${member} is not what was approved`)
  }
  if (!sameJson(plan.station, { name: record.station, key: record.stationKey }))
    throw notVerified('CREATED-AS-PLANNED', 'its station is not what was approved')
  checkTimes(plan, record.time)
  checkRoster(groups, notVerified)
  checkMemberKeys(groups)
  if (groups.some((group) => group.epoch !== 1)) throw notVerified('ROSTER-EPOCH', 'epochs count from 1')
  checkNeeds(plan, needsOf(ROLES, groups))
  checkApprovers(record.approvals, groups)
  checkQuorum(record.approvals, everyCustodian(groups))
  checkContributions(plan, record.approvals, groups)
  checkApprovers(record.keyApprovals, groups)
  checkQuorum(record.keyApprovals, thresholds(groups))
}
