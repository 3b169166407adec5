// A question, and after it a few words that are written over themselves without escape sequences: every terminal can do that.
import type { WriteStream } from 'node:tty'
import { fitting, widthOf } from './width.ts'

export class Note {
  readonly #output: WriteStream
  readonly #question: readonly string[]
  readonly #room: number
  #shown = ''

  /** `least`: the columns that there have to be for it; going back works within one row only. */
  constructor(output: WriteStream, question: readonly string[], least: number) {
    this.#output = output
    this.#question = question
    const { columns } = output
    const left = (columns || 80) - widthOf(question.at(-1)!) - 2
    const ownRow = least > 0 && left < least
    this.#room = ownRow ? (columns || 80) - 3 : left
    output.write(`${this.#question.join('\n')} ${ownRow ? '\n  ' : ''}`)
  }

  /** As much of it as there is room for, from its end. */
  say(text = ''): void {
    const shown = tailOf(text, this.#room)
    if (shown === this.#shown) return
    // What was typed on is added; everything else is written whole.
    const same = shown.startsWith(this.#shown) && /^[ -~]*$/.test(shown) ? this.#shown.length : 0
    const [old, fresh] = [this.#shown.slice(same), shown.slice(same)]
    const rest = Math.max(0, widthOf(old) - widthOf(fresh))
    this.#output.write(`${back(old)}${fresh}${' '.repeat(rest)}${'\b'.repeat(rest)}`)
    this.#shown = shown
  }
}

const back = (text: string): string => '\b'.repeat(widthOf(text))

function tailOf(text: string, room: number): string {
  let rest = text
  while (rest !== '' && widthOf(rest) > room) rest = rest.slice(fitting(rest, 1).length)
  return rest
}
