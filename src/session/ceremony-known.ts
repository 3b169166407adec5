// What a twin is to have of the real partition: its keys as they stand, and the copies of its applications.
import type { KnownKey, TwinKey } from '../ceremony/twin/keys.ts'
import { DELIVERED } from '../domain/copies.ts'
import type { History } from '../domain/history.ts'
import { label } from '../domain/names.ts'

export const knownKeys =
  (known: History | undefined): KnownKey =>
  (name) => {
    const newest = known?.keys.newest(name) ?? 0
    if (!known || newest === 0) return undefined
    const all = Array.from({ length: newest }, (_, i) => known.key(name, i + 1)!)
    return { type: all.at(-1)!.type, states: all.map(({ state }) => state) }
  }

/** Versions that can be delivered, by their labels. */
export const livingIn = (keys: readonly TwinKey[]): string[] =>
  keys.flatMap(({ name, states }) =>
    states.flatMap((state, i) => (DELIVERED.includes(state) ? [label(name, i + 1)] : [])),
  )

export const copiesIn = (known: History | undefined): ReadonlyMap<string, readonly string[]> =>
  new Map(
    known?.applications.live.map(({ name, copies }) => [
      name,
      [...copies].flatMap(([copy, { wished }]) => (wished ? [copy] : [])),
    ]),
  )
