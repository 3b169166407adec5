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

/** LEDGER-PLACE: only whoever is logged in appends to a ledger in a database. */
function checkInFile({ whereabouts }: Partition, history: History): void {
  whereabouts.checkHere(history)
  if (!whereabouts.isInDatabase) return
  const message = `the ledger of ${history.name} lies in a database, which takes what shares sign without a login from nobody yet`
  throw refused('LEDGER-PLACE', message, keyrite('partition', 'move', history.name, '--to', 'file'))
}

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
      checkInFile(this.partition, this.history)
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
  record(record: Stated): Promise<Appended> {
    const signed: readonly KeyApproval[] = 'proof' in record ? [record.proof] : record.signed
    this.context.ledgers.checkSigned(this.messageOf(record), signed)
    return this.#append(record)
  }

  /** CONFIRMATION-SIGNED: the same of a new share that was read back. */
  recordConfirmation(proof: KeyApproval): Promise<Appended> {
    this.context.ledgers.checkConfirmations(this.history.partition, [proof])
    return this.#append({ type: 'quorum.confirmed', proof })
  }

  /** CEREMONY-OPEN, CEREMONY-ONCE: a note that opens or closes a ceremony. */
  recordNote(text: string, ceremony: CeremonyNote): Promise<Appended> {
    return this.#append({ type: 'note', text, ceremony })
  }

  /** What shares sign is no older than today: where the last record is, another is written before anybody is asked. */
  async beginToday(text: string): Promise<void> {
    const { time } = this.history
    if (dayOf(time) < dayOf(notBefore(time, this.context.sources.clock()))) await this.#append({ type: 'note', text })
  }

  #append(record: NewRecord): Promise<Appended> {
    this.#lock.check()
    return this.ledger.append([record], this.partition.station())
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]()
  }
}
