// A station at work without a login: its partition is locked and its ledger open, for a record that this machine's own key signs.
import { checkNotRetired } from '../change/open-intent.ts'
import { type Context, choosePartition, type Globals, terminalOf } from '../cli/context.ts'
import type { CeremonyNote } from '../domain/ceremony-marks.ts'
import { checkClock, notBefore } from '../domain/clock.ts'
import { refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { NewRecord } from '../domain/record.ts'
import type { KeyApproval } from '../domain/shapes.ts'
import { type Challenge, type Statement, statementMessage } from '../domain/statement.ts'
import type { Appended, Ledger, Partition, PartitionLock } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { dayOf } from '../views/words.ts'
import { olderCopy } from './older-copy.ts'

/** A record that shares sign, before the ledger adds those members that every record has. */
type Stated = Extract<NewRecord, { challenge: Challenge }>

/** What was recorded, or waits where the ledger lies for the next change. */
type Told = { data: { seq: number; leaf: string; time: string } | { waits: true; time: string }; where: string }

const WAITS = 'waits in the database until the next change'

export class StationSession implements Disposable {
  readonly terminal: Terminal
  readonly partition: Partition
  readonly ledger: Ledger
  readonly #lock: PartitionLock

  /** STATION-KNOWN, PARTITION-LIVES, LEDGER-BEHIND, LEDGER-TORN, CLOCK: nobody is asked for a share whose signature could not be recorded. */
  constructor(
    readonly context: Context,
    globals: Globals,
  ) {
    this.terminal = terminalOf(globals, context)
    this.partition = choosePartition(globals, context)
    this.#lock = this.partition.lock()
    try {
      this.ledger = this.partition.openLedger()
      checkNotRetired(this.history)
      this.partition.whereabouts.checkHere(this.history)
      const older = olderCopy(this.partition, this.ledger.tree.size)
      if (older) throw older
      if (this.ledger.torn)
        throw refused('LEDGER-TORN', 'a crash left a torn line in the ledger', keyrite('partition', 'check'))
      this.partition.stationName(this.history)
      checkClock(this.history.time, context.sources.clock())
    } catch (error) {
      this.#lock[Symbol.dispose]()
      throw error
    }
  }

  get history(): History {
    return this.ledger.history
  }

  /** The last record: who signs it now says nothing that was said before. */
  get challenge(): Challenge {
    return { seq: this.history.seq, leaf: this.history.leaf }
  }

  /** What shares are to sign, so that `record` is true. */
  messageOf(record: Omit<Statement, 'partition'>): Uint8Array {
    return statementMessage({ ...record, partition: this.history.partition })
  }

  /** STATEMENT-SIGNED: the shares' signatures are looked at before the ledger takes them in. */
  record(record: Stated): Promise<Told> {
    const signed: readonly KeyApproval[] = 'proof' in record ? [record.proof] : record.signed
    this.context.ledgers.checkSigned(this.messageOf(record), signed)
    return this.#tell(record)
  }

  /** CONFIRMATION-SIGNED: the same of a new share that was read back. */
  recordConfirmation(proof: KeyApproval): Promise<Told> {
    this.context.ledgers.checkConfirmations(this.history.partition, [proof])
    return this.#tell({ type: 'quorum.confirmed', proof })
  }

  /** LEDGER-PLACE: what a ceremony does next needs the note in the ledger, and in a database it would only wait. */
  checkInFile(): void {
    const { partition, history } = this
    if (!partition.whereabouts.isInDatabase) return
    const message = `the ledger of ${history.name} lies in a database, and a ceremony opens in a file alone`
    throw refused('LEDGER-PLACE', message, keyrite('partition', 'move', history.name, '--to', 'file'))
  }

  /** CEREMONY-OPEN, CEREMONY-ONCE: a note that opens or closes a ceremony. */
  recordNote(text: string, ceremony: CeremonyNote): Promise<Appended> {
    return this.#append({ type: 'note', text, ceremony })
  }

  /** What shares sign is no older than today: where the last record is, another is written before anybody is asked. */
  async beginToday(text: string): Promise<void> {
    const { time } = this.history
    // There a note would wait, and be no record to sign.
    if (this.partition.whereabouts.isInDatabase) return
    if (dayOf(time) < dayOf(notBefore(time, this.context.sources.clock()))) await this.#append({ type: 'note', text })
  }

  async #tell(record: NewRecord): Promise<Told> {
    this.#lock.check()
    const told = await this.ledger.tell(record, this.partition.station())
    if ('waits' in told) return { data: told, where: WAITS }
    const { seq, leaf, time } = told
    return { data: { seq, leaf, time }, where: `record ${seq}` }
  }

  #append(record: NewRecord): Promise<Appended> {
    this.#lock.check()
    return this.ledger.append([record], this.partition.station())
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]()
  }
}
