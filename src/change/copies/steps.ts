// From what is on an application's token to what is wished there: which copies are seated, which objects go, and in which order.

import { groupedBy } from '../../domain/grouped.ts'

/** A label and an id, in hex: what there is under both belongs together, the halves of a pair and its certificate. */
export interface Place {
  label: string
  id: string
}

/** Objects in one place. `kinds`: their classes. `certified`: the public key (SPKI) that each certificate there is of, undefined of one that can't be read. */
export interface Seated extends Place {
  kinds: readonly string[]
  certified?: readonly (string | undefined)[]
}

/** A copy that is wished. `isRight`: it is there, and proved. */
export interface WishedPlace extends Place {
  isRight: boolean
}

/** What goes, and the copy that comes for it at once. */
interface Exchange<W extends WishedPlace> {
  destroy: readonly Place[]
  seat: W
}

/** `seat`: all at once; what is wrong in a copy's own place is replaced by that. `exchange`: one after the other. Each step is done before the next begins. */
export type Step<W extends WishedPlace> =
  | { seat: readonly W[] }
  | { exchange: readonly Exchange<W>[] }
  | { destroy: readonly Place[] }

interface Steps<W extends WishedPlace> {
  steps: Step<W>[]
  /** What is not ours has their label: they can't be seated. */
  blocked: W[]
}

const placeName = ({ label, id }: Place): string => `${id} ${label}`

export const samePlace = (a: Place, b: Place): boolean => a.label === b.label && a.id === b.id

/** Two keys of one label: a client finds either, and Java loads neither. Of a public key anyone can make, without a PIN, none stands in the way. */
const isKey = ({ kinds }: Seated): boolean => kinds.includes('secret') || kinds.includes('private')
const isCertificate = ({ kinds }: Seated): boolean => kinds.every((kind) => kind === 'certificate')

/** What is no object of these wishes. `isOurs`: the ledger knows a key of this id. `others`: copies that other changes wished, and that this one lets be. */
interface Bystanders {
  isOurs(id: string): boolean
  others: readonly Place[]
}

/**
 * A right copy is never touched: whoever works with it would lose it. First come the copies whose labels are free; so what is to give its
 * label away has its new one before the old one goes. Then, one label after the other, what has the label goes and
 * the copy comes: it is absent for a moment only. Last goes what is ours and that nobody wishes.
 */
export function stepsToward<W extends WishedPlace>(
  wished: readonly W[],
  there: readonly Seated[],
  { isOurs, others }: Bystanders,
): Steps<W> {
  const kept = new Set(others.map(placeName))
  const mayGo = (one: Seated) => isOurs(one.id) && !kept.has(placeName(one))
  const missing = wished.filter(({ isRight }) => !isRight)
  const labelled = groupedBy(there, ({ label }) => label)
  const inWayOf = (wish: W) =>
    (labelled.get(wish.label) ?? []).filter(
      (one) => one.id !== wish.id && (isOurs(one.id) ? !isCertificate(one) : isKey(one)),
    )
  const blocked = missing.filter((wish) => !inWayOf(wish).every(mayGo))
  const possible = missing.filter((wish) => !blocked.includes(wish))
  const free = possible.filter((wish) => inWayOf(wish).length === 0)
  const replaced = heirsLast(
    possible.filter((wish) => !free.includes(wish)),
    inWayOf,
  )
  const places = new Set(wished.map(placeName))
  const isWished = (place: Place) => places.has(placeName(place))
  const gone = new Set(replaced.flatMap(inWayOf))
  // What a blocked copy was to follow goes on: its label would lead nowhere.
  const stays = (one: Seated) => isWished(one) || blocked.some(({ label }) => label === one.label)
  const known = [...wished, ...others]
  const left = there.filter((one) => mayGo(one) && !stays(one) && !gone.has(one) && !isRenewed(one, known))
  return {
    steps: [
      ...(free.length > 0 ? [{ seat: free }] : []),
      ...(replaced.length > 0 ? [{ exchange: replaced.map((seat) => ({ destroy: inWayOf(seat), seat })) }] : []),
      ...(left.length > 0 ? [{ destroy: left }] : []),
    ],
    blocked,
  }
}

/** Certificates alone, of a key that is wished: the application renews them, and calls them what it likes. */
export const isRenewed = (one: Seated, wished: readonly Place[]): boolean =>
  isCertificate(one) && wished.some(({ id }) => id === one.id)

/** A copy whose old object stands in another's way comes before that other: it is nowhere absent. Where they stand in each other's way, as nobody of ours leaves them, any order will do. */
function heirsLast<W extends WishedPlace>(wishes: readonly W[], inWayOf: (wish: W) => readonly Seated[]): W[] {
  const ordered = new Set<W>()
  const begun = new Set<W>()
  const byId = groupedBy(wishes, ({ id }) => id)
  const take = (wish: W): void => {
    if (begun.has(wish)) return
    begun.add(wish)
    const displaced = inWayOf(wish).map(({ id }) => id)
    for (const id of displaced) for (const other of byId.get(id) ?? []) if (other.id !== wish.id) take(other)
    ordered.add(wish)
  }
  for (const wish of wishes) take(wish)
  return [...ordered]
}
