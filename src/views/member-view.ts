// Members of a partition, as they are shown.
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KnownMember, RetiredMember } from '../domain/known-member.ts'
import { escaped, labelOf } from '../domain/names.ts'
import { holderOf } from '../domain/roster.ts'
import { PIN_ROLES } from '../domain/shapes.ts'
import { listed } from '../domain/words.ts'
import { type Field, fields, marked, type Part, type Run, whole } from '../terminal/text.ts'
import type { Warning } from './custody-view.ts'
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

export const retiredData = ({ name, id, token, since, until, time, end, alone }: RetiredMember) => ({
  name,
  ...(id === undefined ? {} : { id }),
  token: { serial: token.serial, label: token.label },
  since,
  until,
  time,
  end,
  ...(alone ? { alone } : {}),
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
  alone = [],
}: Pick<RetiredMember, 'name' | 'time' | 'end' | 'alone'> & {
  token: Pick<RetiredMember['token'], 'serial'>
}): string =>
  `${name}, serial ${token.serial}: retired ${toTheMinute(time)}, its token is ${end}${end === 'lost' ? ', and can be opened with enough shares of that time' : ''}${alone.length === 0 ? '' : `; by another ledger it holds ${listed(alone.map(labelOf))}`}`

/** Tokens that open with other shares than those of today, or that whoever finds them opens. */
export const memberWarnings = (history: History): Warning[] => [
  ...history.members.live.flatMap((member) => ofEarlierShares(member, history)),
  ...history.members.retired.flatMap(({ name, token, end }) =>
    end === 'lost'
      ? [
          {
            message: `the token ${escaped(token.serial)} of ${name} was given up as lost: whoever finds it can open it with enough shares of that time, or of now`,
          },
        ]
      : [],
  ),
]

function ofEarlierShares({ name, token }: KnownMember, { rosters, groups, members }: History): Warning[] {
  if (!members.areSeveral) return []
  const retire = keyrite('member', 'retire', name, '--lost')
  if (rosters.pins.isDoubtful(token.serial))
    return [{ message: `nobody knows of which shares the PINs of ${name} are`, hint: to('give it up', retire) }]
  const pins = rosters.pinsOf(token.serial)
  const roles = PIN_ROLES.filter((role) => pins && pins[role] !== holderOf(role, groups).epoch)
  if (roles.length === 0) return []
  const message = `${name} missed a replacement of custodians: ${listed(roles)} of its token open${roles.length === 1 ? 's' : ''} with earlier shares`
  return [
    { message, hint: to('its PINs follow by the next quorum replace that it is there for; if it is lost', retire) },
  ]
}
