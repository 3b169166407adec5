// The progress of long work: one line written over itself, or a few lines where the cursor can't move back.
import type { Sink } from './output.ts'
import type { Progress } from './port.ts'

export const silent: Progress = { at() {}, [Symbol.dispose]() {} }

interface Work {
  what: string
  total: number
}

/** `  keys read: 1500 of 100000, 750 a second, 2 min left`, as much of it as fits. */
export function barLine({ what, total }: Work, done: number, seconds: number, columns: number): string {
  const rate = done / seconds
  const parts = [
    `${what}: ${done} of ${total}`,
    `${Math.round(rate)} a second`,
    `${inWords((total - done) / rate)} left`,
  ]
  const line = parts.reduce((text, part) => (text.length + part.length + 4 < columns ? `${text}, ${part}` : text))
  return `  ${line}`.slice(0, columns - 1)
}

const inWords = (seconds: number): string =>
  seconds < 100
    ? `${Math.ceil(seconds)} s`
    : seconds < 6000
      ? `${Math.ceil(seconds / 60)} min`
      : `${Math.ceil(seconds / 3600)} h`

/** Shown after the first second. */
abstract class Shown implements Progress {
  readonly #began = Date.now()
  constructor(
    protected readonly stream: Sink,
    protected readonly work: Work,
  ) {}

  at(done: number): void {
    const seconds = (Date.now() - this.#began) / 1000
    if (seconds >= 1 && done > 0) this.draw(done, seconds)
  }

  protected abstract draw(done: number, seconds: number): void
  abstract [Symbol.dispose](): void
}

export class Bar extends Shown {
  #drawn = false

  protected draw(done: number, seconds: number): void {
    this.#drawn = true
    this.stream.write(`\r${barLine(this.work, done, seconds, this.stream.columns || 80)}\x1b[K`)
  }

  [Symbol.dispose](): void {
    if (this.#drawn) this.stream.write('\r\x1b[K')
    this.#drawn = false
  }
}

/** TERM=dumb: a line for each tenth. */
export class Tenths extends Shown {
  #told = 0

  protected draw(done: number, seconds: number): void {
    const tenth = Math.floor((10 * done) / this.work.total)
    if (tenth === this.#told) return
    this.#told = tenth
    this.stream.write(`${barLine(this.work, done, seconds, this.stream.columns || 80)}\n`)
  }

  [Symbol.dispose](): void {}
}
