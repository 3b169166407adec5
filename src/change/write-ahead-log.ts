// Keeps the ledger and the head on the token in step while somebody is logged in: a record first, a record last, the head after each.

import { fromBase64url } from '../domain/encoding.ts'
import { deviceFailed, EXIT, type KeyriteError, refused } from '../domain/errors.ts'
import { checkHead, formatHead, newestHead, packHead, parseHead, WITHDRAWN } from '../domain/head.ts'
import { keyrite } from '../domain/hints.ts'
import type { IntentPlan } from '../domain/plan.ts'
import type { NewRecord } from '../domain/record.ts'
import type { SigningKey } from '../domain/shapes.ts'
import { recordable } from '../domain/texts.ts'
import type { UserSession } from '../hsm/port.ts'
import type { Appended, Following, Signer } from '../ledger/port.ts'
import type { ApprovedChange } from './change.ts'
import { knownObjects } from './inventory.ts'
import { openIntent } from './open-intent.ts'
import type { Ports, Recording } from './ports.ts'

/** The audit key on a token. */
export const auditSigner = (key: SigningKey, session: UserSession): Signer => ({
  key,
  sign: (message) => session.signAudit(fromBase64url(key.spki), key.alg, message),
})

/** The one writer of ledger and head: for a partition's beginning, for every change, and for a restore. */
export class WriteAheadLog {
  readonly #session: UserSession
  readonly #ports: Recording
  /** The heads that the token has, as they are written there. */
  #heads: string[] = []

  constructor(
    session: UserSession,
    readonly signer: Signer,
    ports: Recording,
  ) {
    this.#session = session
    this.#ports = ports
  }

  /** In an init or a restore there is nothing else to compare with the token. */
  async readHeads(): Promise<void> {
    this.#heads = await this.#session.heads()
  }

