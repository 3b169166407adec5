// JSON whose members stand in order: node writes it canonically by itself, several times as fast as canonicalize.

/** What JSON.stringify and RFC 8785 see differently, such as NaN. */
export const NOT_PLAIN = Symbol('not plain JSON')

/**
 * The same with the members of every object in the order of their names, as JSON.stringify will meet them; what has them so already is not
 * copied. Text is not looked into.
 */
export function inOrder(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined) return value
  if (typeof value !== 'object') return Number.isFinite(value) ? value : NOT_PLAIN
  if (Array.isArray(value)) return itemsInOrder(value)
  return isPlain(value) ? membersInOrder(value) : NOT_PLAIN
}

type Members = { [name: string]: unknown }

const isPlain = (value: object): value is Members => Object.getPrototypeOf(value) === Object.prototype

function itemsInOrder(items: readonly unknown[]): unknown {
  let copy: unknown[] | undefined
  for (let i = 0; i < items.length; i++) {
    const item = inOrder(items[i])
    if (item === NOT_PLAIN) return NOT_PLAIN
    if (item !== items[i]) {
      copy ??= [...items]
      copy[i] = item
    }
  }
  return copy ?? items
}

function membersInOrder(members: Members): unknown {
  let copy: Members | undefined
  let before = ''
  let isSorted = true
  for (const name in members) {
    const value = inOrder(members[name])
    if (value === NOT_PLAIN) return NOT_PLAIN
    if (value !== members[name]) {
      copy ??= { ...members }
      copy[name] = value
    }
    if (name < before) isSorted = false
    before = name
  }
  return isSorted ? (copy ?? members) : sorted(copy ?? members)
}

/** Names that are numbers come first in any object, and stand in no order of text. */
function sorted(members: Members): unknown {
  const names = Object.keys(members).sort()
  const made = Object.fromEntries(names.map((name) => [name, members[name]]))
  return Object.keys(made).every((name, i) => name === names[i]) ? made : NOT_PLAIN
}
