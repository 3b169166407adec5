// What thousands of keys have alike is held once: then it is the very same object, and what was found out of it for one holds for all.

const held = new Map<string, object>()

/** Of each value one; nobody changes it. */
export function alike<T extends object>(value: T): T {
  const text = JSON.stringify(value)
  const known = held.get(text)
  if (known) return known as T
  held.set(text, value)
  return value
}

/** Of a key, or of what keys have in common. An origin other than the usual one is a key's own. */
export function ofAKind<K extends object>(key: K): K {
  const { attributes, usage, origin } = key as { attributes?: unknown; usage?: unknown; origin?: { kind?: unknown } }
  const own = { ...key, ...(isObject(attributes) && { attributes: alike(attributes) }) }
  if (isObject(usage)) Object.assign(own, { usage: alike(usage) })
  return isObject(origin) && origin.kind === 'generated' ? Object.assign(own, { origin: alike(origin) }) : own
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** What follows from such a value, found out once. */
export function oncePer<V extends object, T>(find: (value: V) => T): (value: V) => T {
  const found = new WeakMap<V, { is: T }>()
  return (value) => {
    const known = found.get(value)
    if (known) return known.is
    const is = find(value)
    found.set(value, { is })
    return is
  }
}
