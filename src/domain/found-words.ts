// What was found on an application's token that is not as the ledger has it. A record tells of it in words, and their beginning says what it is.

const KINDS = [
  /** What an application made for itself. */
  'foreign',
  /** Not ours, and of the class and the label of a copy. */
  'look-alike',
  /** A copy that was given with a certificate, and has none of its key any more. */
  'without',
  'not wished',
  'lost',
  'altered',
  // What the change that tells of it has put right.
  'removed',
  'brought back',
  'made anew',
] as const
export type FoundKind = (typeof KINDS)[number]

export const foundWords = (kind: FoundKind, what: string): string => `${kind}: ${what}`

const SENTENCES: { readonly [kind in FoundKind]?: (what: string) => string } = {
  'brought back': (what) => `${what} (it was missing, and was put back)`,
  'made anew': (what) => `${what} (it was made anew)`,
  removed: (what) => `${what} (it was removed)`,
}

/** For whoever reads of one change: what it has put right is told as that. */
export function foundSentence(words: string): string {
  const { kind, what } = foundIn(words)
  return (kind && SENTENCES[kind]?.(what)) ?? words
}

/** Without `kind`: how many more there are. */
export function foundIn(words: string): { kind?: FoundKind; what: string } {
  const kind = KINDS.find((one) => words.startsWith(`${one}: `))
  return kind ? { kind, what: words.slice(foundWords(kind, '').length) } : { what: words }
}

const isOneOf =
  (...kinds: readonly FoundKind[]) =>
  (words: string): boolean => {
    const { kind } = foundIn(words)
    return kind !== undefined && kinds.includes(kind)
  }

/** What an application makes for itself is its own business, and what its copies lack is told of by them. */
export const isAmiss = isOneOf('look-alike', 'without', 'not wished')

/** What is told of, and is not so any more. */
export const isPutRight = isOneOf('removed', 'brought back', 'made anew')

/** Of a copy, as it was and as it is by now. */
export const isOfCopy = isOneOf('lost', 'altered', 'brought back', 'made anew')

/** Something was done that nobody here did, also where it was put right by then. */
export const isOdd = isOneOf('look-alike', 'without', 'not wished', 'lost', 'altered', 'brought back', 'made anew')
