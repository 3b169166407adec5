// What somebody sees who is handed a new share: which group it is of, who else is in it, and what it does not do yet.
import type { History } from '../domain/history.ts'
import type { Group } from '../domain/shapes.ts'
import { listed } from '../domain/words.ts'
import { fields, type Part } from '../terminal/text.ts'

const OWN_SHARE = 'by reading it back: that you have your own share, whole. It proves nothing of the others'

/** A set that is to take the place of the one in force. */
export function joiningView(group: Group, history: History): Part[] {
  const old = history.groups.find(({ name }) => name === group.name)
  return [
    `  new shares of ${history.name}`,
    fields(
      [
        ...setFields(group),
        ['partition', `${history.name}  ${history.partition}`],
        ['opens', `nothing yet: the shares of epoch ${old?.epoch ?? 1} count until quorum replace`],
        ['you sign', OWN_SHARE],
      ],
      '    ',
    ),
  ]
}

/** Who holds it, and what they can do together. */
export const setFields = ({ name, epoch, threshold, roles, custodians }: Group): [string, string][] => [
  ['group', `${name}, epoch ${epoch}: any ${threshold} of ${custodians.length} custodians, for ${roles.join(', ')}`],
  ['custodians', listed(custodians.map((custodian) => custodian.name))],
]

/** What a confirmation can be about. */
export function stagedView({ rosters: { stage }, name }: History): Part[] {
  if (!stage) return [`  no shares of ${name} are staged; those in force can be confirmed as well`]
  const { group } = stage.plan
  return [`  staged for ${name} by record ${stage.seq}`, fields([...setFields(group), ['you sign', OWN_SHARE]], '    ')]
}
