// The part of a change that is its own: what it does where it happens, and what it tells of that.
import type { KeyriteError } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import type { KnownMember } from '../domain/known-member.ts'
import type { Holder } from '../domain/member-shapes.ts'
import type { Profile } from '../domain/profile.ts'
import type { NewRecord } from '../domain/record.ts'
import type { Secret } from '../domain/secret.ts'
import type { Artefact, KeyReport } from '../domain/shapes.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { UserSession } from '../hsm/port.ts'
import type { Appended, Signer } from '../ledger/port.ts'
import type { Credentials } from './credentials.ts'
import type { Ports } from './ports.ts'
import type { WriteAheadLog } from './write-ahead-log.ts'

/** What was done, as read back from the token. */
export interface Effects {
  changed: boolean
  keys: KeyReport[]
  artefacts?: Artefact[]
  /** The SPKI of a transport key that was made, base64url. */
  transport?: string
  /** What the token was found to be able to do. */
  profile?: Profile
  /** Nothing tells whether it was done. */
  unproved?: boolean
  /** Its own part is done, and what was to follow is not: why, and how to go on. */
  partly?: KeyriteError
  /** What became of something other than keys, in words for whoever is told of the failure. */
  aside?: string
  /** Notes for the ledger: each becomes a record before the outcome. */
  notes?: string[]
  /** Records that stand before the outcome: what a recovery found. */
  before?: NewRecord[]
  /** What became of each member. */
  holders?: Holder[]
}

/** Where an operation happens: a session that is logged in, and an intent that the ledger holds. */
export interface OperationContext {
  session: UserSession
  intent: Appended
  /** The audit key on the token. */
  signer: Signer
  /** What the ledger says, the intent included. */
  history: History
  /** The other members, where there are several. */
  members?: OtherMembers
  log: Pick<WriteAheadLog, 'join' | 'leave'>
}

/** A member at work. */
export interface OpenMember {
  member: KnownMember
  session: UserSession
}

/** What became of the others. `touched`: something on one of them changed. `went`: of each, ids of keys that it had, and that are gone. */
interface Followed {
  holders: Holder[]
  touched: boolean
  went: ReadonlyMap<string, ReadonlySet<string>>
}

/** The members of a change but for the one that acts. */
export interface OtherMembers {
  readonly others: readonly OpenMember[]
  /** What keys travel under, where they do. */
  readonly transfer: Secret | undefined
  /** Whether the outcome has to tell of them: of one that does not come to be a member nothing is told. */
  isTold(done: Pick<Effects, 'before'>): boolean
  /** What was done, done on the others too; once. */
  follow(done: Pick<Effects, 'keys' | 'before'>, session: UserSession): Promise<Followed>
  /** One that this change has brought. */
  join(open: OpenMember): void
  /** One whose session is over. */
  leave(name: string): OpenMember | undefined
}

/** The part of a change that is its own. */
export interface Operation {
  /** For an operation that does not log in as the user alone. */
  login?(credentials: Credentials, ports: Pick<Ports, 'hsm'>, token: TokenAddress): Promise<UserSession>
  /** What its own login wraps under: what it brings comes to other members under the same. */
  transfer?(credentials: Credentials): Promise<Secret>
  /** Final checks on the token, before the intent is recorded; throws where the change would be wrong. */
  check?(session: UserSession, history: History, others?: readonly OpenMember[]): Promise<void>
  run(context: OperationContext): Promise<Effects>
  /** After a failure or a crash: what is true now. Without this, or when it fails too, the outcome is unknown. */
  determineOutcome?(context: OperationContext): Promise<Effects>
}
