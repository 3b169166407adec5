// Questions on the terminal itself, so that stdin and stdout may be pipes.
import { closeSync, openSync } from 'node:fs'
import { PassThrough, Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { lazily } from '../domain/lazily.ts'
import { Secret } from '../domain/secret.ts'
import { Keyboard } from './keyboard.ts'
import { Line } from './line.ts'
import { PLAIN } from './look.ts'
import type { Choice, Told } from './port.ts'
import { inPlain, rendered } from './render.ts'
import { cut } from './table.ts'
import type { Text } from './text.ts'
import { widthOf } from './width.ts'

const loadInquirer = lazily(() => import('inquirer'))

export interface Tty {
  ask(question: string): Promise<string>
  choose<T>(question: string, choices: readonly Choice<T>[]): Promise<T>
  askSecret(question: string, told?: Told): Promise<Secret>
  pause(seconds: number): Promise<void>
  show(text: Text): void
  clear(): void
  /** The terminal was closed. */
  readonly lost: boolean
  /** Ends the question that is open as Ctrl-C does; true where that is so, or was so before. */
  stop(): boolean
  /** Gives the terminal back as it was found. */
  close(): void
}

export interface TtyOptions {
  /** TERM=dumb: the cursor can't be moved. */
  dumb: boolean
  /** A locale without UTF-8: inquirer's arrows can't be shown. */
  ascii: boolean
  /** Ctrl-C where no question is open: the terminal sends no SIGINT while nothing echoes. */
  interrupt(): void
}

/** The controlling terminal, undefined where the process has none. */
export function openTty(options: TtyOptions): Tty | undefined {
  try {
    closeSync(openSync('/dev/tty', 'r+'))
    return new DevTty(options)
  } catch {
    return undefined
  }
}

class DevTty implements Tty {
  readonly #options: TtyOptions
  readonly #output = new WriteStream(openSync('/dev/tty', 'w'))
  #keys: Keyboard | undefined

  constructor(options: TtyOptions) {
    this.#options = options
    // A terminal that is gone shows in its input.
    this.#output.on('error', () => {})
  }

  get #plain(): boolean {
    return this.#options.dumb || this.#options.ascii
  }

  async ask(question: string): Promise<string> {
    return this.#plain ? this.#askPlain(question) : this.#inquire({ type: 'input' }, question)
  }

  async choose<T>(question: string, choices: readonly Choice<T>[]): Promise<T> {
    if (!this.#plain)
      return this.#inquire({ type: 'select', choices: choices.map((one) => this.#fitting(one)) }, question)
    this.show(choices.map(({ name }, i) => ({ head: [`  ${i + 1}  `], line: [name] })))
    for (;;) {
      const chosen = choices[Number(await this.#askPlain(`${question} (1 to ${choices.length})`)) - 1]
      if (chosen) return chosen.value
    }
  }

  async askSecret(question: string, told?: Told): Promise<Secret> {
    const line = new Line()
    try {
      return await this.#type(question, line, told, () => new Secret(line.bytes))
    } finally {
      line.wipe()
    }
  }

  /** A question of its own: Ctrl-C ends it like any other. */
  async pause(seconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    try {
      await this.#keyboard().listen<void>((done) => {
        timer = setTimeout(done, seconds * 1000)
        return () => {}
      })
    } finally {
      clearTimeout(timer)
    }
  }

  show(text: Text): void {
    for (const row of this.#rows(text)) this.#output.write(`${row}\n`)
  }

  #rows(text: Text, columns = this.#output.columns): string[] {
    return rendered(text, { ...PLAIN, columns: columns || 80 })
  }

  /** A choice is one row, whatever its name holds. */
  #fitting<T>({ name, value }: Choice<T>): Choice<T> {
    return { name: cut(inPlain(name), (this.#output.columns || 80) - 6, PLAIN.ellipsis), value }
  }

  clear(): void {
    this.#output.write(this.#options.dumb ? '\n'.repeat(this.#output.rows) : '\x1b[2J\x1b[3J\x1b[H')
  }

  get lost(): boolean {
    return this.#keys?.lost ?? false
  }

  stop(): boolean {
    return this.#keys?.stop() ?? false
  }

  close(): void {
    this.#keys?.close()
  }

  #keyboard(): Keyboard {
    this.#keys ??= new Keyboard(this.#options.interrupt)
    return this.#keys
  }

  async #askPlain(question: string): Promise<string> {
    const text = ({ bytes }: Line) => Buffer.from(bytes).toString()
    const line = new Line()
    return this.#type(
      question,
      line,
      () => text(line),
      () => text(line),
    )
  }

  /** Fills the line, and shows beside the question what there is to tell of it. */
  async #type<T>(question: string, line: Line, told: Told | undefined, answer: () => T): Promise<T> {
    try {
      return await this.#keyboard().listen<T>((done) => {
        const note = new Note(this.#output, this.#rows(`  ${question}`), told ? ROOM : 0)
        return (byte) => (line.take(byte) ? done(answer()) : note.say(told?.(line.bytes)))
      })
    } finally {
      this.#output.write('\n')
    }
  }

  /** inquirer gets the keys from us: it would turn the echo on again after each question. */
  async #inquire<T>(question: object, text: string): Promise<T> {
    // It breaks long lines where it likes: it gets the last row alone.
    const rows = this.#rows(`  ${text}`)
    for (const row of rows.slice(0, -1)) this.#output.write(`${row}\n`)
    const message = rows.at(-1)!.trim()
    const { default: inquirer } = await loadInquirer()
    const input = new PassThrough()
    const prompt = inquirer.createPromptModule({ input, output: unending(this.#output) } as never)
    try {
      return await this.#keyboard().listen<T>((done) => {
        const asked = [{ ...question, message, name: 'answer', theme: { prefix: ' ' } }]
        const answering = prompt(asked as never) as Promise<{ answer: T }>
        // It fails when its input ends, which is how we end it.
        answering.then(({ answer }) => done(answer)).catch(() => {})
        return (byte) => input.write(Uint8Array.of(byte))
      })
    } catch (error) {
      this.#output.write('\n')
      throw error
    } finally {
      input.end()
    }
  }
}

/** A few words after the question, written over themselves without escape sequences: every terminal can do that. */
class Note {
  readonly #output: WriteStream
  #shown = ''

  constructor(output: WriteStream, question: readonly string[], room: number) {
    this.#output = output
    // Going back works within one line only.
    const fits = widthOf(question.at(-1)!) + 1 + room < (output.columns || 80)
    output.write(`${question.join('\n')} ${fits ? '' : '\n  '}`)
  }

  say(text = ''): void {
    if (text === this.#shown) return
    const back = (length: number) => '\b'.repeat(length)
    const rest = Math.max(0, this.#shown.length - text.length)
    this.#output.write(`${back(this.#shown.length)}${text}${' '.repeat(rest)}${back(rest)}`)
    this.#shown = text
  }
}

/** For the longest note, such as `23 of 23 groups`. */
const ROOM = 20

/** inquirer ends the output that it is given after the first prompt; the terminal goes on. */
function unending(output: WriteStream): Writable {
  // At once: what the next question writes may not overtake it.
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    output.write(chunk)
    done()
  }
  const stream = new Writable({ write })
  return Object.assign(stream, { columns: output.columns, rows: output.rows, isTTY: true, end: () => stream })
}