  /** Compares the ledger with the token, and mends what a crash left at its end. */
  async reconcile(say: Ports['say']): Promise<void> {
    const { ledger } = this.#ports
    await this.readHeads()
    const head = newestHead(this.#heads, ledger.history.partition)
    const { leaf, beyond } = ledger.since(head.seq)
    checkHead(head, leaf, beyond)
    ledger.prove(head)
    if (openIntent(ledger.history) || beyond.some(({ type }) => type === 'outcome'))
      await this.#session.clearIncompleteObjects(knownObjects(ledger.history))
    const notes = mendLedger({ ledger, say })
    if (notes.length > 0) await ledger.append(notes, this.signer)
  }

  /**
   * Appends the intent and moves the head to it. From here nobody can hide that it was tried. One with a `bridge` is not withdrawn: what it wraps
   * might be needed by whoever has read it meanwhile.
   */
  async writeIntent(
    { plan, approvals }: ApprovedChange<IntentPlan>,
    { lock, hold, say }: Pick<Ports, 'lock' | 'hold' | 'say'>,
    bridge?: string,
  ): Promise<Appended> {
    lock.check()
    hold()
    const wrapped = bridge === undefined ? {} : { bridge }
    const record = { type: 'intent' as const, plan, approvals: [...approvals], ...wrapped }
    const intent = await this.#ports.ledger.append([record], this.signer)
    if (intent.dropped !== undefined) say(intent.dropped)
    const withdraw = async (failure: KeyriteError): Promise<KeyriteError> => {
      if (bridge === undefined) await this.#ports.ledger.withdraw(intent.leaf, failed(intent, failure), this.signer)
      return failure
    }
    await this.#announce(intent, withdraw).catch((error) => {
      throw bridge === undefined && WITHDRAWN.includes(error.code) ? error : onlyIntended(error)
    })
    return intent
  }

  /** TOKEN-FULL: one more head has room, which goes again. It names the first record: whatever crashes now, a newer one stands beside it. */
  async checkRoom(): Promise<void> {
    const { anchor, seq } = this.#ports.ledger.history
    if (seq === 0) return
    const room = this.#headAt({ seq: 0, leaf: anchor })
    await this.#session.createHead(room).catch((error) => {
      throw FULL.includes(error.code) ? full(error) : error
    })
    await this.#session.dropHeads([room])
  }

  async #announce(intent: Appended, withdraw: Withdraw): Promise<void> {
    const mine = this.#headAt(intent)
    await this.#session.createHead(mine).catch((error) => this.#inLessRoom(error, mine, withdraw))
    await this.#yieldToOthers(mine, withdraw)
    await this.#session.dropHeads(this.#heads)
    this.#heads = [mine]
  }

  /**
   * TOKEN-FULL: heads that a crash left give the new one room. Where that is not enough and the list shows that none was made, nothing was
   * announced: the intent is withdrawn, or each try would leave one more.
   */
  async #inLessRoom(error: KeyriteError, mine: string, withdraw: Withdraw): Promise<void> {
    if (!FULL.includes(error.code)) throw error
    const [newest, ...older] = this.#heads.toSorted((a, b) => parseHead(b).seq - parseHead(a).seq)
    if (older.length > 0) {
      await this.#session.dropHeads(older)
      this.#heads = [newest!]
      return this.#session.createHead(mine).catch((again) => this.#inLessRoom(again, mine, withdraw))
    }
    const values = await this.#session.heads()
    if (values.length !== 1 || values[0] !== newest) throw error
    throw await withdraw(full(error))
  }

  /** OTHER-HOST: a head that nobody had a moment ago means that another host is at work with this token; ours is withdrawn. */
  async #yieldToOthers(mine: string, withdraw: Withdraw): Promise<void> {
    const known = [mine, ...this.#heads]
    const values = await this.#listWith(mine)
    if (values.length === known.length && values.every((value) => known.includes(value))) return
    await this.#session.dropHeads([mine])
    // Once the intent is withdrawn nothing would tell of a head that stayed.
    if ((await this.#session.heads()).includes(mine))
      throw deviceFailed('HEAD-DROPPED', 'the token still holds the ledger head that was dropped')
    throw await withdraw(
      refused('OTHER-HOST', 'another host is at work with this token', 'take its ledger.jsonl, then try again'),
    )
  }

  /** SEARCH-WHOLE: a list that lacks even what was just made tells nothing of others. */
  async #listWith(mine: string): Promise<string[]> {
    const values = await this.#session.heads()
    if (values.includes(mine)) return values
    throw deviceFailed('SEARCH-WHOLE', "the token's list of its objects lacks the ledger head that was just made")
  }

  /** Appends the outcome. */
  writeOutcome(records: readonly (NewRecord | Following)[]): Promise<Appended> {
    return this.#ports.ledger.append(records, this.signer)
  }

  /** The new head first: at no moment is the token without one. */
  async moveHead(last: Omit<Appended, 'time'>): Promise<void> {
    const head = this.#headAt(last)
    const older = this.#heads.filter((one) => one !== head)
    if (older.length === this.#heads.length) await this.#session.createHead(head)
    if (older.length > 0) await this.#session.dropHeads(older)
    this.#heads = [head]
  }

  /** Moves the head to the last record, signs the newest checkpoint, and keeps it. */
  async checkpoint(last: Omit<Appended, 'time'>): Promise<void> {
    await this.moveHead(last)
    const { ledger, checkpoints } = this.#ports
    const checkpoint = await ledger.signCheckpoint(this.signer)
    checkpoints.writeCheckpoint(checkpoint)
    ledger.keepIndex(checkpoint)
  }

  #headAt({ seq, leaf }: Omit<Appended, 'time'>): string {
    const { ledger } = this.#ports
    const { partition, profile } = ledger.history
    const head = { seq, leaf, state: ledger.state() }
    return profile.head === 'data' ? formatHead({ partition, ...head }) : packHead(head)
  }
}

/** CKR_TOKEN_RESOURCE_EXCEEDED is PKCS#11 3.1's. */
const FULL: readonly string[] = ['CKR_DEVICE_MEMORY', 'CKR_TOKEN_RESOURCE_EXCEEDED']

const full = ({ message }: KeyriteError): KeyriteError =>
  deviceFailed('TOKEN-FULL', `the token is full, and takes not even the head of a new record: ${message}`)

/** Takes the intent back, and gives the failure that it was for. */
type Withdraw = (failure: KeyriteError) => Promise<KeyriteError>

const failed = ({ leaf: intent }: Appended, { code, message }: KeyriteError): NewRecord => ({
  type: 'outcome',
  intent,
  result: 'failed',
  changed: false,
  keys: [],
  error: { code, message: recordable(message) },
})

/** Cuts what a crash tore off the ledger's end. Gives the note of it. */
export function mendLedger({ ledger, say }: Pick<Ports, 'ledger' | 'say'>): NewRecord[] {
  const text = ledger.mend()
  if (text === undefined) return []
  say(`the ledger was mended: ${text}`)
  return [{ type: 'note', text }]
}

/** The module died while the head was moved: no key was touched, and the intent is closed by a recovery. */
const onlyIntended = (failure: KeyriteError): KeyriteError =>
  failure.with({
    exit: EXIT.incomplete,
    message: `${failure.message}; it was only announced, no key was touched`,
    hint: keyrite('partition', 'recover'),
    changed: false,
  })
