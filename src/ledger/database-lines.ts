// The lines of a ledger in a database, against those of a file: compared, brought there, and fetched.
import { openOwn, removeFile } from '../disk/files.ts'
import { GrowingFile } from '../disk/growing.ts'
import { recordCode } from '../domain/code.ts'
import { toBase64url } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { leafOfBytes } from '../domain/record.ts'
import type { DatabaseSession } from './database.ts'
import { ahead, behind, forked } from './database-errors.ts'
import { readLines } from './lines.ts'

type Known = Pick<History, 'partition' | 'seq' | 'leaf' | 'name'>

/** DATABASE-BEHIND, DATABASE-FORKED: the last record of here stands there. Gives the last one there. */
export async function checkExtends(session: DatabaseSession, known: Known, place: string): Promise<number> {
  const { partition, seq, leaf } = known
  const tail = await session.tail(partition)
  if (!tail || tail.seq < seq) throw behind(place, tail?.seq ?? -1, known)
  const there = tail.seq === seq ? tail.leaf : await session.leafAt(partition, seq)
  if (there !== leaf) throw forked(place, seq)
  return tail.seq
}

/** DATABASE-AHEAD: and is the last one there. */
export async function checkTail(session: DatabaseSession, known: Known, place: string): Promise<void> {
  if ((await checkExtends(session, known, place)) > known.seq) throw ahead(place, known.seq)
}

/** DATABASE-FORKED, DATABASE-BEHIND: each line that is here is there, byte for byte. */
export async function compare(session: DatabaseSession, known: Known, path: string, place: string): Promise<void> {
  const own = readLines(openOwn(path))
  let seq = 0
  try {
    for await (const lines of session.after(known.partition, -1))
      for (const line of lines) {
        const { value, done } = own.next()
        if (done) return
        if (!line.equals(value.bytes)) throw forked(place, seq)
        seq++
      }
    if (!own.next().done) throw behind(place, seq - 1, known)
  } finally {
    own.return(undefined)
  }
}

/** Undefined where the file is shorter. */
export function leafIn(path: string, seq: number): string | undefined {
  let number = 0
  for (const { bytes } of readLines(openOwn(path))) if (number++ === seq) return toBase64url(leafOfBytes(bytes))
  return undefined
}

/** As many are sent at once, and bytes of them. */
const MOST = { lines: 500, bytes: 1 << 23 }

/** LEDGER-CLAIMED: brings there what the file has and it lacks, which goes on from what it has. However long that takes, the claim goes on too. */
export async function fill(
  session: DatabaseSession,
  { partition, by, station }: { partition: string; by: string; station: string },
  path: string,
): Promise<void> {
  const tail = await session.tail(partition)
  let at = { seq: (tail?.seq ?? -1) + 1, prev: tail?.leaf ?? null }
  for (const lines of batches(path, at.seq)) {
    await session.claim(partition, by, station)
    await session.append(partition, by, at, lines.map(String))
    at = { seq: at.seq + lines.length, prev: toBase64url(leafOfBytes(lines.at(-1)!)) }
  }
  await session.settled()
}

function* batches(path: string, from: number): Generator<Buffer[]> {
  let [batch, bytes, seq]: [Buffer[], number, number] = [[], 0, 0]
  for (const line of readLines(openOwn(path))) {
    if (seq++ < from) continue
    batch.push(line.bytes)
    bytes += line.bytes.length
    if (batch.length < MOST.lines && bytes < MOST.bytes) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

/** DATABASE-NAMED: writes the lines of the partition that has this name and this anchor into a new file. Nothing of them is checked. */
export async function fetchAll(
  session: DatabaseSession,
  name: string,
  anchor: string,
  path: string,
  place: string,
): Promise<void> {
  const partition = await wanted(session, name, anchor, place)
  removeFile(path)
  using file = new GrowingFile(path, 'new')
  for await (const lines of session.after(partition, -1)) file.add(Buffer.concat(lines.flatMap((line) => [line, LF])))
  file.finish()
}

const LF = Buffer.from('\n')

async function wanted(session: DatabaseSession, name: string, anchor: string, place: string): Promise<string> {
  const found = await session.named(name)
  for (const one of found) {
    const first = await session.leafAt(one, 0)
    if (first !== undefined && recordCode(first) === anchor) return one
  }
  const what =
    found.length === 0 ? `shows no partition called ${name}` : `has a partition called ${name}, of another anchor`
  throw refused('DATABASE-NAMED', `${place} ${what}`, keyrite('doctor', '--ddl'))
}
