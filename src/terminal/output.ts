// Where a command says what it says. A terminal is a stream; what goes into a pipe or a file, and is little, goes there at once: to make a
// stream of node's takes a start a tenth of its time.
import { constants, fstatSync, openSync, type Stats, writeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import type { Screen } from './look.ts'

/** What a command wants of an output. */
export interface Sink extends Screen {
  write(text: string, done?: (error?: Error | null) => void): unknown
}

type Stream = Writable & Screen

/** So many bytes every pipe takes from whoever has it alone. */
const LITTLE = 32_768

/** No terminal: /dev/null is the one device among these (Linux, major number 1). */
const isPlain = (stats: Stats): boolean => !stats.isCharacterDevice() || stats.rdev >> 8 === 1

export class Output implements Sink {
  readonly fd: number
  readonly #make: () => Stream
  /** Where bytes go at once. */
  #now: number | undefined
  #stream: Stream | undefined
  #left = LITTLE

  /** `make`: the stream, once it is wanted. */
  constructor(fd: number, make: () => Stream) {
    this.fd = fd
    this.#make = make
    if (!isPlainAt(fd)) this.#left = 0
  }

  get #whole(): Stream {
    this.#stream ??= this.#make()
    return this.#stream
  }

  get isTTY(): boolean {
    return this.#left === 0 && this.#whole.isTTY === true
  }

  get columns(): number | undefined {
    return this.#left === 0 ? this.#whole.columns : undefined
  }

  write(text: string, done?: (error?: Error | null) => void): void {
    const rest = this.#stream ? text : this.#writeNow(Buffer.from(text))
    if (rest === undefined) done?.()
    else this.#whole.write(rest, done)
  }

  /** What is left over: of much all of it; and where there is no room, or an error, what the stream will wait with or fail with. */
  #writeNow(bytes: Buffer): Buffer | undefined {
    if (bytes.length >= this.#left) return bytes
    let written = 0
    try {
      this.#now ??= withoutWaiting(this.fd)
      while (written < bytes.length) written += writeSync(this.#now, bytes, written)
    } catch {
      return bytes.subarray(written)
    }
    this.#left -= written
    return undefined
  }
}

/** A pipe that others have filled must not be waited for: until it is read no signal would be heard. A pipe is opened once more for that; sockets, and pipes of others, can't be. */
function withoutWaiting(fd: number): number {
  if (fstatSync(fd).isFile()) return fd
  return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
}

function isPlainAt(fd: number): boolean {
  try {
    return isPlain(fstatSync(fd))
  } catch {
    return false
  }
}

/** Nobody sees it, but it is heard. */
export const unseenBy = (hear: (text: string) => void): Sink => ({
  isTTY: false,
  write: (text: string, done?: (error?: Error | null) => void) => {
    hear(text)
    done?.()
    return true
  },
})

/** The same stream, whose text is heard. */
export const overheard = (stream: Sink, hear: (text: string) => void): Sink =>
  new Proxy(stream, {
    get(target, name) {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'write') return member.bind(target)
      return (text: string, done?: (error?: Error | null) => void) => {
        hear(text)
        return target.write(text, done)
      }
    },
  })
