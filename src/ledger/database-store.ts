// Appends to a ledger in a database: kept on the disk first, sent under a claim, read back, and looked for again where an answer is lost.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { incomplete, type KeyriteError, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { ClaimNote } from './claim-note.ts'
import type { DatabaseSession } from './database.ts'
import { checkTail } from './database-lines.ts'
import { Outbox } from './outbox.ts'
import type { Sent, Store } from './store.ts'
import type { WaitingRow } from './waiting-row.ts'

/** A claim is good for two minutes. */
const RENEWED_MS = 30_000
/** Before each try to find out what became of an append, and to append. */
const PAUSES_MS = [0, 300, 1500, 4000]

type Connect = () => Promise<DatabaseSession>

export class DatabaseStore implements Store {
  readonly #outbox: Outbox
  readonly #note: ClaimNote
  readonly #connect: Connect
  /** Whose claim it is: this process's, which may take again what it has taken. */
  readonly #by = randomUUID()
  #isClaimed = false

  constructor(folder: string, pid: number, connect: Connect) {
    this.#outbox = new Outbox(join(folder, 'outbox.jsonl'))
    this.#note = new ClaimNote(join(folder, 'claim.json'), pid)
    this.#connect = connect
  }

  /** `connect`: to where it lies now; it may move before the claim ends. */
  async claim(history: History, station: string, place: string, connect: Connect): Promise<AsyncDisposable> {
    const { partition } = history
    const by = this.#by
    const release = () => within(connect, (session) => this.#release(session, partition))
    const letGo = () => release().catch(() => release().catch(() => {}))
    try {
      await within(connect, async (session) => {
        await session.checkDefined()
        await this.#take(session, partition, station)
        await checkTail(session, history, place)
      })
    } catch (error) {
      await letGo()
      throw error
    }
    this.#isClaimed = true
    // One that could not be renewed is missed by the append.
    const renew = () => void within(connect, (session) => session.claim(partition, by, station)).catch(() => {})
    const timer = setInterval(renew, RENEWED_MS).unref()
    return {
      [Symbol.asyncDispose]: async () => {
        clearInterval(timer)
        this.#isClaimed = false
        await letGo()
      },
    }
  }

  /** DATABASE-DEFINED, and what `claim` of a session throws: for one thing that is done now. */
  async claimedFor(
    session: DatabaseSession,
    partition: string,
    station: string,
    act: (by: string) => Promise<void>,
  ): Promise<void> {
    if (this.#isClaimed) return act(this.#by)
    await session.checkDefined()
    try {
      await this.#take(session, partition, station)
      await act(this.#by)
    } finally {
      await this.#release(session, partition).catch(() => {})
    }
  }

  /** Whoever is here has this home's lock: what a process that died had claimed, nobody holds. */
  async #take(session: DatabaseSession, partition: string, station: string): Promise<void> {
    const left = this.#note.left()
    if (left !== undefined) await session.release(partition, left)
    this.#note.write(this.#by)
    await session.claim(partition, this.#by, station)
  }

  async #release(session: DatabaseSession, partition: string): Promise<void> {
    await session.release(partition, this.#by)
    this.#note.drop()
  }

  async append(sent: Sent): Promise<void> {
    this.#outbox.write(sent.lines)
    let failure = away()
    // Whether an answer may have been lost.
    const tried = { sent: false }
    for (const wait of PAUSES_MS) {
      await pause(wait)
      const before = tried.sent
      try {
        if (await this.#send(sent, tried)) return
      } catch (error) {
        failure = failureFrom(error)
        if (failure.code === 'DATABASE-DURABLE') throw unknown(failure.message)
        // What an earlier try has sent may be there: then the next one finds it.
        if (!before && failure.code !== 'LEDGER-AWAY') break
      }
    }
    if (failure.code !== 'LEDGER-AWAY') this.#outbox.drop()
    throw tried.sent && failure.code === 'LEDGER-AWAY' ? unknown(failure.message) : failure
  }

  /** True once they are there. */
  async #send({ at, lines, last: { seq, leaf }, taken }: Sent, tried: { sent: boolean }): Promise<boolean> {
    await using session = await this.#connect()
    const { partition } = at
    const isThere = async () => {
      if ((await session.leafAt(partition, seq)) !== leaf) return false
      await session.settled()
      return true
    }
    if (tried.sent && (await isThere())) return true
    tried.sent = true
    await this.claimedFor(session, partition, at.station, (by) => session.append(partition, by, at, lines, taken))
    return await isThere()
  }

  waiting(partition: string): Promise<WaitingRow[]> {
    return within(this.#connect, (session) => session.waiting(partition))
  }

  give(partition: string, line: string): Promise<void> {
    return within(this.#connect, (session) => session.give(partition, line))
  }

  settle(): void {
    this.#outbox.drop()
  }

  /** What is known to be there comes with what else is read; what nobody has gone on from is sent again, but for what only began something. */
  async settleUnsent(session: DatabaseSession, partition: string): Promise<string[]> {
    const unsent = this.#outbox.read()
    if (!unsent) return []
    const { lines, at, last, station } = unsent
    if ((await session.leafAt(partition, last.seq)) === last.leaf) return []
    if ((await session.leafAt(partition, at.seq)) !== undefined)
      return [
        `what an interrupted command has signed was overtaken by another station: it is kept in ${this.#outbox.setAside(at.seq)}`,
      ]
    if (unsent.isIntent) {
      this.#outbox.drop()
      return []
    }
    await this.claimedFor(session, partition, station, (by) => session.append(partition, by, at, lines))
    return ['what an interrupted command could not send is in the database now']
  }

  get hasUnsent(): boolean {
    return this.#outbox.read() !== undefined
  }

  /** A process of this home has died, and what is claimed is its claim. */
  get hasLeft(): boolean {
    return this.#note.left() !== undefined
  }

  /** What could not be sent, and is not to be. */
  setAside(): string | undefined {
    const unsent = this.#outbox.read()
    return unsent && this.#outbox.setAside(unsent.at.seq)
  }

  /** The copy has them. */
  forgetSent({ seq }: History): void {
    const unsent = this.#outbox.read()
    if (unsent && unsent.last.seq <= seq) this.#outbox.drop()
  }
}

async function within<T>(connect: Connect, act: (session: DatabaseSession) => Promise<T>): Promise<T> {
  await using session = await connect()
  return await act(session)
}

const away = (): KeyriteError => refused('LEDGER-AWAY', 'the database did not take the records')

/** LEDGER-UNKNOWN: whatever was to follow was not begun. */
const unknown = (why: string): KeyriteError =>
  incomplete(
    'LEDGER-UNKNOWN',
    `${why}; whether the database has the records is not known`,
    keyrite('partition', 'show'),
  ).with({ changed: false })
