// Questions on the terminal itself, so that stdin and stdout may be pipes.
import { closeSync, openSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { WriteStream } from 'node:tty'
import { lazily } from '../domain/lazily.ts'
import { unsteered } from '../domain/names.ts'
import { Secret } from '../domain/secret.ts'
import { HIDDEN, maySecretBegin } from '../domain/secret-text.ts'
import { complete } from './complete.ts'
import { isControlling } from './controlling.ts'
import { bytesOf, unending } from './inquired.ts'
import { Keyboard } from './keyboard.ts'
import type { Key } from './keys.ts'
import { Line } from './line.ts'
import { PLAIN, type Screen } from './look.ts'
import { Note } from './note.ts'
import type { Choice, Completion } from './port.ts'
import { inPlain, rendered } from './render.ts'
import { cut } from './table.ts'
import type { Text } from './text.ts'

const loadInquirer = lazily(() => import('inquirer'))

export interface Tty {
  /** No echo from here on. */
  hush(): void
  ask(question: string): Promise<string>
  askPath(question: string, completion: Completion): Promise<string>
  askUnless(question: string, isOver: () => boolean): Promise<string | undefined>
  choose<T>(question: string, choices: readonly Choice<T>[]): Promise<T>
  askSecret(question: string): Promise<Secret>
  pause(seconds: number): Promise<void>
  settle(seconds: number): Promise<void>
  watch(check: () => void): Disposable
  show(text: Text): void
  /** What is written there is seen here. */
  isSeen(screen: Screen): boolean
  clear(): void
  /** The terminal was closed. */
  readonly lost: boolean
  /** Ends the question that is open as Ctrl-C does; true where that is so, or was so before. */
  stop(): boolean
  /** The terminal is a shell's from now on, until `resume`. */
  suspend(): void
  /** It is ours again: nothing echoes, and the question that is open is shown once more. */
  resume(): void
  /** Gives the terminal back as it was found. */
  close(): void
}

interface TtyOptions {
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

/** A share that is typed at another question has not been seen. */
const seenOf = (typed: string): string => (maySecretBegin(typed) ? HIDDEN : typed)

const A_SECOND = 1000

/** The columns that a line which is seen wants at least. */
const SEEN = 30

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

  hush(): void {
    this.#keyboard()
  }

  async ask(question: string): Promise<string> {
    return this.#plain ? this.#askLine(question) : this.#inquire({ type: 'input' }, question)
  }

  /** Tab completes what is typed, as far as there is one way to go on, and else shows the ways. */
  async askPath(question: string, completion: Completion): Promise<string> {
    return this.#askLine(question, completion)
  }

  async askUnless(question: string, isOver: () => boolean): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined
    const line = new Line()
    try {
      return await this.#asking<string | undefined>(question, SEEN, (done) => {
        timer = setInterval(() => (line.text === '' && isOver() ? done(undefined) : undefined), A_SECOND)
        return {
          key: (key) => (line.take(key) ? done(line.text) : undefined),
          told: () => unsteered(seenOf(line.text)),
        }
      })
    } finally {
      clearInterval(timer)
      line.wipe()
    }
  }

  async choose<T>(question: string, choices: readonly Choice<T>[]): Promise<T> {
    if (!this.#plain)
      return this.#inquire({ type: 'select', choices: choices.map((one) => this.#inRow(one)) }, question)
    this.show(choices.map(({ name }, i) => ({ head: [`  ${i + 1}  `], line: [name] })))
    for (;;) {
      const chosen = choices[Number(await this.#askLine(`${question} (1 to ${choices.length})`)) - 1]
      if (chosen) return chosen.value
    }
  }

  async askSecret(question: string): Promise<Secret> {
    const line = new Line()
    try {
      return await this.#asking(question, 0, (done) => ({
        key: (key) => (line.take(key) ? done(new Secret(line.bytes)) : undefined),
        told: () => undefined,
      }))
    } finally {
      line.wipe()
    }
  }

  pause(seconds: number): Promise<void> {
    return this.#keyboard().pause(seconds)
  }

  settle(seconds: number): Promise<void> {
    return this.#keyboard().pause(seconds, true)
  }

  watch(check: () => void): Disposable {
    return this.#keyboard().watch(check)
  }

  show(text: Text): void {
    for (const row of this.#rows(text)) this.#output.write(`${row}\n`)
  }

  #rows(text: Text): string[] {
    return rendered(text, { ...PLAIN, columns: this.#output.columns || 80 })
  }

  /** A choice is one row, whatever its name holds. */
  #inRow<T>({ name, value }: Choice<T>): Choice<T> {
    return { name: cut(inPlain(name), (this.#output.columns || 80) - 6, PLAIN.ellipsis), value }
  }

  isSeen({ isTTY = false, fd }: Screen): boolean {
    return isTTY && (fd === undefined || isControlling(fd))
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

  suspend(): void {
    this.#keys?.suspend()
  }

  resume(): void {
    this.#keys?.resume()
  }

  close(): void {
    this.#keys?.close()
  }

  #keyboard(): Keyboard {
    this.#keys ??= new Keyboard(this.#options.interrupt)
    return this.#keys
  }

  async #askLine(question: string, completion?: Completion): Promise<string> {
    const line = new Line()
    try {
      return await this.#asking(question, SEEN, (done) => ({
        key(key) {
          if (line.take(key)) done(line.text)
          return completion && isTab(key) ? complete(line, completion) : undefined
        },
        told: () => unsteered(completion ? completion.told(line.text) : seenOf(line.text)),
      }))
    } finally {
      line.wipe()
    }
  }

  /** Asks, and shows beside the question what there is to tell after each key. */
  async #asking<T>(question: string, least: number, begin: (done: (value: T) => void) => Asked): Promise<T> {
    const ask = () => new Note(this.#output, this.#rows(`  ${question}`), least)
    try {
      return await this.#keyboard().listen<T>((done) => {
        const asked = begin(done)
        let note = ask()
        const again = (rows: readonly string[] = []) => {
          this.#output.write('\n')
          this.show(rows)
          note = ask()
          note.say(asked.told())
        }
        const key = (pressed: Key) => {
          const rows = asked.key(pressed)
          if (rows) again(rows)
          else note.say(asked.told())
        }
        return { key, again }
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
    const asked = {
      ...question,
      message: rows.at(-1)!.trim(),
      name: 'answer',
      theme: { prefix: ' ' },
      transformer: seenOf,
    }
    const { default: inquirer } = await loadInquirer()
    let input = new PassThrough()
    try {
      return await this.#keyboard().listen<T>((done) => {
        const pressed: Uint8Array[] = []
        const start = () => {
          const prompt = inquirer.createPromptModule({ input, output: unending(this.#output) } as never)
          const answering = prompt([asked] as never) as Promise<{ answer: T }>
          // It fails when its input ends, which is how we end it.
          answering.then(({ answer }) => done(answer)).catch(() => {})
        }
        const key = (one: Key) => {
          const bytes = bytesOf(one)
          if (bytes) pressed.push(bytes) && input.write(bytes)
        }
        // The keys of before lead to where it was.
        const again = () => {
          input.end()
          input = new PassThrough()
          start()
          for (const bytes of pressed) input.write(bytes)
        }
        start()
        return { key, again }
      })
    } catch (error) {
      this.#output.write('\n')
      throw error
    } finally {
      input.end()
    }
  }
}

/** A question at work: `key` gives rows where there is something to show above the question. */
interface Asked {
  // biome-ignore lint/suspicious/noConfusingVoidType: most keys show nothing
  key(key: Key): readonly string[] | undefined | void
  told(): string | undefined
}

const isTab = (key: Key): boolean => key.kind === 'control' && key.byte === 0x09
