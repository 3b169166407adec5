// What a command has started to change on a token, or of what a witness has seen: known from what was done, not from where an error came from.

/** `remains`: what a crash had left half made went. `seen`: a witness keeps that it has seen more of a ledger. */
export type Change = 'initialised' | 'pins' | 'keys' | 'remains' | 'seen'

/** The worst first. */
const WORDS: readonly (readonly [change: Change, words: string])[] = [
  ['initialised', 'the token was initialised: what it held is erased'],
  ['pins', 'a PIN of the token may have changed'],
  ['keys', 'a key or another object on the token may have changed'],
  ['remains', 'no key changed; what a crash had left half made on the token is gone'],
  ['seen', 'no key changed; what this witness has seen is kept'],
]

export class Changes {
  readonly #started = new Set<Change>()
  /** The ledger keeps that somebody was turned away. */
  refusalRecorded = false
  /** The ledger tells how it ended. */
  isTold = false

  note(change: Change): void {
    this.#started.add(change)
  }

  /** What came of them stands in the ledger now. */
  settle(): void {
    this.isTold = true
    this.#started.clear()
  }

  has = (change: Change): boolean => this.#started.has(change)

  /** The worst of them; undefined where nothing was started. */
  get inWords(): string | undefined {
    return WORDS.find(([change]) => this.has(change))?.[1]
  }
}
