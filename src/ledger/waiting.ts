// What stations gave to a database without a login: made and signed there, and taken in by whoever logs in next, each where it still holds.
import { canonical, parseCanonical } from '../domain/canonical.ts'
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { KeyriteError } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { memberOf } from '../domain/newer.ts'
import type { NewRecord } from '../domain/record.ts'
import { RECORD_FORMAT } from '../domain/record-common.ts'
import { waitingTextMessage } from '../domain/waited.ts'
import { counted } from '../domain/words.ts'
import { composeLines, placeAfter, type Writer } from './compose.ts'
import type { Following, Signer } from './port.ts'
import { decode, type Replay } from './replay.ts'
import type { Sent, Store } from './store.ts'
import type { WaitingRow, Waits } from './waiting-row.ts'

/** Lines of these records, and where one begins a change of what waits in the store before them. By our own rules they hold: the replay has them. */
export async function composeWithWaiting(
  records: readonly (NewRecord | Following)[],
  signer: Signer,
  replay: Replay,
  { store, station, writer }: { store: Store | undefined; station: string; writer: Writer },
): Promise<Sent> {
  const at = placeAfter(replay.history, records, station)
  const rows = store && begins(records, signer, replay.history) ? await store.waiting(at.partition) : []
  const { lines, wrong } = await takeIn(rows, replay, writer, station)
  const { lines: own, last } = await composeLines(records, placeAfter(replay.history, records, station), signer, writer)
  for (const line of own) replay.take(Buffer.from(line))
  const dropped = wrong.size === 0 ? {} : { dropped: whatWasWrong(wrong) }
  return { at, lines: [...lines, ...own], last: { ...last, ...dropped }, taken: rows.map(({ id }) => id) }
}

/** A change, by an audit key: it speaks for what waited too. A station's key, by which a restore begins, speaks for itself alone. */
function begins(records: readonly (NewRecord | Following)[], { key }: Signer, history: History): boolean {
  const last = records.at(-1)!
  if (typeof last === 'function' || last.type !== 'intent') return false
  const isStation = [...history.stations.present, ...history.arriving(last.plan)].some((one) => one.key.id === key.id)
  return !isStation
}

/** LEDGER-AWAY, DATABASE-ACCESS, and every rule that it would break once it is taken in, behind what waits before it. `trial`: of no more use then. */
export async function giveTo(
  store: Store,
  trial: Replay,
  record: NewRecord,
  { station, writer, signer }: { station: string; writer: Writer; signer: Signer },
): Promise<Waits> {
  const { partition, waited } = trial.history
  // Of what waits that alone counts which holds: others put anything there.
  await takeIn(await store.waiting(partition), trial, writer, station)
  const time = laterThan(waited.last(station), writer)
  const { tool, host } = writer
  const text = canonical({ format: RECORD_FORMAT, partition, station, time, tool, host, ...record })
  const read = { given: JSON.parse(text), value: toBase64url(await signer.sign(waitingTextMessage(text))) }
  trial.tryTo(await lineOf(read, trial.history, writer))
  await store.give(partition, canonical(read))
  return { waits: true, time }
}

/** What a station gave before is never as late: it would be taken for that. */
function laterThan(last: string, writer: Writer): string {
  const now = writer.clock().getTime()
  return new Date(last === '' ? now : Math.max(now, Date.parse(last) + 1)).toISOString()
}

interface Read {
  given: Record<string, unknown> & { station: string; time: string }
  value: string
}

/** Undefined of what is no such line. Of what is in it nothing is checked: that is the ledger's business. */
function readRow({ line }: WaitingRow): Read | undefined {
  try {
    const value = parseCanonical(decode(line))
    const given = memberOf(value, 'given') as Read['given']
    const signature = memberOf(value, 'value')
    if (typeof given.station !== 'string' || typeof given.time !== 'string' || typeof signature !== 'string')
      return undefined
    fromBase64url(signature)
    return { given, value: signature }
  } catch {
    return undefined
  }
}

/** Lines of what holds, unsigned, in the order in which they were given; whatever does not is told of in a note. They stand in the replay. */
async function takeIn(rows: readonly WaitingRow[], replay: Replay, writer: Writer, station: string) {
  const lines: string[] = []
  const wrong = new Map<string, number>()
  const read = rows.map(readRow).toSorted((a, b) => ((a?.given.time ?? '') < (b?.given.time ?? '') ? -1 : 1))
  for (const one of read) {
    const failure = one ? await tryRow(one, replay, writer, lines) : 'RECORD-SHAPE'
    if (failure !== undefined) wrong.set(failure, (wrong.get(failure) ?? 0) + 1)
  }
  if (wrong.size > 0) lines.push(await noteOf(wrong, replay, writer, station))
  return { lines, wrong }
}

/** The rule that it breaks. */
async function tryRow(read: Read, replay: Replay, writer: Writer, lines: string[]): Promise<string | undefined> {
  try {
    const line = await lineOf(read, replay.history, writer)
    replay.tryTo(line)
    lines.push(line)
    return undefined
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    return error.code
  }
}

/** As it would stand next in the ledger, unsigned. */
async function lineOf({ given, value }: Read, history: History, writer: Writer): Promise<string> {
  const { time, ...members } = given
  return unsigned({ ...members, waited: { time, value } } as unknown as NewRecord, history, writer, given.station)
}

async function unsigned(record: NewRecord, history: History, writer: Writer, station: string): Promise<string> {
  const { lines } = await composeLines([record], placeAfter(history, [record], station), undefined, writer)
  return lines[0]!
}

async function noteOf(wrong: Map<string, number>, replay: Replay, writer: Writer, station: string): Promise<string> {
  const text = whatWasWrong(wrong)
  const line = await unsigned({ type: 'note', text }, replay.history, writer, station)
  replay.tryTo(line)
  return line
}

const whatWasWrong = (wrong: ReadonlyMap<string, number>): string => {
  const all = [...wrong.values()].reduce((sum, one) => sum + one, 0)
  const rules = [...wrong].map(([rule, count]) => (count === 1 ? rule : `${rule}, ${count} times`)).join('; ')
  return `${counted(all, 'record')} that waited in the database did not hold, and ${all === 1 ? 'was' : 'were'} dropped: ${rules}`
}
