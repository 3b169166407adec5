// The rows of operations.ts that are about the members of a partition.
import type { MemberAddPlan, MemberCheckPlan, MemberRetirePlan, MemberSyncPlan } from './member-plans.ts'
import type { OperationRules } from './operation-rules.ts'
import { ROLES } from './shapes.ts'
import { listed } from './words.ts'

/** Whoever holds `so` can make what a token trusts, and whoever holds `user` use it. */
const OF_MEMBERS = { roles: ['so', 'user'], changes: 'token' } as const

const named = ({ members }: { members: readonly string[] }): string => listed(members)

/** What mends a member, ends it, or does without it, may be carried out while one has missed something. */
export const MENDS_MEMBERS: readonly string[] = [
  'member.sync',
  'member.retire',
  'partition.recover',
  'partition.retire',
]

export const MEMBER_OPERATIONS = {
  'member.add': {
    // Whoever is to let its audit key in: a quorum of every group.
    roles: ROLES,
    changes: 'token',
    several: 'cross',
    liveKeys: ({ included }) => ({ named: [], others: included }),
    subject: ({ member }) => member.name,
    confirms: ({ erases, member }) => (erases ? member.name : undefined),
    writesSettings: true,
  },
  'member.sync': { ...OF_MEMBERS, several: 'cross', subject: named },
  'member.check': { ...OF_MEMBERS, changes: 'nothing', several: 'follow', subject: named },
  'member.retire': {
    ...OF_MEMBERS,
    several: 'follow',
    subject: ({ member }) => member,
    confirms: ({ member }) => member,
    writesSettings: true,
  },
} satisfies {
  'member.add': OperationRules<MemberAddPlan>
  'member.sync': OperationRules<MemberSyncPlan>
  'member.check': OperationRules<MemberCheckPlan>
  'member.retire': OperationRules<MemberRetirePlan>
}
