// Whose the tokens are that a library shows: what the ledgers of this home know of them.
import type { Context, Globals } from '../cli/context.ts'
import type { History } from '../domain/history.ts'
import type { Profile } from '../domain/profile.ts'
import { tokenName } from '../domain/token-address.ts'
import type { SlotFacts } from '../hsm/port.ts'
import type { Partition } from '../ledger/port.ts'
import type { Owner } from '../views/token-view.ts'

interface Known {
  partition: Owner
  /** What init found of it. */
  profile?: Profile
}

/** The tokens that the partitions of this home have, and had, by name. */
export function ownersIn({ home }: Pick<Globals, 'home'>, { ledgers }: Context): Map<string, Known> {
  const partitions = readable(() => ledgers.partitions(home)) ?? []
  const histories = partitions.flatMap((partition) => readable(() => partition.openLedger().history) ?? [])
  const earlier = histories.flatMap(({ name, earlierTokens }) =>
    earlierTokens.map((token): readonly [string, Known] => [
      tokenName(token),
      { partition: { name, replaced: token.replaced } },
    ]),
  )
  return new Map([...partitions.flatMap(preparedBy), ...earlier, ...histories.toSorted(endedFirst).flatMap(ownerOf)])
}

/** Taken for what is not finished: it is nobody's stray one. */
function preparedBy(partition: Partition): (readonly [token: string, known: Known])[] {
  const { name } = partition
  const pending = readable(() => partition.pending())
  const spare = readable(() => partition.spare())
  return [pending, spare].flatMap((note) =>
    typeof note?.token === 'string' ? [[note.token, { partition: { name, prepared: note.kind } }]] : [],
  )
}

/** A token that was taken again is that of the partition that lives. */
const endedFirst = (a: History, b: History): number => Number(b.retired !== undefined) - Number(a.retired !== undefined)

/** Of each member. */
const ownerOf = ({ name, members, retired }: History): (readonly [token: string, known: Known])[] =>
  members.live.map(({ token, profile }) => [
    tokenName(token),
    { partition: { name, ...(retired ? { retired: retired.time } : {}) }, ...(retired ? {} : { profile }) },
  ])

export const withOwner = <T extends SlotFacts>(slot: T, owners: ReadonlyMap<string, Known>): T & Partial<Known> =>
  slot.token?.initialised ? { ...slot, ...owners.get(tokenName(slot.token)) } : slot

export function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
