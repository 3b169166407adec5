// A file that grows: what a crash left of an addition is the beginning of the next one, which only adds the rest.
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { refused } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import { diskError, dropQuietly, errnoOf, openNew, syncFolder, writeAll } from './files.ts'

/** Which file it was, by the number that its file system gave it, and how much of it counted then. */
interface Grown {
  number: string
  bytes: number
}

const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants

export class GrowingFile implements Disposable {
  readonly #path: string
  readonly #fd: number
  readonly #number: string
  readonly #size: number
  /** Nothing of it stays where it does not become whole. */
  #isHalf: boolean
  /** Where the next bytes belong: before the end, as long as they are there already. */
  #at: number

  /** FILE-LINK, FILE-KIND, DISK: opens it, or makes it with mode 0600. `before`: as it was when something was last added; `new`: nothing is there, and nothing follows. */
  constructor(path: string, before?: Grown | 'new') {
    this.#path = path
    this.#isHalf = before === 'new'
    this.#fd = this.#isHalf ? openNew(path) : opened(path)
    const { ino, size } = fstatSync(this.#fd)
    this.#number = `${ino}`
    this.#size = size
    // Another file of that name, or one that was cut, begins anew.
    this.#at = typeof before === 'object' && before.number === this.#number && before.bytes <= size ? before.bytes : 0
  }

  /** EXPORT-FILE, DISK: adds what is not there yet. */
  add(content: string | Buffer): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    const there = this.#read(Math.min(bytes.length, Math.max(0, this.#size - this.#at)))
    if (!there.equals(bytes.subarray(0, there.length))) throw this.#strange()
    try {
      writeAll(this.#fd, bytes.subarray(there.length))
    } catch (error) {
      throw diskError(error, this.#path)
    }
    this.#at += bytes.length
  }

  /** Waits for the disk. */
  finish(): Grown {
    if (this.#at < this.#size) throw this.#strange()
    try {
      fsyncSync(this.#fd)
    } catch (error) {
      throw diskError(error, this.#path)
    }
    syncFolder(dirname(this.#path))
    this.#isHalf = false
    return { number: this.#number, bytes: this.#at }
  }

  #read(length: number): Buffer {
    const bytes = Buffer.alloc(length)
    let done = 0
    while (done < length) {
      const read = readSync(this.#fd, bytes, done, length - done, this.#at + done)
      if (read === 0) break
      done += read
    }
    return bytes.subarray(0, done)
  }

  #strange(): Error {
    return refused(
      'EXPORT-FILE',
      `${this.#path} holds something that this export did not put there`,
      'give another file: --out FILE',
    )
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd)
    if (this.#isHalf) dropQuietly(this.#path)
  }
}

function opened(path: string): number {
  try {
    const fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
    if (fstatSync(fd).isFile()) return fd
    closeSync(fd)
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') throw refused('FILE-LINK', `${path} is a symbolic link`, sh('ls', '-l', path))
    throw diskError(error, path)
  }
  throw refused('FILE-KIND', `${path} is not a regular file`, sh('ls', '-ld', path))
}
