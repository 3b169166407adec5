// What a record says of members, in lines.
import { recordCode } from '../domain/code.ts'
import type { OtherLedger } from '../domain/member-plans.ts'
import type { Holder } from '../domain/member-shapes.ts'
import { label } from '../domain/names.ts'
import type { IntentPlan, PlanOf } from '../domain/plan.ts'
import type { MemberAdded, MemberRetired } from '../domain/record.ts'
import { counted, listed } from '../domain/words.ts'
import { behind } from './record-applications.ts'

export const memberRetired = ({ member, token }: MemberRetired): string[] => [
  `${member} is no member any more, and its token is ${token}${token === 'lost' ? ': whoever finds it can open it with enough shares of that time' : ''}`,
]

/** Its token and audit key are told of as those of a partition. */
export const memberAdded = ({ member: { name, id } }: MemberAdded): string => `${name} is a member now, id ${id}`

/** `b is unproven: ...`. */
export const holdersInWords = (holders: readonly Holder[] = []): string[] => holders.map(holderInWords)

function holderInWords({ member, proof, head, differs, error }: Holder): string {
  const past = differs ? `; of keys that came to it ${differs.join(', ')} tell that` : ''
  const without = head ? '' : '; its head is not moved'
  const why = error ? `, ${error.code}, ${error.message}` : ''
  return `${member}: ${proof}${why}${past}${without}`
}

const otherInWords = ({ common, head, keys }: OtherLedger): string[] => [
  `its token follows another ledger, which left this one behind record ${common} and ends with record ${head.seq}, ${recordCode(head.leaf)}`,
  `keys by that one alone: ${keys.map(({ name, version, type, id }) => `${label(name, version)} (${type}) id ${id}`).join(', ') || 'none'}`,
]

/** What nothing else in the lines of an intent tells. */
export const MEMBERS: {
  'member.add': (plan: PlanOf<'member.add'>) => string[]
  'member.sync': (plan: PlanOf<'member.sync'>) => string[]
  'member.check': (plan: PlanOf<'member.check'>) => string[]
  'member.retire': (plan: PlanOf<'member.retire'>) => string[]
} = {
  'member.add': ({ member, spare, erases, included }) => [
    `${member.name}, id ${member.id}, with ${counted(included, 'key')}`,
    `on the ${erases === undefined ? 'blank token' : `token ${erases}, which is erased,`} in slot ${spare.slot}, called ${member.label} then, ${behind(spare.module)}`,
  ],
  'member.sync': ({ members, rolledBack }) => [
    `${listed(members)}${rolledBack ? ', of which an older copy was put back' : ''}`,
  ],
  'member.check': ({ members }) => [listed(members)],
  'member.retire': ({ member, lost, other }) => [
    `${member}${lost ? ': the token is lost' : ''}`,
    ...(other ? otherInWords(other) : []),
  ],
}

/** Whoever was there, and who was not. */
export function absentIn({ tokens, absent = [], checkpoint, op }: IntentPlan): string[] {
  const members = tokens.flatMap(({ member }) => member ?? [])
  const there = members.length > 0 ? [`on the members ${listed(members)}`] : []
  if (absent.length === 0) return there
  const away = absent.map(
    ({ member, serial, head }) => `ABSENT ${member}, serial ${serial}, last known at record ${head.seq}`,
  )
  // A restore says so itself.
  if (op === 'backup.restore') return [...there, ...away]
  const vouched =
    checkpoint === undefined ? 'no checkpoint was at hand' : `checkpoint of ${counted(checkpoint, 'record')}`
  return [...there, ...away, vouched]
}
