// Every token that a partition had, and the audit key of each, by the record that brought it.
import { notVerified } from './errors.ts'
import type { SigningKey, Token } from './shapes.ts'

interface Bringing {
  seq: number
  token: Token
  auditKey: SigningKey
}

export class TokenSuccession {
  readonly #all: Bringing[] = []

  add({ seq, token, auditKey }: Bringing): void {
    this.#all.push({ seq, token, auditKey })
  }

  /** TOKEN-REPLACED: approvals of long ago would let an audit key in once more. */
  checkNew({ id }: SigningKey): void {
    if (this.#all.some(({ auditKey }) => auditKey.id === id))
      throw notVerified('TOKEN-REPLACED', 'its audit key was that of an earlier token')
  }

  /** Those that a record with this number was made with. */
  at(seq: number): { token: Token; auditKey: SigningKey } {
    return this.#all.findLast((one) => one.seq <= seq)!
  }
}
