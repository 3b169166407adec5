// What becomes of the token of each member when a partition with several ends.
import type { KnownMember } from './known-member.ts'
import type { EndedMember } from './member-shapes.ts'
import type { RetirePlan } from './plan.ts'

/** Undefined of a partition with one. */
export function endedMembers(
  { lost, absent = [] }: Pick<RetirePlan, 'lost' | 'absent'>,
  live: readonly KnownMember[],
): EndedMember[] | undefined {
  if (live.length < 2) return undefined
  const away = new Set(absent.map(({ member }) => member))
  return live.map(({ name: member }) => ({ member, token: away.has(member) ? 'left' : lost ? 'lost' : 'erased' }))
}
