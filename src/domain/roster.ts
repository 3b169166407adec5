// The groups of a partition: which of them hold some roles, and the rules that they obey.
import type { CodeOf } from './codes.ts'
import { fromBase64url } from './encoding.ts'
import { notVerified, refused } from './errors.ts'
import { isSoundEd25519 } from './public-keys.ts'
import { type Custodian, type Group, type GroupRole, type Need, PIN_ROLES, ROLES } from './shapes.ts'
import { counted } from './words.ts'

/** NEEDS-RECOMPUTED: every group that holds one of these roles, with its present epoch and threshold. */
export const needsOf = (roles: readonly GroupRole[], groups: readonly Group[]): Need[] =>
  groups
    .filter((group) => group.roles.some((role) => roles.includes(role)))
    .map(({ name, epoch, threshold }) => ({ group: name, epoch, threshold }))

/** The group that holds a role. */
export function holderOf(role: GroupRole, groups: readonly Group[]): Group {
  const holder = groups.find((group) => group.roles.includes(role))
  if (holder === undefined) throw refused('ROSTER-ROLES', `no group holds the role ${role}`)
  return holder
}

/** Of a roster that is asked for, of one that is at hand, and of one in a ledger. */
type RosterRule = CodeOf<2> & CodeOf<3> & CodeOf<5>

/** The roles of a group that have a PIN. */
export const pinRolesOf = ({ roles }: Pick<Group, 'roles'>) => PIN_ROLES.filter((role) => roles.includes(role))

/** Of which epoch the PINs are that follow from these groups. */
export const pinEpochs = (groups: readonly Group[]) => ({
  so: holderOf('so', groups).epoch,
  user: holderOf('user', groups).epoch,
})

/** The roster's rules: each role in exactly one group, M of N within bounds, no two custodians alike. */
export function checkRoster(
  groups: readonly Group[],
  fail: (code: RosterRule, message: string) => Error = refused,
): void {
  const names = groups.map((group) => group.name)
  const duplicate = duplicateIn(names)
  if (duplicate !== undefined) throw fail('ROSTER-NAMES', `two groups are called ${duplicate}`)
  const held = groups.flatMap((group) => group.roles)
  for (const role of ROLES) {
    if (held.filter((one) => one === role).length !== 1)
      throw fail('ROSTER-ROLES', `the role ${role} must be in exactly one group`)
  }
  for (const group of groups) checkGroup(group, fail)
  // One share in two groups would approve for both.
  if (duplicateIn(groups.flatMap((group) => group.custodians.map((custodian) => custodian.key))) !== undefined)
    throw fail('ROSTER-KEYS', 'two custodians have the same share')
  checkSoThreshold(groups, fail)
}

function checkGroup(group: Group, fail: (code: RosterRule, message: string) => Error): void {
  const { name, threshold, custodians } = group
  if (threshold < 2)
    throw fail('ROSTER-THRESHOLD', `the threshold of ${name} is ${threshold}: one person alone is not a quorum`)
  if (custodians.length < 2) throw fail('ROSTER-THRESHOLD', 'name at least two custodians')
  if (threshold > custodians.length || custodians.length > 255) {
    throw fail(
      'ROSTER-THRESHOLD',
      `the threshold of ${name} is ${threshold}, of ${counted(custodians.length, 'custodian')}`,
    )
  }
  const duplicate = duplicateIn(custodians.map((custodian) => custodian.name))
  if (duplicate !== undefined) throw fail('ROSTER-NAMES', `${duplicate} is named twice`)
}

/** ROSTER-KEYS: no key of a custodian is one under which anybody could sign. */
export function checkMemberKeys(groups: readonly Group[]): void {
  const unsound = groups
    .flatMap((group) => group.custodians)
    .find((custodian) => !isSoundEd25519(fromBase64url(custodian.key)))
  if (unsound) throw notVerified('ROSTER-KEYS', `the key of ${unsound.name} is not a sound Ed25519 key`)
}

/** ROSTER-SO: whoever holds `so` can become user, so that group's threshold may not be below any other's. */
function checkSoThreshold(groups: readonly Group[], fail: (code: RosterRule, message: string) => Error): void {
  const so = holderOf('so', groups)
  const higher = groups.find((group) => group.threshold > so.threshold)
  if (higher)
    throw fail(
      'ROSTER-SO',
      `the group ${so.name} holds the role so: its threshold may not be below that of ${higher.name}`,
    )
}

/** Allowed but unwise: losing a share or two would stop everything, or two disjoint sets could act. */
export function rosterWarnings(
  groups: readonly { name: string; threshold: number; custodians: readonly unknown[] }[],
): string[] {
  return groups.flatMap(({ name, threshold: m, custodians: { length: n } }) => {
    const set = `${groups.length > 1 ? `${name}: ` : ''}with ${m} of ${n}, `
    return [
      ...(n < m + 2
        ? [`${set}${n === m ? 'one lost share locks' : 'two lost shares lock'} everyone out for good`]
        : []),
      ...(n >= 2 * m ? [`${set}two separate sets of custodians could act without each other`] : []),
    ]
  })
}

const duplicateIn = (items: readonly string[]): string | undefined => items.find((item, i) => items.indexOf(item) < i)

/** By name; whoever has a share of several groups, several times. */
export const custodiansOf = (groups: readonly Group[]): string[] =>
  groups.flatMap(({ custodians }) => custodians.map(({ name }) => name))

/** Of any of these groups. */
export const isCustodian = (person: string, groups: readonly Group[]): boolean =>
  groups.some(({ custodians }) => custodians.some(({ name }) => name === person))

/** A group in the place of the one of its name. */
export const withGroup = (groups: readonly Group[], group: Group): Group[] =>
  groups.map((one) => (one.name === group.name ? group : one))

export interface Seat {
  group: Group
  custodian: Custodian
}

/** Whether this share is said to be its own custodian's, of its own set. */
export const isSeatOf = (
  { custodian, group }: Seat,
  said: { custodian: string; group: string; epoch: number },
): boolean => custodian.name === said.custodian && group.name === said.group && group.epoch === said.epoch

/** The seat whose approval key this is (base64url), if the groups know it. */
export function seatOf(key: string, groups: readonly Group[]): Seat | undefined {
  for (const group of groups) {
    const custodian = group.custodians.find((candidate) => candidate.key === key)
    if (custodian) return { group, custodian }
  }
  return undefined
}
