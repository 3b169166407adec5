// What the index beside a ledger asks of whoever has the token's head at hand.
import type { Head } from '../domain/head.ts'

/** What lies beside a ledger: an index up to this record, which the token vouches for, or one that is passed over. */
export type IndexFound = { seq: number } | 'passed over' | undefined

export interface Indexed {
  /** What the head on the token says of all that the ledger tells: base64url of 32 bytes. */
  state(): string
  /** INDEX-TRUE: what was taken from an index, and was for looking and planning alone, is what the ledger says: the token's head, which was compared with the ledger, vouches for it. */
  prove(head: Pick<Head, 'seq' | 'state'>): void
  /** Keeps an index of the ledger as it is now, which the token has seen. `checkpoint`: of its last record. */
  keepIndex(checkpoint: string): void
  /** What the next command will find of it. */
  findIndex(): IndexFound
}
