// Goes through a ledger's lines once and holds each against every rule: the shape, the chain, the history, the signatures.
import { recordCode } from '../domain/code.ts'
import { fromUtf8, toBase64url } from '../domain/encoding.ts'
import { EXIT, KeyriteError, notVerified } from '../domain/errors.ts'
import { History } from '../domain/history.ts'
import { MerkleTree } from '../domain/merkle.ts'
import { type Line, leafOfBytes, parseLine } from '../domain/record.ts'
import type { Told } from '../domain/saved-history.ts'
import { checkApprovals, Signatures } from './signatures.ts'

/** For `signaturesFrom`: no signature is looked at, but those that let a token in: by them a PIN goes to it and to no other. */
export const NEVER = Number.POSITIVE_INFINITY

export class Replay {
  readonly history: History
  readonly tree: MerkleTree
  readonly #signatures: Signatures

  /**
   * `signaturesFrom`: the record from which on signatures are checked. What stands before it, the token's head vouches for. `told`: what is known of the
   * ledger up to some record, where it does not begin with the first.
   */
  constructor(
    public signaturesFrom: number,
    { history, tree }: Told = { history: new History(), tree: new MerkleTree() },
  ) {
    this.history = history
    this.tree = tree
    this.#signatures = new Signatures(history)
  }

  /** The last line of what is told: its signature is one of the newest. */
  begin(last: Line): void {
    this.#signatures.defer(last)
  }

  /** Takes the next line, without its LF. Throws a KeyriteError (exit 5) that names the rule and the record. */
  take(bytes: Uint8Array): Line {
    const number = this.history.seq + 1
    try {
      const line = parseLine(decode(bytes))
      const leaf = leafOfBytes(bytes)
      this.history.checkPlace(line.record)
      if (number >= this.signaturesFrom) this.#signatures.check(line)
      else {
        checkApprovals(line.record)
        this.#signatures.defer(line)
      }
      this.history.apply(line.record, toBase64url(leaf))
      this.tree.add(leaf)
      return line
    } catch (error) {
      throw error instanceof KeyriteError
        ? error.with({ exit: EXIT.verification, message: `record ${number}: ${error.message}` })
        : error
    }
  }

  /** The same of a line of ours, whose signatures are checked: where it breaks a rule it leaves nothing behind. Of what stands without a login alone, which is checked before it counts. */
  tryTo(line: string): void {
    this.signaturesFrom = Math.min(this.signaturesFrom, this.history.seq + 1)
    const before = this.#signatures.unsigned
    try {
      this.take(Buffer.from(line))
    } catch (error) {
      this.#signatures.unsigned = before
      throw error
    }
  }

  /** SIGNATURE-VALID and the like: of the newest records alone, where the others were passed over. */
  checkNewest(): void {
    this.#signatures.checkDeferred()
  }

  /** SIGNATURE-LAST, ANCHOR-MATCHES. `anchor`: the code that people keep, as `shortCode` writes it. */
  finish(anchor?: string): void {
    this.#signatures.finish()
    if (anchor !== undefined && anchor !== anchorCode(this.history)) {
      throw notVerified(
        'ANCHOR-MATCHES',
        `the anchor of this ledger is ${anchorCode(this.history)}, not ${anchor}`,
        'compare the code with your note; if it was typed as it stands there, this is another ledger',
      )
    }
  }
}

const anchorCode = (history: History): string => recordCode(history.anchor)

/** LINE-CANONICAL. */
export function decode(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes)
  } catch {
    throw notVerified('LINE-CANONICAL', 'it is not UTF-8')
  }
}
