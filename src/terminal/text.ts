// Small pieces of text that commands put together: fields in columns.

/** `name   value` lines, the names padded to the longest. */
export function fields(pairs: readonly (readonly [name: string, value: string | undefined])[], indent = ''): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`)
    .join('\n')
}
