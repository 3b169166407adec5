// The last record of a copy, without reading what stands before it.
import { closeSync, fstatSync } from 'node:fs'
import { openOwn } from '../disk/files.ts'
import { toBase64url } from '../domain/encoding.ts'
import { leafOfBytes, parseLine } from '../domain/record.ts'
import { bytesOf } from './find-line.ts'

/** A line that is longer is none that is looked for. */
const MOST = 1 << 16
const LF = 10

/** Undefined where it is too long, not whole, unsigned, or no record. Nothing of it is held against a rule: whoever goes on with the copy does. */
export function lastLine(path: string): { partition: string; seq: number; leaf: string } | undefined {
  const fd = openOwn(path)
  try {
    const { size } = fstatSync(fd)
    const bytes = bytesOf(fd, Math.max(0, size - MOST), size)
    const start = bytes.lastIndexOf(LF, -2)
    if (start === -1 || bytes.at(-1) !== LF) return undefined
    const line = bytes.subarray(start + 1, -1)
    const { record, signature } = parseLine(line.toString())
    if (signature === null) return undefined
    return { partition: record.partition, seq: record.seq, leaf: toBase64url(leafOfBytes(line)) }
  } catch {
    return undefined
  } finally {
    closeSync(fd)
  }
}
