// Whether every key can be on every member, and go from any of them to any other: known from what each token can do, before one is touched.
import { type KeyriteError, refused } from '../../domain/errors.ts'
import { apart, type Hint, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyType } from '../../domain/keys.ts'
import type { KnownMember } from '../../domain/known-member.ts'
import { type Foreseen, type Profile, typesMadeBy } from '../../domain/profile.ts'
import { listed } from '../../domain/words.ts'
import { commonWrap, takesType, type Ways, WRAP_NAMES } from '../../domain/wrap-kinds.ts'
import { abilitiesIn, waysOf } from '../abilities.ts'
import { liveKeys } from '../inventory.ts'

/** A token, and the ways in which it wraps the keys of a type, or why it has none. */
interface Holding {
  name: string
  ways: Ways
}

function waysIn(profile: Profile): Ways {
  const can = abilitiesIn(profile)
  const wrapped = waysOf(can)
  return (type) => {
    const made = can.generate[type] ?? { lacks: `${type} is not known to it` }
    return made === true ? wrapped(type) : made
  }
}

const holding = ({ name, profile }: Pick<KnownMember, 'name' | 'profile'>): Holding => ({ name, ways: waysIn(profile) })

/** As far as its list of mechanisms tells. */
const waysForeseen =
  ({ makes, wraps }: Foreseen): Ways =>
  (type) =>
    makes.includes(type)
      ? wraps.filter((kind) => takesType(kind, type))
      : { lacks: 'it lists nothing that makes such keys' }

/** MEMBER-KEYS: what the list of a new token's mechanisms rules out. */
export const checkForeseenMember = (slot: number, foreseen: Foreseen, history: History): void =>
  checkNew({ name: `the token in slot ${slot}`, ways: waysForeseen(foreseen) }, history)

/** MEMBER-KEYS: the same of what was tried on it. */
export const checkNewMember = (name: string, profile: Profile, history: History): void =>
  checkNew(holding({ name, profile }), history)

/** Of the keys that there are each has to come to it, and of those that may be made one at least. */
function checkNew(fresh: Holding, history: History): void {
  const held = [...new Set(liveKeys(history).map(({ type }) => type as KeyType))]
  for (const member of history.members.live) {
    const there = holding(member)
    const reasons = (types: readonly KeyType[]) => types.flatMap((type) => whyApart(type, there, fresh) ?? [])
    const made = typesMadeBy(member.profile)
    const [stays, strange] = [reasons(held), reasons(made)]
    if (stays.length > 0) throw cannotCross(stays, OTHER_TOKEN)
    if (strange.length === made.length) throw cannotCross(strange.slice(0, 1), OTHER_TOKEN)
  }
}

const OTHER_TOKEN = apart(
  to('what a token can do is told by', keyrite('token', 'list', '--module', 'PATH')),
  'take one that can, of another library or a newer version of it',
)

/** MEMBER-KEYS: a new key of this type could not come to every member. */
export function checkShared(type: KeyType, { members }: History): void {
  if (!members.areSeveral) return
  const all = members.live.map(holding)
  const why = whyNotShared(type, all)
  if (why === undefined) return
  const shared = typesMadeBy(members.first.profile).filter((one) => whyNotShared(one, all) === undefined)
  const retire = keyrite('member', 'retire', members.live.at(-1)!.name)
  throw cannotCross(
    [why],
    apart(`keys that every member can hold: ${shared.join(', ')}`, to('or let a member go', retire)),
  )
}

const cannotCross = (reasons: readonly string[], hint: Hint): KeyriteError =>
  refused('MEMBER-KEYS', `every member holds every key, and ${listed([...new Set(reasons)])}`, hint)

/** Of whichever two there is a way. */
const whyNotShared = (type: KeyType, all: readonly Holding[]): string | undefined =>
  all.flatMap((one, i) => all.slice(i + 1).map((other) => whyApart(type, one, other))).find((why) => why !== undefined)

/** Undefined where both can hold such keys, and each can give them to the other. */
function whyApart(type: KeyType, one: Holding, other: Holding): string | undefined {
  for (const { name, ways } of [one, other]) {
    const own = ways(type)
    if ('lacks' in own) return `${name} can't hold ${type}: ${own.lacks}`
  }
  if (typeof commonWrap(type, one.ways, other.ways) === 'string') return undefined
  return `${type} can't go from one to the other: ${one.name} knows ${known(one, type)}, and ${other.name} ${known(other, type)}`
}

function known({ ways }: Holding, type: KeyType): string {
  const own = ways(type)
  const names = 'lacks' in own ? [] : own.map((kind) => WRAP_NAMES[kind])
  return names.length === 0 ? 'no way to wrap it' : names.join(', ')
}
