// JSON whose members stand in order: node writes it canonically by itself, several times as fast as canonicalize.

/** What JSON.stringify and RFC 8785 see differently, such as NaN. */
export const NOT_PLAIN = Symbol('not plain JSON')

/**
 * The same with the members of every object in the order of their names, as JSON.stringify will meet them; what has them so already is not
 * copied. Text is not looked into.
 */
export function inOrder(value: unknown): unknown {
  const made = sorted(value)
  // Names that are numbers come first in any object, and stand in no order of text.
  return made === value || isOrdered(made) ? made : NOT_PLAIN
}

function isOrdered(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined) return true
  if (typeof value !== 'object') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isOrdered)
  return isPlain(value) && areOrdered(value)
}

type Members = { [name: string]: unknown }

const isPlain = (value: object): value is Members => Object.getPrototypeOf(value) === Object.prototype

function areOrdered(members: Members): boolean {
  let before = ''
  for (const name in members) {
    if (name < before || !isOrdered(members[name])) return false
    before = name
  }
  return true
}

function sorted(value: unknown): unknown {
  if (isOrdered(value)) return value
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null || !isPlain(value)) return NOT_PLAIN
  const names = Object.keys(value).sort()
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]))
}
