// What a member holds by a ledger that went another way than this one, and that nothing here knows: it ends with that member.
import { notVerified } from './errors.ts'
import type { KeyEntry } from './key-life.ts'
import type { MemberRetirePlan, OtherKey } from './member-plans.ts'
import { labelOf } from './names.ts'

type Keys = Iterable<KeyEntry>

const idsLiving = (keys: Keys): Set<string> =>
  new Set([...keys].flatMap(({ id, state }) => (state === 'destroyed' ? [] : [id])))

/** In ascending order of their labels. */
export function onlyThere(theirs: Keys, ours: Keys): OtherKey[] {
  const here = idsLiving(ours)
  return [...theirs]
    .filter(({ id, state }) => state !== 'destroyed' && !here.has(id))
    .map(({ id, name, version, type }) => ({ id, name, version, type }))
    .sort((a, b) => (labelOf(a) < labelOf(b) ? -1 : 1))
}

/** OTHER-LEDGER: of a member that is lost; it left this ledger behind what that token is known to have, and what it names is not here. */
export function checkOther({ other, lost, head, absent = [], member }: MemberRetirePlan, keys: Keys): void {
  if (!other) return
  const floor = absent.find((one) => one.member === member)?.head.seq ?? Number.POSITIVE_INFINITY
  const fits = lost && other.common >= floor && other.common < head.seq && other.common < other.head.seq
  if (!fits)
    throw notVerified('OTHER-LEDGER', `the ledger of ${member} can not have left this one at record ${other.common}`)
  const names = other.keys.map(labelOf)
  if (names.some((name, i) => i > 0 && name <= names[i - 1]!))
    throw notVerified('OTHER-LEDGER', 'keys of the other ledger stand in no order, or twice')
  const here = idsLiving(keys)
  const known = other.keys.find(({ id }) => here.has(id))
  if (known) throw notVerified('OTHER-LEDGER', `${labelOf(known)} lives by this ledger too`)
}
