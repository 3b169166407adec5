// JSON whose members stand in order: node writes it canonically by itself, several times as fast as canonicalize.

/**
 * True of plain JSON in which the members of every object come in the order of their names, as JSON.stringify will meet them; false
 * of what JSON.stringify and RFC 8785 see differently, such as NaN. Text is not looked into.
 */
export function isOrdered(value: unknown): boolean {
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
