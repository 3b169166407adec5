// Keeps the ledger and the head on the token in step while somebody is logged in: a record first, a record last, the head after each.

import { fromBase64url } from '../domain/encoding.ts'
import { EXIT, type KeyriteError, notVerified } from '../domain/errors.ts'
import { checkHead, type Head, WITHDRAWN } from '../domain/head.ts'
import { apart, keyrite, to } from '../domain/hints.ts'
import type { KnownMember } from '../domain/known-member.ts'
import type { Floor } from '../domain/member-shapes.ts'
import type { IntentPlan } from '../domain/plan.ts'
import type { NewRecord } from '../domain/record.ts'
import type { SigningKey } from '../domain/shapes.ts'
import { WITHOUT_LOGIN } from '../domain/statement.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { recordable } from '../domain/texts.ts'
import type { UserSession } from '../hsm/port.ts'
import type { Appended, Following, Signer } from '../ledger/port.ts'
import type { ApprovedChange } from './change.ts'
import { knownObjects } from './inventory.ts'
import { openIntent } from './open-intent.ts'
import type { Ports, Recording } from './ports.ts'
import { TokenHeads } from './token-heads.ts'

/** The audit key on a token. */
export const auditSigner = (key: SigningKey, session: UserSession): Signer => ({
  key,
  sign: (message) => session.signAudit(fromBase64url(key.spki), key.alg, message),
})

/** The one writer of ledger and head: for a partition's beginning, for every change, and for a restore. */
export class WriteAheadLog {
  readonly #ports: Recording
  /** Of the token that it signs with first, and of the others that go along. */
  readonly #tokens: HeldToken[]

  constructor(
    session: UserSession,
    readonly signer: Signer,
    ports: Recording,
    others: readonly HeldToken[] = [],
  ) {
    this.#ports = ports
    this.#tokens = [{ heads: new TokenHeads(session, () => ports.ledger.history.profile.head) }, ...others]
  }

