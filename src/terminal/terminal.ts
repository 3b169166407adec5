// The terminal that people sit at: messages, questions on /dev/tty, progress, the answer.
import type { Writable } from 'node:stream'
import { usage } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import type { Choice, Progress, Report, Terminal, Told } from './port.ts'
import type { Tty } from './tty.ts'

export interface Streams {
  stdout: Writable
  stderr: Writable & { isTTY?: boolean }
}

export interface Manners {
  json: boolean
  /** False under --no-input. */
  mayAsk: boolean
}

export class StreamTerminal implements Terminal {
  readonly #streams: Streams
  readonly #manners: Manners
  readonly #tty: Tty | undefined

  constructor(streams: Streams, manners: Manners, tty: Tty | undefined) {
    this.#streams = streams
    this.#manners = manners
    this.#tty = manners.mayAsk ? tty : undefined
  }

  get interactive(): boolean {
    return this.#tty !== undefined
  }

  say(text: string): void {
    this.#streams.stderr.write(`${text}\n`)
  }

  show(text: string): void {
    this.say(text)
    if (!this.#streams.stderr.isTTY) this.#tty?.show(text)
  }

  warn(text: string): void {
    this.say(`warning: ${text}`)
  }

  answer({ data, text }: Report): void {
    this.#streams.stdout.write(`${this.#manners.json ? JSON.stringify({ ok: true, data }) : text}\n`)
  }

  async ask(question: string, flag: string): Promise<string> {
    return this.#asking(flag).ask(question)
  }

  async choose<T>(question: string, choices: readonly Choice<T>[], flag: string): Promise<T> {
    return this.#asking(flag).choose(question, choices)
  }

  async askSecret(question: string, flag: string, told?: Told): Promise<Secret> {
    return this.#asking(flag).askSecret(question, told)
  }

  #asking(flag: string): Tty {
    if (this.#tty) return this.#tty
    throw usage(`nobody can be asked here, and ${flag} was not given`, flag, 'INPUT-MISSING')
  }

  async pause(seconds: number): Promise<void> {
    await this.#tty?.pause(seconds)
  }

  clear(): void {
    this.#tty?.clear()
  }

  progress(what: string, total: number): Progress {
    return this.#streams.stderr.isTTY ? new Bar(this.#streams.stderr, what, total) : silent
  }
}

const silent: Progress = { at() {}, [Symbol.dispose]() {} }

/** A line that is written over itself, from the second second on. */
class Bar implements Progress {
  readonly #began = Date.now()
  readonly #stream: Writable
  readonly #what: string
  readonly #total: number
  #shown = false

  constructor(stream: Writable, what: string, total: number) {
    this.#stream = stream
    this.#what = what
    this.#total = total
  }

  at(done: number): void {
    const seconds = (Date.now() - this.#began) / 1000
    if (seconds < 1) return
    this.#shown = true
    this.#stream.write(`\r  ${this.#what}: ${done} of ${this.#total}, ${Math.round(done / seconds)} a second\x1b[K`)
  }

  [Symbol.dispose](): void {
    if (this.#shown) this.#stream.write('\r\x1b[K')
  }
}
