// The journal of a ceremony on the disk: read and checked line by line, and added to. A line that a crash cut off is not a part of it.
import { fstatSync } from 'node:fs'
import { exists, openOwn, openRegular, replaceFile } from '../disk/files.ts'
import { notBefore } from '../domain/clock.ts'
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import {
  type Entry,
  entryLine,
  entryMessage,
  type JournalLine,
  type NewEntry,
  parseEntry,
  placedEntry,
} from '../domain/journal.ts'
import { leafOf, leafOfBytes } from '../domain/record.ts'
import { signatureOf } from './compose.ts'
import { appendText, cutTo } from './extent.ts'
import { readLines } from './lines.ts'
import type { Signer } from './port.ts'
import { decode } from './replay.ts'
import { checkKey, isSigned } from './signatures.ts'

interface Read {
  lines: JournalLine[]
  /** Where the last whole line ends. */
  end: number
  /** Bytes behind it. */
  torn: number
}

/** JOURNAL-LINE, JOURNAL-CHAIN, JOURNAL-SIGNED. Closes the file. `taken` hears of each line that is right. */
function readJournal(fd: number, taken: (line: JournalLine) => void = () => {}): Read {
  const size = fstatSync(fd).size
  const lines: JournalLine[] = []
  let end = 0
  for (const { bytes, offset, whole } of readLines(fd)) {
    if (!whole) break
    const line = take(bytes, lines)
    lines.push(line)
    taken(line)
    end = offset + bytes.length + 1
  }
  return { lines, end, torn: size - end }
}

function take(bytes: Uint8Array, before: readonly JournalLine[]): JournalLine {
  const { entry, signature } = parseEntry(decode(bytes))
  checkChain(entry, before)
  const key = (entry.type === 'opened' ? entry : (before[0]!.entry as Extract<Entry, { type: 'opened' }>)).key
  checkKey(key, 'EdDSA')
  const isRight = signature.key === key.id && signature.alg === key.alg
  if (!isRight || !isSigned(key.alg, key.spki, entryMessage(entry), fromBase64url(signature.value)))
    throw notVerified('JOURNAL-SIGNED', `line ${entry.seq} of the journal is not signed by the station that began it`)
  return { entry, leaf: toBase64url(leafOfBytes(bytes)) }
}

/** JOURNAL-CHAIN. */
function checkChain({ seq, prev, time, type }: Entry, before: readonly JournalLine[]): void {
  const last = before.at(-1)
  if (seq !== before.length)
    throw notVerified('JOURNAL-CHAIN', `line ${seq} of the journal stands where ${before.length} should`)
  if (prev !== (last?.leaf ?? null))
    throw notVerified('JOURNAL-CHAIN', `line ${seq} of the journal does not follow the line before it`)
  if ((type === 'opened') !== (last === undefined))
    throw notVerified(
      'JOURNAL-CHAIN',
      last ? `line ${seq} begins another journal` : 'the journal does not begin with its opening',
    )
  if (last && time < last.entry.time) throw notVerified('JOURNAL-CHAIN', `line ${seq} is older than the line before it`)
}

/** A copy that somebody brings: what could be read of it, and what is wrong with it. */
export function journalAt(path: string): { lines: JournalLine[]; fault?: unknown } {
  const lines: JournalLine[] = []
  try {
    const { torn } = readJournal(openRegular(path), (line) => void lines.push(line))
    if (torn > 0)
      throw notVerified('JOURNAL-END', `the last line of the journal, after line ${lines.length - 1}, is cut off`)
    return { lines }
  } catch (fault) {
    return { lines, fault }
  }
}

export class JournalFile {
  readonly #path: string
  readonly #clock: () => Date
  readonly #read: Read

  constructor(path: string, clock: () => Date) {
    this.#path = path
    this.#clock = clock
    this.#read = exists(path) ? readJournal(openOwn(path)) : { lines: [], end: 0, torn: 0 }
  }

  get lines(): readonly JournalLine[] {
    return this.#read.lines
  }

  /** Adds a line and waits for the disk: nothing of it stays where that fails. DISK. */
  async add(entry: NewEntry, { key, sign }: Signer): Promise<JournalLine> {
    const read = this.#read
    const last = read.lines.at(-1)
    if (read.torn > 0) cutTo(this.#path, read.end)
    read.torn = 0
    const time = notBefore(last?.entry.time ?? '', this.#clock())
    const placed = placedEntry(entry, { seq: read.lines.length, prev: last?.leaf ?? null, time })
    const text = entryLine(placed.text, await signatureOf(placed.message, { key, sign }))
    const line = { entry: parseEntry(text).entry, leaf: toBase64url(leafOf(text)) }
    if (last) appendText(this.#path, read.end, `${text}\n`)
    else replaceFile(this.#path, `${text}\n`)
    read.end += Buffer.byteLength(text) + 1
    read.lines.push(line)
    return line
  }
}
