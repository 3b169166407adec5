// The members of a plan, as custodians see them.
import { recordCode } from '../domain/code.ts'
import type { History } from '../domain/history.ts'
import type { MemberAddPlan, MemberRetirePlan, MemberSyncPlan } from '../domain/member-plans.ts'
import type { PlannedToken } from '../domain/member-shapes.ts'
import { label } from '../domain/names.ts'
import type { ShownPlan } from '../domain/plan.ts'
import { counted, listed } from '../domain/words.ts'
import { type Field, marked, whole } from '../terminal/text.ts'
import { moduleRuns } from './module.ts'
import { requestInWords } from './plan-inward.ts'

export const addedMember = ({ member, spare, erases, included }: MemberAddPlan): Field[] => [
  ['member', [`${member.name}  id `, whole(member.id)]],
  [
    'takes',
    erases === undefined
      ? `the blank token in slot ${spare.slot}`
      : marked(`the token ${erases} in slot ${spare.slot}, which is erased`, 'bad'),
  ],
  ['behind', moduleRuns(spare.module)],
  ['becomes', `${member.label}, under PINs of its own from the same shares`],
  ['gets', `every key, ${counted(included, 'key')} now: whoever opens it has what the others have`],
]

export const syncedMembers = ({ members, rolledBack }: MemberSyncPlan): Field[] => [
  [
    'mends',
    `${listed(members)}: what ${members.length === 1 ? 'it lacks' : 'they lack'} comes, what is destroyed goes, as the ledger says`,
  ],
  ['rolled back', rolledBack && marked('an older copy of the token was put back, and that is known', 'bad')],
]

/** What it holds by another ledger. */
function heldAlone(other: MemberRetirePlan['other'], history: History): Field[] {
  if (!other) return []
  const { common, head, keys } = other
  const names = keys.map(({ name, version, type }) => {
    const isAnother = history.key(name, version) !== undefined
    return `${label(name, version)} (${type}${isAnother ? ', not the one of this ledger' : ''})`
  })
  return [
    [
      'other ledger',
      [
        `one with this up to record ${common}, then on its own up to record ${head.seq}, `,
        whole(recordCode(head.leaf)),
      ],
    ],
    [
      'goes with it',
      keys.length === 0
        ? 'no key: all that lives by its ledger lives here too'
        : marked(`${counted(keys.length, 'key')} by its ledger alone: ${names.join(', ')}`, 'bad'),
    ],
  ]
}

export const retiredMember = ({ member, lost, other }: MemberRetirePlan, history: History): Field[] => [
  [
    'ends',
    lost
      ? marked(
          `${member}: its token is given up as lost; whoever finds it can open it with enough shares of that time`,
          'bad',
        )
      : `${member}: its token is erased`,
  ],
  ...heldAlone(other, history),
  ...history.requests
    .openOn(member)
    .map(requestInWords(history))
    .map((told): Field => ['', marked(`ends with it: the request for ${told}`, 'bad')]),
]

/** Those that are there besides the first, and those that are not: of these the last that is known. */
export function memberFields(plan: ShownPlan, { members }: History): Field[] {
  const { tokens, absent = [], checkpoint } = plan
  const [{ member: acting }, ...others] = tokens as readonly [PlannedToken, ...PlannedToken[]]
  if (acting === undefined) return []
  const known = others.flatMap(({ member, serial, module }): Field[] => [
    ['and', `${member}  ${members.named(member)?.token.label ?? ''}  serial ${serial}`],
    ['behind', module && moduleRuns(module)],
  ])
  const away = absent.map(
    ({ member, serial, head }): Field => [
      'ABSENT',
      marked(`${member}, serial ${serial}: it misses this; its last known head is record ${head.seq}`, 'bad'),
    ],
  )
  const vouched: Field[] =
    away.length === 0
      ? []
      : [
          [
            'checkpoint',
            checkpoint === undefined
              ? marked('NONE: the ledger could be an old copy, and the absent member know better', 'bad')
              : `of ${counted(checkpoint, 'record')}`,
          ],
        ]
  return [...known, ...away, ...vouched]
}
