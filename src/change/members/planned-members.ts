// The members that a plan names: those that are there, and those that it goes on without.
import { type KeyriteError, refused, usage } from '../../domain/errors.ts'
import { add, apart, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { type Attributes, isExtractable, type KeyType } from '../../domain/keys.ts'
import type { KnownMember } from '../../domain/known-member.ts'
import { MENDS_MEMBERS } from '../../domain/member-operations.ts'
import { expectedOf, inTurn } from '../../domain/member-rules.ts'
import type { IntentPlan } from '../../domain/plan.ts'
import { listed, orMeant } from '../../domain/words.ts'
import { checkShared } from './crossing.ts'

/** What is decided of members outside of a plan. */
export interface MemberInputs {
  /** By name. */
  absent: readonly string[]
  /** The size that somebody's checkpoint vouched for. */
  checkpoint?: number | undefined
  /** The library behind which each is that is there. */
  modules: ReadonlyMap<string, { path: string; sha256: string }>
  /** Who has what the change needs, and acts where it is there. */
  acting?: string | undefined
}

type Named = Pick<IntentPlan, 'tokens' | 'absent' | 'checkpoint'>

/** MEMBER-KNOWN, MEMBER-SOURCE: those that are there, whoever acts first. `targets`: that are to be made right. */
export function presentMembers(
  { members }: History,
  absent: readonly string[],
  targets: readonly string[] = [],
  acting?: string,
): KnownMember[] {
  const unknown = [...absent, ...targets].find((name) => !members.named(name))
  if (unknown !== undefined) throw unknownMember(unknown, members)
  const present = members.live.filter(({ name }) => !absent.includes(name))
  if (present.length === 0) throw usage('every member is absent', ONE_AT_LEAST)
  return inTurn(present, targets, acting)
}

const ONE_AT_LEAST = to(
  'one of them has to be there; where all are lost, the partition comes back by',
  keyrite('backup', 'restore', '--help'),
)

/** MEMBER-KNOWN. */
export const unknownMember = (name: string, { live }: Pick<History['members'], 'live'>): KeyriteError =>
  refused(
    'MEMBER-KNOWN',
    `no member is called ${name}${orMeant(
      name,
      live.map((one) => one.name),
    )}`,
    keyrite('member', 'list'),
  )

/** MEMBER-PINS, MEMBER-BEHIND, MEMBER-KNOWN. */
export function plannedMembers(
  op: IntentPlan['op'],
  history: History,
  { absent, checkpoint, modules, acting }: MemberInputs = { absent: [], modules: new Map() },
  targets: readonly string[] = [],
): Named {
  const { members } = history
  // A restore replaces them all.
  if (!members.areSeveral || op === 'backup.restore') return { tokens: [{ serial: members.first.token.serial }] }
  const [first, ...others] = presentMembers(history, absent, targets, acting)
  const doubtful = [first!, ...others].find(({ token }) => history.rosters.pins.isDoubtful(token.serial))
  if (doubtful) throw hasUnknownPins(doubtful)
  const stale = [first!, ...others].filter(({ standing }) => standing !== 'current')
  if (stale.length > 0 && !MENDS_MEMBERS.includes(op)) throw isBehind(stale)
  const named = (member: KnownMember) => {
    const module = modules.get(member.name)
    return { ...expectedOf(member), ...(module ? { module } : {}) }
  }
  const away = members.live.filter(({ name }) => absent.includes(name)).map(expectedOf)
  return {
    tokens: [expectedOf(first!), ...others.map(named)],
    ...(away.length > 0 ? { absent: away } : {}),
    ...(away.length > 0 && checkpoint !== undefined ? { checkpoint } : {}),
  }
}

/** MEMBER-KEYS: what is made on one has to come to the others. */
export function checkLeaves({ type, attributes }: { type: KeyType; attributes: Attributes }, history: History): void {
  checkShared(type, history)
  if (history.members.areSeveral && !isExtractable(attributes))
    throw refused(
      'MEMBER-KEYS',
      'a key that can not leave its token would come to one member alone',
      'leave out --no-backup',
    )
}

const hasUnknownPins = ({ name }: KnownMember) =>
  refused(
    'MEMBER-PINS',
    `${name} was left out of a replacement of custodians that had begun on it: nobody knows of which shares its PINs are`,
    apart(
      to('go on without it', add('--absent', name)),
      to('give it up, and take its token again once it is blank', keyrite('member', 'retire', name, '--lost')),
    ),
  )

function isBehind(stale: readonly KnownMember[]) {
  const names = stale.map(({ name }) => name)
  const how = stale.map(
    ({ name, standing }) => `${name} ${standing === 'behind' ? 'has missed a change' : 'is unproven'}`,
  )
  return refused(
    'MEMBER-BEHIND',
    listed(how),
    apart(keyrite('member', 'sync', ...names), to('or go on without it', add('--absent', names[0]!))),
  )
}
