// Groups items by a name. (Map.groupBy came with node 21.)

/** In the order in which they come. */
export function groupedBy<T>(all: Iterable<T>, by: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const name = by(one)
    const group = groups.get(name)
    if (group) group.push(one)
    else groups.set(name, [one])
  }
  return groups
}

/** The most reports in one record: lines stay readable, and memory small. */
const PER_RECORD = 500

/** One record's worth at a time; one at least, which may be empty. */
export const inRecords = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.max(1, Math.ceil(all.length / PER_RECORD)) }, (_, i) =>
    all.slice(i * PER_RECORD, (i + 1) * PER_RECORD),
  )
