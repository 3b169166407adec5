// Where the ledger of a partition lies, as the other rooms know it.
import type { History } from '../domain/history.ts'
import type { DatabaseAddress } from '../domain/ledger-place.ts'

export interface Whereabouts {
  /** It lies in a database, and the file here is a copy. */
  readonly isInDatabase: boolean
  /** PLACE-NOTE. Asked where it is in a database. */
  readonly address: DatabaseAddress
  /** When the copy was last what the database had. */
  readonly seen: Date
  /** LEDGER-ELSEWHERE: what is recorded here goes where the ledger lies. */
  checkHere(history: History): void
  /**
   * Takes in what the database has beyond the copy, and sends what could not be sent. LOCKED, LEDGER-AWAY, DATABASE-..., and every rule that a record
   * breaks. `whole`: each line that is here is compared too. Gives what is to be said of it.
   */
  refresh(whole: boolean): Promise<string[]>
  /** LEDGER-AWAY, DATABASE-...: how many records the database has beyond these, and how many wait there. Nothing is taken in. */
  look(history: History): Promise<{ beyond: number; waiting: number }>
  /** LEDGER-CLAIMED: what has no end yet is not what somebody is at work with. */
  checkLeft(): Promise<void>
  /** LEDGER-CLAIMED, LEDGER-AWAY, DATABASE-...: nobody else begins anything as long as it is held. Of a file there is none to hold. */
  claim(history: History, station: string): Promise<AsyncDisposable>
  /** The same of a database that it is to move into, which has nothing but its beginning. */
  check(url: string, history: History, station: string): Promise<void>
  /** Brings every line there. From then on what is appended goes there. */
  enter(url: string, history: History, station: string): Promise<void>
  /** Notes that it lies there. */
  note(url: string): void
  /** It lies in the file again. */
  leave(): void
  /** LEDGER-AWAY: nobody reaches the database that it was to move into. It stays in the file; gives the file with what could not be sent, if any. */
  giveUp(): string | undefined
  /** DATABASE-NAMED: the lines of the partition with this name and anchor, in a file whose path it gives. Nothing of them is checked. */
  bring(url: string, name: string, anchor: string): Promise<string>
}
