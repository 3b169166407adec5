// The keys of the controlling terminal. From the first question to the end nothing echoes, and keys that nobody asked for are dropped.
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { ReadStream } from 'node:tty'
import { interrupted } from '../domain/errors.ts'

const CTRL_C = 3
const CTRL_D = 4

interface Listener {
  key(byte: number): void
  gone(error: unknown): void
}

export class Keyboard {
  readonly #input = new ReadStream(openSync('/dev/tty', 'r'))
  readonly #interrupt: () => void
  #listener: Listener | undefined
  #lost = false
  #stopped = false

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
  async listen<T>(begin: (done: (value: T) => void) => (byte: number) => void): Promise<T> {
    if (this.#lost || this.#drop()) throw interrupted()
    this.#input.ref()
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#listener = { key: begin(resolve), gone: reject }
      })
    } finally {
      this.#listener = undefined
      this.#input.unref()
    }
  }

  #take(chunk: Buffer): void {
    for (const byte of chunk) {
      if (byte === CTRL_C && !this.#listener) this.#interrupt()
      else if (byte === CTRL_C || byte === CTRL_D) this.stop()
      else this.#listener?.key(byte)
    }
    chunk.fill(0)
  }

  /** Ends the question that is open. True from then on: the command is on its way out. */
  stop(): boolean {
    this.#stopped ||= this.#listener !== undefined
    this.#listener?.gone(interrupted())
    this.#listener = undefined
    return this.#stopped
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
