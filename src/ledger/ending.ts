// Reads a ledger up to its last signed line, and judges what stands after it: what a crash left, or a signature taken away.
import { fstatSync } from 'node:fs'
import { notVerified } from '../domain/errors.ts'
import { parseLine } from '../domain/record.ts'
import { readLines } from './lines.ts'

export interface Ending {
  /** Where the last signed line ends, with its LF if it has one. */
  end: number
  /** The last signed line lacks its LF; it gets one with the next record. */
  lacksNewline: boolean
  /** Bytes after `end`: a line that a crash cut off, and the `null` lines before it that it was to sign. */
  torn: number
}

/** Hands every line that a signature covers to `take`, from where one begins. SIGNATURE-LAST. Closes the file. */
export function readSigned(fd: number, take: (line: Buffer) => void, from = 0): Ending {
  const size = fstatSync(fd).size
  let end = from
  let lacksNewline = false
  // Unsigned lines wait for the signature that covers them: without it they are part of what a crash left.
  let held: Buffer[] = []
  for (const { bytes, offset, whole } of readLines(fd, undefined, from)) {
    if (!whole && !lacksOnlyNewline(bytes)) break
    held.push(bytes)
    if (endsUnsigned(bytes)) continue
    for (const line of held) take(line)
    held = []
    end = Math.min(offset + bytes.length + 1, size)
    lacksNewline = !whole
  }
  if (isComplete(held, size - end)) signatureMissing(held, take)
  return { end, lacksNewline, torn: size - end }
}

/** A last line that lacks only its LF parses; a torn one does not. */
function lacksOnlyNewline(bytes: Buffer): boolean {
  try {
    return parseLine(bytes.toString()).signature !== null
  } catch {
    return false
  }
}

/** Canonical lines end with `"signature":null}` or with a signature. */
export const endsUnsigned = (bytes: Buffer): boolean => bytes.subarray(-18).toString().endsWith('"signature":null}')

/** Whole lines and nothing else. */
const isComplete = (lines: readonly Buffer[], size: number): boolean =>
  lines.length > 0 && lines.reduce((sum, line) => sum + line.length + 1, 0) === size

/** A crash tears the last line; where none is torn somebody took a signature away. Another broken rule is told first. */
function signatureMissing(lines: readonly Buffer[], take: (line: Buffer) => void): never {
  for (const line of lines) take(line)
  throw notVerified('SIGNATURE-LAST', 'the last line has no signature')
}