  get #heads(): TokenHeads[] {
    return this.#tokens.map(({ heads }) => heads)
  }

  /** In an init or a restore there is nothing else to compare with the token. */
  async readHeads(): Promise<void> {
    for (const heads of this.#heads) await heads.read()
  }

  /** A token that came, and has the newest head. */
  join(token: HeldToken): void {
    this.#tokens.push(token)
  }

  /** One that is erased. */
  leave(name: string): void {
    const at = this.#tokens.findIndex(({ member }) => member?.name === name)
    if (at >= 0) this.#tokens.splice(at, 1)
  }

  /** Compares the ledger with the token, and mends what a crash left at its end. */
  async reconcile({ say, trial }: Pick<Ports, 'say' | 'trial'>, mends: Mending = {}): Promise<void> {
    const { ledger } = this.#ports
    await this.readHeads()
    await this.#beginHeads()
    const tried = trial?.isOpen() === true
    const dirty = this.#tokens.filter((token) => this.#compare(token, mends) || tried)
    ledger.prove(this.#newest(this.#tokens[0]!))
    for (const { heads } of dirty) await heads.session.clearIncompleteObjects(knownObjects(ledger.history))
    if (tried) trial.settle()
    const notes = mendLedger({ ledger, say })
    if (notes.length > 0) await ledger.append(notes, this.signer)
  }

  /** A restore that was cut off between the record that let the token in and its head: of what the token itself signs nothing may come before that head. */
  async #beginHeads(): Promise<void> {
    const { ledger } = this.#ports
    const { letIn, partition } = ledger.history
    const [{ heads }] = this.#tokens as [HeldToken, ...HeldToken[]]
    if (letIn === undefined || heads.areThere) return
    const { beyond } = ledger.since(letIn.seq)
    if (beyond.every(({ type }) => type === 'intent' || WITHOUT_LOGIN.includes(type)))
      await heads.move({ partition, ...letIn })
  }

  #newest = ({ heads }: HeldToken): Head => heads.newest(this.#ports.ledger.history.partition)

  /** MEMBER-ROLLED-BACK, and what `checkHead` says. Tells whether a crash may have left something. */
  #compare(token: HeldToken, { rolledBack = [] }: Mending): boolean {
    const { ledger } = this.#ports
    const { history } = ledger
    const { areSeveral, acting } = history.members
    const { name, floor } = token.member ?? acting
    const head = this.#newest(token)
    if (areSeveral && head.seq < floor.seq && !rolledBack.includes(name)) throw isRolledBack(name, floor)
    const { leaf, beyond } = ledger.since(head.seq)
    // Of several each has its floor: what it was not there for is no fault of its own.
    try {
      checkHead(head, leaf, areSeveral ? [] : beyond)
    } catch (error) {
      throw areSeveral ? leftLedger(failureFrom(error), name) : error
    }
    return openIntent(history) !== undefined || beyond.some(({ type }) => type === 'outcome')
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

  /**
   * TOKEN-FULL: one more head has room, which goes again. It names the first record: whatever crashes now, a newer one stands beside it. No record tells that
   * this was begun, and a head that is cut off in the making has no name: so it is noted in the home before.
   */
  async checkRoom(): Promise<void> {
    const { anchor, seq } = this.#ports.ledger.history
    if (seq === 0) return
    for (const heads of this.#heads) await heads.checkRoom(this.#headAt({ seq: 0, leaf: anchor }))
  }

  /** OTHER-HOST, TOKEN-FULL: on every token or on none, and the intent is withdrawn: each try would leave one more. */
  async #announce(intent: Appended, withdraw: Withdraw): Promise<void> {
    const mine = this.#headAt(intent)
    const told: TokenHeads[] = []
    for (const heads of this.#heads) {
      await heads.announce(mine).catch(async (error) => {
        if (!WITHDRAWN.includes(error.code)) throw error
        for (const one of told) await one.retract(mine)
        throw await withdraw(error)
      })
      told.push(heads)
    }
    for (const heads of told) await heads.settle(mine)
  }

  /** Appends the outcome. */
  writeOutcome(records: readonly (NewRecord | Following)[]): Promise<Appended> {
    return this.#ports.ledger.append(records, this.signer)
  }

  /** On each token; the first that fails is told of when the others have theirs. */
  async moveHead(last: Omit<Appended, 'time'>): Promise<void> {
    const head = this.#headAt(last)
    const failed: unknown[] = []
    for (const heads of this.#heads) await heads.move(head).catch((error) => failed.push(error))
    if (failed.length > 0) throw failed[0]
  }

  /** Moves the head to the last record, signs the newest checkpoint, and keeps it. */
  async checkpoint(last: Omit<Appended, 'time'>): Promise<void> {
    await this.moveHead(last)
    const { ledger, checkpoints } = this.#ports
    const checkpoint = await ledger.signCheckpoint(this.signer)
    checkpoints.writeCheckpoint(checkpoint)
    ledger.keepIndex(checkpoint)
  }

  #headAt({ seq, leaf }: Omit<Appended, 'time'>): Head {
    const { ledger } = this.#ports
    return { partition: ledger.history.partition, seq, leaf, state: ledger.state() }
  }
}

/** A token that changes go on, and whose it is: undefined of the one that acts. */
export interface HeldToken {
  heads: TokenHeads
  member?: KnownMember
}

export const heldBy = ({ member, session }: { member: KnownMember; session: UserSession }): HeldToken => ({
  member,
  heads: new TokenHeads(session, () => member.profile.head),
})

/** Members of which it is known that an older copy of them was put back. */
export interface Mending {
  rolledBack?: readonly string[]
}

/** LEDGER-BEHIND, LEDGER-FORKED of one member: ours is old, or each went on without the other. */
const leftLedger = (error: KeyriteError, name: string): KeyriteError =>
  error.with({
    message: `${error.message} (member ${name})`,
    hint: apart(
      error.hint ?? [],
      to(
        'where each went on without the other, keep one ledger, and give up the member that followed the other',
        keyrite('member', 'retire', name, '--lost', '--other-ledger', 'FILE'),
      ),
    ),
  })

const isRolledBack = (member: string, { seq }: Floor): KeyriteError =>
  notVerified(
    'MEMBER-ROLLED-BACK',
    `the token of the member ${member} has seen record ${seq}, and does not know it any more: an older copy of it was put back`,
    apart(
      to('find out who did that; then', keyrite('member', 'sync', member, '--rolled-back')),
      keyrite('member', 'retire', member, '--lost'),
    ),
  )

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
