// The names of many keys of a kind, which first and last tell: NAME-01 to NAME-10.

/** Padded with zeros to the width of the last, so that they are in order. */
export function numbered(name: string, count: number): string[] {
  const width = `${count}`.length
  return Array.from({ length: count }, (_, i) => `${name}-${`${i + 1}`.padStart(width, '0')}`)
}

/** One name, the first and the last where the others follow from them, or else every one. */
export function telling(names: readonly string[]): readonly string[] {
  const [first = '', ...more] = names
  const last = more.at(-1)
  if (last === undefined) return names
  const all = numbered(first.replace(/-0*1$/, ''), names.length)
  return names.every((name, i) => name === all[i]) ? [`${first} to ${last}`] : names
}
