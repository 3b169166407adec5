// Which members a command is about: those that were named, or all that it can be about.
import { unknownMember } from '../change/members/planned-members.ts'
import { usage } from '../domain/errors.ts'
import { add, apart, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KnownMember } from '../domain/known-member.ts'
import { listed } from '../domain/words.ts'

/** USAGE, MEMBER-KNOWN. */
export function chosenMembers(
  names: readonly string[],
  { all = false, absent = [] }: { all?: boolean; absent?: readonly string[] },
  { members }: History,
  isMeant: (member: KnownMember) => boolean,
): string[] {
  const list = keyrite('member', 'list')
  if (all && names.length > 0) throw usage('names and --all: which of the two', list)
  const unknown = names.find((name) => !members.named(name))
  if (unknown !== undefined) throw unknownMember(unknown, members)
  if (names.length > 0) return [...new Set(names)]
  const meant = members.live.filter((one) => isMeant(one) && !absent.includes(one.name)).map(({ name }) => name)
  if (meant.length === 0) throw usage('every member that is there has followed each change', list)
  if (!all) throw unnamed(meant)
  return meant
}

/** USAGE: whoever names none is told of those that there are. */
function unnamed([first, ...others]: readonly string[]) {
  if (others.length === 0) return usage(`which member is meant: ${first}`, add(first!))
  return usage(`which member is meant: ${listed([first!, ...others])}`, apart(add('--all'), to('or one', add(first!))))
}
