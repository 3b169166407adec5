// Words of a command, or a file, that stand for a value of the day: `{site.out}`, `{blank.bag-media}`. A whole word, or none of it.

export interface Placeholder {
  from: 'site' | 'blank'
  name: string
}

const WHOLE = /^\{(site|blank)\.([a-z0-9][a-z0-9-]{0,31})\}$/

/** Undefined for a word that stands for itself. */
export function placeholderIn(word: string): Placeholder | undefined {
  const [, from, name] = WHOLE.exec(word) ?? []
  return from === undefined ? undefined : { from: from as Placeholder['from'], name: name! }
}

/** A part of a word that looks like one: it would be taken as it stands, which nobody wants. */
export const isBroken = (word: string): boolean => !placeholderIn(word) && /\{(site|blank)\b/.test(word)

/** The first word of a command that stands for a value which would be read as a flag: a value says what, and never how. */
export const flagIn = (words: readonly string[], filled: readonly string[]): string | undefined =>
  words.find((word, i) => placeholderIn(word) !== undefined && filled[i]!.startsWith('-'))
