// Much is asked of a token a hundred at a time: it works on the next while what came of those before is written.

const AT_ONCE = 100

/** Each with what comes of it, in their order. `before`: how many were asked for before these. */
export async function* askedAhead<I, O>(
  items: readonly I[],
  ask: (some: readonly I[], before: number) => Promise<readonly O[]>,
): AsyncGenerator<[I, O]> {
  let next = ask(items.slice(0, AT_ONCE), 0)
  for (let from = AT_ONCE; ; from += AT_ONCE) {
    const some = await next
    const isLast = from >= items.length
    if (!isLast) {
      next = ask(items.slice(from, from + AT_ONCE), from)
      // Who waits for it hears of its failure; until then it is nobody's.
      next.catch(() => undefined)
    }
    for (const [i, one] of some.entries()) yield [items[from - AT_ONCE + i]!, one]
    if (isLast) return
  }
}
