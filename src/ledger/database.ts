// A database as this room asks it, once somebody is connected: the lines that it has, and that some are to follow.
import type { DatabaseAddress } from '../domain/ledger-place.ts'
import type { WaitingRow } from './waiting-row.ts'

/** The last line: its number, and its leaf (base64url). */
export interface Tail {
  seq: number
  leaf: string
}

/** What is thrown is LEDGER-AWAY, unless it says more. `of`: a partition's uuid; `by`: who holds its claim. */
export interface DatabaseSession extends AsyncDisposable {
  /** DATABASE-DEFINED, DATABASE-DURABLE: what is defined there is what Keyrite wants, and does what it says; the standbys that the address names are there. */
  checkDefined(): Promise<void>
  /** The uuids of the partitions of this name that may be read. */
  named(name: string): Promise<string[]>
  /** Undefined where there is no line, or none that may be read. */
  tail(of: string): Promise<Tail | undefined>
  leafAt(of: string, seq: number): Promise<string | undefined>
  /** DATABASE-LINES: the lines after this one, a bounded number at a time; each follows the one before it. */
  after(of: string, seq: number): AsyncIterable<Buffer[]>
  /** LEDGER-CLAIMED, DATABASE-ACCESS: nobody else is at work there now, and for two minutes nobody will be. */
  claim(of: string, by: string, station: string): Promise<void>
  release(of: string, by: string): Promise<void>
  /** The station that claims it now. */
  claimant(of: string): Promise<string | undefined>
  /**
   * LEDGER-CLAIMED, DATABASE-ACCESS, DATABASE-AHEAD: they are not there. Whatever else is thrown leaves it unknown; DATABASE-DURABLE: they are there, and nothing
   * says that they stay. `prev`: the leaf before the first of them; `taken`: what waits no longer.
   */
  append(
    of: string,
    by: string,
    at: { seq: number; prev: string | null },
    lines: readonly string[],
    taken?: readonly string[],
  ): Promise<void>
  /** DATABASE-DURABLE: every standby that the address names has what is there now. */
  settled(): Promise<void>
  /** What stations gave without a login, as it came; a bounded number. */
  waiting(of: string): Promise<WaitingRow[]>
  /** DATABASE-ACCESS: it is too long, or too much waits already. */
  give(of: string, line: string): Promise<void>
}

/** LEDGER-AWAY. */
export type OpenDatabase = (address: DatabaseAddress) => Promise<DatabaseSession>
