// The commands in a line of text, in words as a shell reads them, and what a hint is made of.

/** As `shellQuoted` writes them: quotes begin where the word does, or its value. In a plain word they are apostrophes. */
const WORD = /(?:[^\s';]*=)?(?:\$'(?:\\.|[^'\\])*'|'[^']*')(?:\$'(?:\\.|[^'\\])*'|'[^']*'|\\.|[^\s';])*|[^\s;]+|;/g

/** A command begins the text, or comes after one of these. */
const BEFORE = /:$|^(?:#|;|&&|\|\|?)$/

/** What follows is no part of the command any more. */
const AFTER = /^(?:#|;|&&|\|)/

export interface FoundCommand {
  start: number
  end: number
  /** `keyrite` and what it is told, with their quotes. */
  words: string[]
}

export function commandsIn(text: string): FoundCommand[] {
  const found: FoundCommand[] = []
  let open: FoundCommand | undefined
  let before = ':'
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (AFTER.test(word)) open = undefined
    if (word === 'keyrite' && BEFORE.test(before)) {
      open = { start: index, end: index, words: [] }
      found.push(open)
    }
    open?.words.push(word)
    if (open) open.end = index + word.length
    before = word
  }
  return found
}

/** Between what is typed and what else there is to say: a shell that is handed the whole line reads no further than this. */
const APART = '  # '

/** A hint of more than one thing: first what leads on, then another way, or what is to be known of it. */
export const apart = (first: string, ...others: readonly string[]): string => [first, ...others].join(APART)

/** What stands in rows of its own: words, or a command that is copied. `level` 1: it belongs to the words before it. */
export interface HintPart {
  text: string
  isCommand: boolean
  level: 0 | 1
}

/** One of the programs that hints begin with, and a word for it. */
const PROGRAM = /^(?:keyrite|chmod|cp|df|grep|install|ls|mkdir|mv|npm|ps|sudo|timedatectl)$/

/** The ways of a hint, as `apart` joined them. */
export function waysOf(hint: string): string[] {
  const cuts = wordsIn(hint).flatMap(({ word, at }) => (word === '#' && hint.startsWith(APART, at - 2) ? [at] : []))
  return [...cuts, undefined].map((end, i) => hint.slice(i === 0 ? 0 : cuts[i - 1]! + 2, end).trim())
}

export const hintParts = (hint: string): HintPart[] => waysOf(hint).flatMap(partsOf)

/** `words: command; words`: a command never shares a row with words. */
function partsOf(text: string): HintPart[] {
  const words = wordsIn(text)
  const first = words.findIndex(
    ({ word }, i) =>
      PROGRAM.test(word) && (i === 0 || words[i - 1]!.word.endsWith(':')) && words[i + 1]?.word !== 'that',
  )
  if (first < 0) return text === '' ? [] : [{ text, isCommand: false, level: 0 }]
  const ends = words.findIndex(({ word }, i) => i > first && word === ';' && !PROGRAM.test(words[i + 1]?.word ?? ''))
  const start = words[first]!.at
  const end = ends < 0 ? text.length : words[ends]!.at
  const before = text.slice(0, start).trim()
  const command = { text: text.slice(start, end).trim(), isCommand: true, level: before === '' ? 0 : 1 } as const
  return [...partsOf(before), command, ...partsOf(text.slice(end + 1).trim())]
}

const wordsIn = (text: string): { word: string; at: number }[] =>
  Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({ word, at: index }))

/** Where a shell lets a command go on in another row: between two of its words. */
export const gapsIn = (command: string): number[] =>
  wordsIn(command)
    .slice(1)
    .map(({ at }) => at)
