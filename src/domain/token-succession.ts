// Every token that a partition had, and the audit key of each, by the record that brought it.
import type { KeyApproval, SigningKey, Token } from './shapes.ts'

/** A record that brings a token. `keyApprovals`: the custodians who let its audit key in. */
interface Bringing {
  seq: number
  token: Token
  auditKey: SigningKey
  keyApprovals: KeyApproval[]
}

export class TokenSuccession {
  readonly #all: Bringing[] = []

  /** Nonce of the restore that brought the present one. */
  #by: string | undefined

  get saved() {
    return { all: this.#all, by: this.#by }
  }

  restore({ all, by }: TokenSuccession['saved']): void {
    this.#all.push(...all)
    this.#by = by
  }

  get last(): Bringing {
    return this.#all.at(-1)!
  }

  add(record: Bringing, by?: string): void {
    this.join(record)
    this.#by = by
  }

  isBy = (nonce: string): boolean => this.#by === nonce

  /** One more comes beside those that are there. */
  join({ seq, token, auditKey, keyApprovals }: Bringing): void {
    this.#all.push({ auditKey, keyApprovals, seq, token })
  }

  /** The token with this serial, as it was when a record with this number was made. */
  at(seq: number, serial: string): { token: Token; auditKey: SigningKey } | undefined {
    return this.#all.findLast((one) => one.seq <= seq && one.token.serial === serial)
  }
}
