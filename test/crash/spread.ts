// A few of many that are alike.

/** At most so many of each kind, evenly spread: the first and the last are among them. */
export function someOfEach<T>(all: readonly T[], kindOf: (one: T) => string, most: (one: T) => number): T[] {
  const kinds = new Map<string, T[]>()
  for (const one of all) kinds.set(kindOf(one), [...(kinds.get(kindOf(one)) ?? []), one])
  const chosen = new Set([...kinds.values()].flatMap((own) => evenly(own, most(own[0]!))))
  return all.filter((one) => chosen.has(one))
}

function evenly<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all
  if (most === 1) return [all[Math.floor(all.length / 2)]!]
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]!)
}
