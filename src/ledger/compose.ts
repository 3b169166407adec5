// New records become lines: each gets its place, its time and who wrote it; the last one is signed for all.
import { notBefore } from '../domain/clock.ts'
import { toBase64url } from '../domain/encoding.ts'
import type { History } from '../domain/history.ts'
import { leafOf, lineOf, messageOf, type NewRecord, type Record } from '../domain/record.ts'
import { type Host, RECORD_FORMAT, type Tool } from '../domain/record-common.ts'
import { recordText } from '../domain/templates.ts'
import type { Appended, Following, Signer } from './port.ts'

/** Where the first new record stands. `prev`: the leaf before it, null for the very first. */
interface Place {
  partition: string
  seq: number
  prev: string | null
  /** Of the record before it; none may be older. */
  time: string
  /** Of whoever writes. */
  station: string
}

/** Who writes, and when. */
export interface Writer {
  clock(): Date
  tool: Tool
  host: Host
  /** Hears of its own lines before they are anywhere. */
  appending?(lines: readonly string[]): void
  /** Hears of lines once they are on the disk, and of the number of the first. */
  appended?(lines: readonly string[], first: number): void
}

/** Without a signer none is signed. */
export async function composeLines(
  records: readonly (NewRecord | Following)[],
  first: Place,
  signer: Signer | undefined,
  writer: Writer,
): Promise<{ lines: string[]; last: Appended }> {
  const lines: string[] = []
  let last: Appended | undefined
  for (const [i, next] of records.entries()) {
    const { partition, station } = first
    const place = { partition, station, seq: first.seq + i, prev: last?.leaf ?? first.prev }
    const record = typeof next === 'function' ? next(place.prev!) : next
    const time = notBefore(last?.time ?? first.time, writer.clock())
    const placed = { format: RECORD_FORMAT, ...place, time, tool: writer.tool, host: writer.host, ...record } as Record
    const written = recordText(placed)
    const signature = signer && i === records.length - 1 ? await signatureOf(messageOf(written), signer) : null
    const text = lineOf(written, signature)
    lines.push(text)
    last = { seq: place.seq, leaf: toBase64url(leafOf(text)), time }
  }
  if (!last) throw new Error('there is nothing to append')
  if (signer) writer.appending?.(lines)
  return { lines, last }
}

/** As it stands in a line, of a ledger or of a journal. */
export async function signatureOf(message: Uint8Array, { key, sign }: Signer) {
  return { key: key.id, alg: key.alg, value: toBase64url(await sign(message)) }
}

/** Behind the last record. The first one says whose ledger it is in its plan. */
export function placeAfter(
  { partition, seq, leaf, time }: History,
  [first]: readonly (NewRecord | Following)[],
  station: string,
): Place {
  if (seq !== -1) return { partition, seq: seq + 1, prev: leaf, time, station }
  const { plan } = first as Extract<NewRecord, { type: 'partition.created' }>
  return { partition: plan.partition, seq: 0, prev: null, time, station }
}
