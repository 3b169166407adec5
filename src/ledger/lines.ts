// Reads a ledger line by line without holding more than one of them: a million records cost no more memory than one.
import { closeSync, readSync } from 'node:fs'

export interface RawLine {
  /** The line without its LF. */
  bytes: Buffer
  /** Where it begins in the file. */
  offset: number
  /** False for a last line that lacks its LF. */
  whole: boolean
}

const CHUNK = 1 << 20

/** The lines of an open file, from its beginning. Closes the file. */
export function* readLines(fd: number): Generator<RawLine> {
  try {
    let rest = Buffer.alloc(0)
    let offset = 0
    for (const chunk of chunks(fd)) {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let start = 0
      for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, start)) {
        yield { bytes: data.subarray(start, end), offset: offset + start, whole: true }
        start = end + 1
      }
      offset += start
      rest = Buffer.from(data.subarray(start))
    }
    if (rest.length > 0) yield { bytes: rest, offset, whole: false }
  } finally {
    closeSync(fd)
  }
}

function* chunks(fd: number): Generator<Buffer> {
  for (;;) {
    const chunk = Buffer.alloc(CHUNK)
    const length = readSync(fd, chunk, 0, CHUNK, null)
    if (length === 0) return
    yield chunk.subarray(0, length)
  }
}
