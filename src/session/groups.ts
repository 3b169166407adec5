// Who will be in the groups of a new partition, from the flags.

import type { GroupRequest } from '../change/operations/init-partition.ts'
import { wholeNumber } from '../cli/options.ts'
import { usage } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import { parseShortName } from '../domain/names.ts'
import { checkRoster } from '../domain/roster.ts'
import { type GroupRole, ROLES } from '../domain/shapes.ts'
import { orMeant } from '../domain/words.ts'

export interface GroupOptions {
  threshold?: number
  custodian: string[]
  group: GroupRequest[]
}

/** The only group, when --group is not given. */
const ONLY_GROUP = 'custodians'

const FORM = 'NAME:ROLES:M:CUSTODIANS, such as officers:so,recovery:2:alice,bob,carol'

/** `NAME:ROLES:M:CUSTODIANS`, lists with commas. */
export function parseGroup(text: string): GroupRequest {
  const [name = '', roles = '', threshold = '', custodians = '', ...rest] = text.split(':')
  if (custodians === '' || rest.length > 0)
    throw usage(`${JSON.stringify(text)} is not a group`, `write ${FORM}`, 'GROUP')
  return {
    name: parseShortName('group', name),
    roles: roles.split(',').map(parseRole),
    threshold: wholeNumber('the threshold', 2, 255)(threshold),
    custodians: custodians.split(',').map((custodian) => parseShortName('custodian', custodian)),
  }
}

/** What parseGroup reads. */
export const groupText = ({ name, roles, threshold, custodians }: GroupRequest): string =>
  [name, roles.join(','), threshold, custodians.join(',')].join(':')

function parseRole(text: string): GroupRole {
  const role = ROLES.find((known) => known === text)
  if (role) return role
  throw usage(`${JSON.stringify(text)} is not a role${orMeant(text, ROLES)}`, `one of: ${ROLES.join(', ')}`, 'GROUP')
}

/** Either groups, or custodians and a threshold for the only one. The roster's rules are checked here, before anything is made. */
export function requestedGroups({ threshold, custodian, group }: GroupOptions): GroupRequest[] {
  if (group.length > 0 && (custodian.length > 0 || threshold !== undefined)) {
    throw usage('--group already says who and how many', 'leave out --custodian and --threshold', 'GROUP')
  }
  if (group.length > 0) return checked(group)
  if (custodian.length === 0)
    throw usage(
      'nobody is named',
      add('--custodian', 'alice', '--custodian', 'bob', '--custodian', 'carol'),
      'INPUT-MISSING',
    )
  if (threshold === undefined)
    throw usage('how many custodians must agree is not given', add('--threshold', '2'), 'INPUT-MISSING')
  return checked([{ name: ONLY_GROUP, roles: [...ROLES], threshold, custodians: custodian }])
}

/** ROSTER-THRESHOLD, ROSTER-NAMES, ROSTER-ROLES, ROSTER-SO, while it costs nothing. */
function checked(groups: GroupRequest[]): GroupRequest[] {
  const roster = groups.map((group) => {
    const custodians = group.custodians.map((name, i) => ({ name, key: `${group.name} ${i}` }))
    return { ...group, epoch: 1, check: '', custodians }
  })
  checkRoster(roster, (code, message) => usage(message, undefined, code))
  return groups
}
