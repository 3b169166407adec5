// A user's session, as the command uses it: every call becomes a message to the host process.
import type { Attributes } from '../domain/keys.ts'
import type { Digest } from '../domain/outward-plans.ts'
import type { Secret } from '../domain/secret.ts'
import type { SignatureScheme } from '../domain/signing.ts'
import type { WrapKinds } from '../domain/wrap-kinds.ts'
import type {
  Challenged,
  ComingKey,
  CopyName,
  CopySpec,
  CopyToSeat,
  Exchange,
  KeyFacts,
  KeySpec,
  KnownKey,
  NewTransport,
  PublicHalf,
  Transport,
  UsageChange,
  UserSession,
  WrappedKey,
} from '../hsm/port.ts'
import type { Progress } from './calls.ts'
import type { Child } from './child.ts'

type Algorithm = 'ES256' | 'EdDSA' | 'PS256'

export class ClientSession implements UserSession {
  constructor(
    private readonly child: Child,
    private readonly session: number,
  ) {}

  renewProfile = () => this.child.call('renewProfile', [this.session])
  heads = () => this.child.call('heads', [this.session])
  createHead = (value: string) => this.child.call('createHead', [this.session, value])
  dropHeads = (values: readonly string[]) => this.child.call('dropHeads', [this.session, values])
  clearIncompleteObjects = (known: readonly KnownKey[]) =>
    this.child.call('clearIncompleteObjects', [this.session, known])
  generateAuditKey = (id: Uint8Array, alg: Algorithm) => this.child.call('generateAuditKey', [this.session, id, alg])
  signAudit = (spki: Uint8Array, alg: Algorithm, data: Uint8Array) =>
    this.child.call('signAudit', [this.session, spki, alg, data])
  answers = (keys: readonly Challenged[], asked?: Progress) => this.child.call('answers', [this.session, keys], asked)
  signAs = (key: Challenged, data: Uint8Array) => this.child.call('signAs', [this.session, key, data])
  signDigest = (key: Pick<Challenged, 'id' | 'type'>, scheme: SignatureScheme, digest: Digest) =>
    this.child.call('signDigest', [this.session, key, scheme, digest])
  createPublicHalf = (key: PublicHalf) => this.child.call('createPublicHalf', [this.session, key])
  destroyStrayAuditKeys = (keep?: Uint8Array) => this.child.call('destroyStrayAuditKeys', [this.session, keep])
  generateKeys = (specs: readonly KeySpec[], made?: Progress) =>
    this.child.call('generateKeys', [this.session, specs], made)
  scan = () => this.child.call('scan', [this.session])
  readKeys = (ids: readonly Uint8Array[], seen?: Progress, unproved?: true) =>
    this.child.call('readKeys', [this.session, ids, unproved], seen)
  proveKeys = (ids: readonly Uint8Array[], seen?: Progress) => this.child.call('proveKeys', [this.session, ids], seen)
  countObjects = (ids: readonly Uint8Array[]) => this.child.call('countObjects', [this.session, ids])
  setUsage = (id: Uint8Array, attributes: Attributes) => this.child.call('setUsage', [this.session, id, attributes])
  setUsages = (changes: readonly UsageChange[], seen?: Progress) =>
    this.child.call('setUsages', [this.session, changes], seen)
  destroyKeys = (ids: readonly Uint8Array[], seen?: Progress) =>
    this.child.call('destroyKeys', [this.session, ids], seen)
  wrapKeys = (ids: readonly Uint8Array[], wrapped?: Progress, wraps?: WrapKinds) =>
    this.child.call('wrapKeys', [this.session, ids, wraps], wrapped)
  areOne = (id: Uint8Array, other: Uint8Array) => this.child.call('areOne', [this.session, [id, other]])
  cmacs = (id: Uint8Array, messages: readonly Uint8Array[]) => this.child.call('cmacs', [this.session, id, messages])
  exportKeys = (ids: readonly Uint8Array[]) => this.child.call('exportKeys', [this.session, ids])
  makeTransport = (transport: NewTransport) => this.child.call('makeTransport', [this.session, transport])
  provesTransport = (transport: Transport) => this.child.call('provesTransport', [this.session, transport])
  takeIn = (transport: Transport, key: ComingKey) => this.child.call('takeIn', [this.session, transport, key])
  restoreKeys = (kek: Secret, keys: readonly WrappedKey[], restored?: Progress): Promise<KeyFacts[]> =>
    this.child.call('restoreKeys', [this.session, kek.reveal(), keys], restored)

  seatCopies = (kek: Secret, copies: readonly CopyToSeat[], seated?: Progress) =>
    this.child.call('seatCopies', [this.session, kek.reveal(), copies], seated)
  exchangeCopies = (kek: Secret, exchanges: readonly Exchange[], seated?: Progress) =>
    this.child.call('exchangeCopies', [this.session, kek.reveal(), exchanges], seated)
  proveCopies = (copies: readonly CopySpec[], seen?: Progress) =>
    this.child.call('proveCopies', [this.session, copies], seen)
  seatCertificates = (copies: readonly CopySpec[]) => this.child.call('seatCertificates', [this.session, copies])
  destroyCopies = (copies: readonly CopyName[], seen?: Progress) =>
    this.child.call('destroyCopies', [this.session, copies], seen)

  /** Logging out can't fail in a way that helps anyone: the host's end logs out as well. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.call('closeSession', [this.session]).catch(() => undefined)
  }
}
