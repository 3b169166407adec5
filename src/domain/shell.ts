// The commands of ours in a line of text, in words as a shell reads them.

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
