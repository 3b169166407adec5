// Members of a partition, as they are shown.
import type { History } from '../domain/history.ts'
import type { KnownMember, RetiredMember } from '../domain/known-member.ts'
import { listed } from '../domain/words.ts'
import { type Field, fields, marked, type Part, type Run, whole } from '../terminal/text.ts'
import { moduleRuns } from './module.ts'
import { modelOf, toTheMinute } from './words.ts'

const STANDING = {
  current: 'current',
  behind: 'behind: it has missed a change',
  unproven: 'unproven: a change did not come through on it',
} as const

/** For programs. */
export const memberData = ({ name, id, token, floor, standing, since, auditKey, perhapsDestroyed }: KnownMember) => ({
  name,
  ...(id === undefined ? {} : { id }),
  token: { serial: token.serial, label: token.label },
  standing,
  head: floor,
  since,
  auditKey: auditKey.id,
  ...(perhapsDestroyed ? { perhapsDestroyed } : {}),
})

export const retiredData = ({ name, id, token, since, until, time, end }: RetiredMember) => ({
  name,
  ...(id === undefined ? {} : { id }),
  token: { serial: token.serial, label: token.label },
  since,
  until,
  time,
  end,
})

export const standingRun = ({ standing }: Pick<KnownMember, 'standing'>): Run =>
  standing === 'current' ? STANDING.current : marked(STANDING[standing], 'bad')

export function memberParts(member: KnownMember, history: History): Part[] {
  const { name, id, token, floor, module, since, auditKey, perhapsDestroyed } = member
  const rows: Field[] = [
    ['standing', standingRun(member)],
    ['id', id === undefined ? 'none: its PINs are as those of a partition with one token' : whole(id)],
    ['token', `${token.label}  serial ${token.serial}  ${modelOf(token)}`],
    ['behind', module && moduleRuns(module)],
    ['since', `record ${since}`],
    ['head', history.members.areSeveral ? `record ${floor.seq}, at least` : 'of the newest change'],
    ['audit key', whole(auditKey.id)],
    ['perhaps destroyed', perhapsDestroyed && marked(listed(perhapsDestroyed), 'bad')],
  ]
  return [`  ${name}`, fields(rows, '    ')]
}

export const retiredInWords = ({
  name,
  token,
  time,
  end,
}: Pick<RetiredMember, 'name' | 'time' | 'end'> & { token: Pick<RetiredMember['token'], 'serial'> }): string =>
  `${name}, serial ${token.serial}: retired ${toTheMinute(time)}, its token is ${end}${end === 'lost' ? ', and can be opened with enough shares of that time' : ''}`
