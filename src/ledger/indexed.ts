// What the index beside a ledger asks of whoever has the token's head at hand.
import type { Head } from '../domain/head.ts'

export interface Indexed {
  /** What the head on the token says of all that the ledger tells: base64url of 32 bytes. */
  state(): string
  /** INDEX-TRUE: what was taken from an index, and was for looking and planning alone, is what the ledger says: the token's head, which was compared with the ledger, vouches for it. */
  prove(head: Pick<Head, 'seq' | 'state'>): void
  /** Keeps an index of the ledger as it is now. To be called once the token has seen its last record. */
  keepIndex(): void
}
