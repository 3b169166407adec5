// What is made when it is first wanted, and then kept: a start has no time for what its command does not use.

export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
