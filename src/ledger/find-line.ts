// One record of a long ledger, found by halving the file: the lines stand in the order of their numbers.
import { fstatSync, readSync } from 'node:fs'
import { parseLine, type Record } from '../domain/record.ts'

const CHUNK = 1 << 14
const LF = 10

/** `end`: where the next line begins. */
interface FoundLine {
  bytes: Buffer
  record: Record
  end: number
}

/** The line of the record `seq`, without its LF, among the first `size` bytes; undefined where it is not. What it says is not checked. */
export function findLine(fd: number, size: number, seq: number): FoundLine | undefined {
  let [low, high] = [0, size]
  while (low < high) {
    // The first one is not searched for.
    const middle = seq === 0 ? 0 : Math.floor((low + high) / 2)
    const start = middle === 0 ? 0 : after(fd, middle - 1, size)
    const end = start < high ? after(fd, start, size) : start
    if (start >= high) high = middle
    else {
      const bytes = bytesOf(fd, start, end - 1)
      const { record } = parseLine(bytes.toString())
      if (record.seq === seq) return { bytes, record, end }
      if (record.seq < seq) low = end
      else high = middle
    }
  }
  return undefined
}

/** Where the first line begins whose LF before it is at `from` or later; behind the end where there is none. */
function after(fd: number, from: number, size: number): number {
  for (let at = from; at < size; at += CHUNK) {
    const found = bytesOf(fd, at, Math.min(at + CHUNK, size)).indexOf(LF)
    if (found !== -1) return at + found + 1
  }
  return size + 1
}

/** No more is asked for than the file has. */
export function bytesOf(fd: number, start: number, end: number, size = fstatSync(fd).size): Buffer {
  if (!(end <= size)) throw new RangeError('the file is shorter')
  const bytes = Buffer.alloc(Math.max(0, end - start))
  let done = 0
  while (done < bytes.length) {
    const read = readSync(fd, bytes, done, bytes.length - done, start + done)
    if (read === 0) throw new RangeError('the file is shorter')
    done += read
  }
  return bytes
}
