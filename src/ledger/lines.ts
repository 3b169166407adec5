// Reads a ledger line by line without holding more than one of them: a million records cost no more memory than one.
import { closeSync, fstatSync, readSync } from 'node:fs'
import { notVerified } from '../domain/errors.ts'
import { beThrifty } from '../domain/lazily.ts'

export interface RawLine {
  /** The line without its LF. */
  bytes: Buffer
  /** Where it begins in the file. */
  offset: number
  /** False for a last line that lacks its LF. */
  whole: boolean
}

const CHUNK = 1 << 16
/** The plan of a restore of 100,000 keys takes about 60 MB; beyond 512 MB no text can be made of a line. */
const LONGEST = 1 << 28

/** LINE-LENGTH: the lines of an open file, from its beginning, or from where a line begins. Closes the file. */
export function* readLines(fd: number, longest = LONGEST, from = 0): Generator<RawLine> {
  try {
    /** The pieces of a line that goes on beyond its chunk. */
    let pieces: Buffer[] = []
    let length = 0
    let offset = from
    for (const chunk of chunks(fd, from)) {
      let start = 0
      for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
        const bytes = joined(pieces, chunk.subarray(start, end))
        yield { bytes, offset, whole: true }
        offset += bytes.length + 1
        start = end + 1
        pieces = []
        length = 0
      }
      pieces.push(chunk.subarray(start))
      length += chunk.length - start
      if (length > longest) throw notVerified('LINE-LENGTH', 'a line of the ledger does not end')
    }
    if (length > 0) yield { bytes: joined(pieces, Buffer.alloc(0)), offset, whole: false }
  } finally {
    closeSync(fd)
  }
}

const LF = 10

const joined = (pieces: readonly Buffer[], last: Buffer): Buffer =>
  pieces.length === 0 ? last : Buffer.concat([...pieces, last])

/** Bytes: what takes longer to read than the program. */
const LONG = 200_000

function* chunks(fd: number, from: number): Generator<Buffer> {
  if (fstatSync(fd).size - from > LONG) beThrifty()
  // What is no file on a disk has no places in it.
  for (let at = from; ; ) {
    const chunk = Buffer.alloc(CHUNK)
    const length = readSync(fd, chunk, 0, CHUNK, from === 0 ? null : at)
    if (length === 0) return
    at += length
    yield chunk.subarray(0, length)
  }
}
