// The keys of the controlling terminal. From the first question to the end nothing echoes, and keys that nobody asked for are dropped.
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { interrupted } from '../domain/errors.ts'
import { type Key, KeyReader } from './keys.ts'

const CTRL_C = 3
const CTRL_D = 4
const A_SECOND = 1000

/** What asks: it takes the keys, and shows itself again where the terminal was somebody else's meanwhile. */
interface Question {
  key(key: Key): void
  again?(): void
}

interface Listener extends Question {
  gone(error: unknown): void
}

export class Keyboard {
  readonly #input = new ReadStream(openSync('/dev/tty', 'r'))
  readonly #interrupt: () => void
  readonly #reader = new KeyReader()
  #patience: NodeJS.Timeout | undefined
  #listener: Listener | undefined
  #lost = false
  #stopped = false
  #check: (() => void) | undefined

  /** The terminal is gone. */
  get lost(): boolean {
    return this.#lost
  }

  /** `interrupt`: Ctrl-C where no question is open. */
  constructor(interrupt: () => void) {
    this.#interrupt = interrupt
    this.#input.setRawMode(true)
    this.#input.on('data', (chunk: Buffer) => this.#take(chunk))
    for (const event of ['end', 'error', 'close']) this.#input.on(event, () => this.#gone())
    this.#input.unref()
  }

  /** `begin` asks, and gives what takes each key until `done`. Ctrl-C, Ctrl-D and a lost terminal: INTERRUPTED. */
  async listen<T>(begin: (done: (value: T) => void) => Question): Promise<T> {
    if (this.#lost || this.#drop()) throw interrupted()
    this.#reader.reset()
    this.#input.ref()
    const looking = this.#check && setInterval(() => this.#look(), A_SECOND)
    try {
      return await new Promise<T>((resolve, reject) => {
        // What comes in one piece with the end of an answer is no answer to the next question.
        const done = (value: T) => {
          this.#listener = undefined
          resolve(value)
        }
        this.#listener = { ...begin(done), gone: reject }
      })
    } finally {
      clearInterval(looking)
      this.#listener = undefined
      this.#input.unref()
    }
  }

  /** While a question is open `check` is asked each second: what it throws ends the question. */
  watch(check: () => void): Disposable {
    this.#check = check
    return {
      [Symbol.dispose]: () => {
        this.#check = undefined
      },
    }
  }

  #look(): void {
    try {
      this.#check?.()
    } catch (error) {
      this.#listener?.gone(error)
      this.#listener = undefined
    }
  }

  /** A question of its own, so that Ctrl-C ends it like any other: keys are dropped for so many seconds, or until so long after the last of them. */
  async pause(seconds: number, isQuiet = false): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    try {
      await this.listen<void>((done) => {
        const begin = () => {
          clearTimeout(timer)
          timer = setTimeout(done, seconds * A_SECOND)
        }
        begin()
        return { key: () => (isQuiet ? begin() : undefined) }
      })
    } finally {
      clearTimeout(timer)
    }
  }

  #take(chunk: Buffer): void {
    clearTimeout(this.#patience)
    for (const byte of chunk) {
      if (byte === CTRL_C && !this.#listener) this.#interrupt()
      else if (byte === CTRL_C || byte === CTRL_D) this.stop()
      else for (const key of this.#reader.take(byte)) this.#listener?.key(key)
    }
    chunk.fill(0)
    const { patience } = this.#reader
    if (patience !== undefined) this.#patience = setTimeout(() => this.#reader.reset(), patience).unref()
  }

  /** Ends the question that is open. True from then on: the command is on its way out. */
  stop(): boolean {
    this.#stopped ||= this.#listener !== undefined
    this.#listener?.gone(interrupted())
    this.#listener = undefined
    return this.#stopped
  }

  /** The terminal is a shell's for a while. */
  suspend(): void {
    if (!this.#lost) this.#input.setRawMode(false)
  }

  /** It is ours again, in whatever mode the shell left it: node would take it to be still as it was. */
  resume(): void {
    if (this.#lost) return
    this.#input.setRawMode(false)
    this.#input.setRawMode(true)
    this.#reader.reset()
    this.#listener?.again?.()
  }

  #gone(): void {
    this.#lost = true
    this.stop()
  }

  /** What was typed before the question is no answer to it; true where a Ctrl-C was among it. */
  #drop(): boolean {
    const fd = openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK)
    const buffer = Buffer.alloc(4096)
    let stop = false
    try {
      for (let got = readSync(fd, buffer); got > 0; got = readSync(fd, buffer))
        stop ||= buffer.subarray(0, got).includes(CTRL_C)
      return stop
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return stop
      throw interrupted()
    } finally {
      buffer.fill(0)
      closeSync(fd)
    }
  }

  close(): void {
    if (!this.#lost) this.#input.setRawMode(false)
  }
}
