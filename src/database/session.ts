// A ledger in PostgreSQL, while a connection lasts: what it has, and what is appended.
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import { type KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import { beThrifty } from '../domain/lazily.ts'
import type { DatabaseAddress } from '../domain/ledger-place.ts'
import { escaped } from '../domain/names.ts'
import { listed } from '../domain/words.ts'
import type { DatabaseSession, Tail } from '../ledger/database.ts'
import { atWork } from '../ledger/database-errors.ts'
import type { WaitingRow } from '../ledger/waiting-row.ts'
import { awayFor, type Caller, connect } from './connect.ts'
import { checkDefined } from './defined.ts'
import { keepIdle, takeIdle } from './idle.ts'
import { MOST_WAITING, REFUSALS } from './schema.ts'

export { DDL } from './schema.ts'

/** LEDGER-AWAY. */
export async function openDatabase(address: DatabaseAddress, caller: Caller): Promise<DatabaseSession> {
  const name = JSON.stringify([address.url, caller.env.PGPASSFILE, caller.env.HOME])
  return new PostgresSession(takeIdle(name) ?? (await connect(address, caller)), name, address)
}

interface Row {
  id: string
  partition: string
  /** A bigint comes as text. */
  seq: string
  line: Buffer
  leaf: Buffer
  other: string | null
  /** A position in its log. */
  at: string
  name: string
}

/** How often, and after how long each time, it is asked how far a standby is: ten seconds in all. */
const [REPLAY_TRIES, REPLAY_MS] = [200, 50]

/** As many are fetched at once. */
const ROWS = 500

class PostgresSession implements DatabaseSession {
  readonly #client: Client
  /** Of the connection, by which it is used again. */
  readonly #name: string
  /** Nothing has failed on it: it has nothing open. */
  #isSound = true
  readonly #place: string
  readonly #standbys: readonly string[]
  /** What the server said beside its answers. */
  readonly #notices: string[] = []

  constructor(client: Client, name: string, { place, standbys }: DatabaseAddress) {
    this.#client = client
    this.#name = name
    this.#place = place
    this.#standbys = standbys
    client.on('notice', this.#hear)
  }

  async checkDefined(): Promise<void> {
    await checkDefined((text) => this.#rows(text), this.#place)
    const missing = await this.#behind('0/0')
    if (missing.length > 0)
      throw refused('DATABASE-DURABLE', `${this.#place}: no standby is called ${listed(missing)}, or it is not there`)
  }

  async named(name: string): Promise<string[]> {
    return (await this.#rows('select partition from keyrite.ledgers where name = $1 order by 1', [name])).map(
      ({ partition }) => partition,
    )
  }

  async tail(of: string): Promise<Tail | undefined> {
    const last = 'select seq, leaf from keyrite.lines where partition = $1 order by seq desc limit 1'
    const [row] = await this.#rows(last, [of])
    return row && { seq: Number(row.seq), leaf: leafText(row.leaf) }
  }

  async leafAt(of: string, seq: number): Promise<string | undefined> {
    const [row] = await this.#rows('select leaf from keyrite.lines where partition = $1 and seq = $2', [of, seq])
    return row && leafText(row.leaf)
  }

  async *after(of: string, seq: number): AsyncIterable<Buffer[]> {
    const next = 'select seq, line from keyrite.lines where partition = $1 and seq > $2 order by seq limit $3'
    for (let last = seq; ; ) {
      const rows = await this.#rows(next, [of, last, ROWS])
      if (rows.length === 0) return
      if (rows.length === ROWS) beThrifty()
      for (const row of rows) if (Number(row.seq) !== ++last) throw missing(this.#place, last)
      yield rows.map(({ line }) => line)
    }
  }

  async claim(of: string, by: string, station: string): Promise<void> {
    const [row] = await this.#rows('select keyrite.claim($1, $2, $3) as other', [of, by, station])
    const other = row?.other ?? undefined
    if (other !== undefined) throw atWork(other)
  }

  async claimant(of: string): Promise<string | undefined> {
    const now = 'select station as other from keyrite.claims where partition = $1 and until > clock_timestamp()'
    const [row] = await this.#rows(now, [of])
    return row?.other ?? undefined
  }

  async release(of: string, by: string): Promise<void> {
    await this.#rows('select keyrite.release($1, $2)', [of, by])
  }

  async append(
    of: string,
    by: string,
    { seq, prev }: { seq: number; prev: string | null },
    lines: readonly string[],
    taken: readonly string[] = [],
  ): Promise<void> {
    const before = prev === null ? null : Buffer.from(prev, 'base64url')
    const waited = this.#standbys.length > 0 ? 'remote_apply' : 'on'
    await this.#rows(`begin isolation level read committed; set local synchronous_commit = ${waited}`)
    const added = lines.map((line) => Buffer.from(line))
    await this.#rows('select keyrite.append($1, $2, $3, $4, $5, $6)', [of, by, seq, before, added, taken])
    this.#notices.length = 0
    await this.#rows('commit')
    // A wait for a standby that was given up is no error there.
    if (this.#notices.length > 0)
      throw refused('DATABASE-DURABLE', `${this.#place}: ${escaped(this.#notices.join('; '))}`)
  }

  async settled(): Promise<void> {
    if (this.#standbys.length === 0) return
    const [{ at }] = (await this.#rows('select pg_current_wal_insert_lsn() as at')) as [Row]
    let missing = this.#standbys
    for (let tries = 0; tries < REPLAY_TRIES; tries++) {
      missing = await this.#behind(at)
      if (missing.length === 0) return
      await pause(REPLAY_MS)
    }
    throw refused('DATABASE-DURABLE', `${this.#place}: the standby ${listed(missing)} has not taken the records over`)
  }

  /** The standbys that have not come up to there. */
  async #behind(at: string): Promise<string[]> {
    if (this.#standbys.length === 0) return []
    const rows = await this.#rows('select keyrite.replayed($1::pg_lsn) as name', [at])
    return this.#standbys.filter((one) => !rows.some(({ name }) => name === one))
  }

  async waiting(of: string): Promise<WaitingRow[]> {
    const all = 'select id, line from keyrite.waiting where partition = $1 order by at, id limit $2'
    return this.#rows(all, [of, MOST_WAITING])
  }

  async give(of: string, line: string): Promise<void> {
    await this.#rows('select keyrite.give($1, $2)', [of, Buffer.from(line)])
  }

  readonly #hear = ({ message = '' }: { message?: string | undefined }): void => void this.#notices.push(message)

  /** LEDGER-AWAY, or what a refusal is called. */
  async #rows(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#client.query(text, values)).rows
    } catch (error) {
      this.#isSound = false
      throw refusalOf(error) ?? awayFor(error, this.#place)
    }
  }

  /** What is still open is rolled back by that. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.off('notice', this.#hear)
    if (this.#isSound) keepIdle(this.#name, this.#client)
    else await this.#client.end().catch(() => {})
  }
}

const leafText = (leaf: Buffer): string => leaf.toString('base64url')

const missing = (place: string, seq: number): KeyriteError =>
  notVerified('DATABASE-LINES', `${place} lacks record ${seq}, and has others after it`, 'ask its administrator')

function refusalOf(error: unknown): KeyriteError | undefined {
  const { code = '', message } = error as { code?: string; message: string }
  const said = escaped(message)
  switch (code) {
    case REFUSALS.access:
      return refused('DATABASE-ACCESS', 'the database lets nobody of this role write to the ledger')
    case '42501':
      return refused('DATABASE-ACCESS', `the database forbids it: ${said}`)
    case REFUSALS.claimed:
      return refused(
        'LEDGER-CLAIMED',
        'another ceremony has taken this ledger over: nothing was done',
        'run the command again',
      )
    case REFUSALS.ahead:
      return refused('DATABASE-AHEAD', 'another station has appended to this ledger meanwhile', 'run the command again')
    case REFUSALS.size:
      return refused('DATABASE-ACCESS', `the database takes no such records: ${said}`)
    // No such schema, table or function.
    case '3F000':
    case '42P01':
    case '42883':
      return refused('DATABASE-DEFINED', 'the database is not prepared for ledgers', keyrite('doctor', '--ddl'))
    default:
      return undefined
  }
}
