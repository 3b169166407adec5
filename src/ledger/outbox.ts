// Lines that are signed, and perhaps not in the database yet: kept on the disk from before they are sent until the ledger's copy has them.
import { errnoOf, exists, moveFile, readOwnText, removeFile, replaceFile } from '../disk/files.ts'
import { toBase64url } from '../domain/encoding.ts'
import { leafOf, parseLine } from '../domain/record.ts'
import type { Tail } from './database.ts'

interface Unsent {
  lines: string[]
  /** Where the first of them stands. */
  at: { seq: number; prev: string | null }
  last: Tail
  /** Where they were written: what waited, and stands before the last, came from anywhere. */
  station: string
  /** It begins a change, and ends none: nothing was done for it yet. */
  isIntent: boolean
}

export class Outbox {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  write(lines: readonly string[]): void {
    replaceFile(this.#path, `${lines.join('\n')}\n`)
  }

  /** LINE-CANONICAL, RECORD-SHAPE. */
  read(): Unsent | undefined {
    const text = this.#text()
    if (text === undefined) return undefined
    const lines = text.trimEnd().split('\n')
    const records = lines.map((line) => parseLine(line).record)
    const [first, last] = [records[0]!, records.at(-1)!]
    return {
      lines,
      at: { seq: first.seq, prev: first.prev },
      last: { seq: last.seq, leaf: toBase64url(leafOf(lines.at(-1)!)) },
      station: last.station,
      isIntent: last.type === 'intent',
    }
  }

  drop(): void {
    removeFile(this.#path)
  }

  /** Others went on without them. They are kept, by the number of the first. */
  setAside(seq: number): string {
    let path = `${this.#path}.superseded-${seq}`
    while (exists(path)) path += '-'
    moveFile(this.#path, path)
    return path
  }

  #text(): string | undefined {
    try {
      return readOwnText(this.#path)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
}
