// What Keyrite asks of an HSM, in Keyrite's words. Everything that spells CKA_ or CKM_ is behind this port.
import type { Changes } from '../domain/changes.ts'
import type { ExportWay } from '../domain/destinations.ts'
import type { Attributes, KeyType } from '../domain/keys.ts'
import type { Digest } from '../domain/outward-plans.ts'
import type { Foreseen } from '../domain/profile.ts'
import type { Renewed } from '../domain/renewed-profile.ts'
import type { Secret } from '../domain/secret.ts'
import type { SignatureScheme } from '../domain/signing.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { WrapKinds } from '../domain/wrap-kinds.ts'
import type { ApplicationTrials, CopyFacts, CopyFound, CopyName, CopySpec, CopyToSeat, Exchange } from './copies.ts'
import type {
  BlobProblem,
  Challenged,
  ComingKey,
  KeyFacts,
  KeySpec,
  KnownKey,
  NewTransport,
  ObjectFacts,
  PublicHalf,
  Transport,
  TransportHash,
  Wrapped,
  WrappedKey,
} from './key-facts.ts'
import type { Ability, Capabilities, FoundProfile, ModuleFacts, Pin, SlotFacts, TokenFacts } from './token-facts.ts'

export type { CopyFacts, CopyFound, CopyName, CopySpec, CopyToSeat, Exchange } from './copies.ts'
export type {
  BlobProblem,
  Challenged,
  ComingKey,
  KeyFacts,
  KeySpec,
  KnownKey,
  NewTransport,
  ObjectFacts,
  PublicHalf,
  Transport,
  TransportHash,
  Wrapped,
  WrappedKey,
} from './key-facts.ts'
export type {
  Ability,
  Capabilities,
  Enforcement,
  FoundProfile,
  ModuleFacts,
  Pin,
  PinTries,
  SlotFacts,
  TokenFacts,
} from './token-facts.ts'

export type Role = 'so' | 'user'

/** Hears after each thing how many are done. */
type Done = (done: number) => void

/** Usage flags that a key is to have. */
export interface UsageChange {
  id: Uint8Array
  attributes: Attributes
}

/** Where a logged-in user can look and change. One login, one session; disposal logs out and closes it. */
export interface UserSession extends AsyncDisposable {
  /**
   * Of a session by `loginToRenew`: what the token can do now, found as `profile` finds it. It holds keys, which stay as they are; of what is there
   * goes what is called `keyrite/probe`. SENSITIVE-KEPT, USAGE-KEPT, RESTORE-EQUAL, SEARCH-WHOLE.
   */
  renewProfile(): Promise<Renewed>
  /** The values of all private data objects that are called `keyrite/head`. */
  heads(): Promise<string[]>
  /** Creates a private data object `keyrite/head` with this value. CKA_VALUE can't be rewritten everywhere, so heads are replaced. */
  createHead(value: string): Promise<void>
  /** Destroys the private heads with these values. Those that are not there are passed over. */
  dropHeads(values: readonly string[]): Promise<void>
  /** Destroys what a module that was killed half way left of objects: they have neither label nor id, and are none of the `known` keys. Says how many went. */
  clearIncompleteObjects(known: readonly KnownKey[]): Promise<number>

  /** Makes the audit key pair, labelled `keyrite/audit`, not extractable, and gives its SPKI (DER). */
  generateAuditKey(id: Uint8Array, alg: 'ES256' | 'EdDSA' | 'PS256'): Promise<Uint8Array>
  /** Signs the bytes (hashed in the host where the algorithm hashes) with the audit key whose SPKI this is. ES256: r‖s, 64 bytes. */
  signAudit(spki: Uint8Array, alg: 'ES256' | 'EdDSA' | 'PS256', data: Uint8Array): Promise<Uint8Array>

  /** Makes the keys, has each proved, reads it back and compares (KEY-AS-ASKED, KEY-ANSWERS); many of one type in up to four sessions at a time. The facts stand in the order of the specs. */
  generateKeys(specs: readonly KeySpec[], made?: Done): Promise<KeyFacts[]>
  /** Everything on the token that this session sees: private objects, and the public ones that anyone could have put there. */
  scan(): Promise<{ private: ObjectFacts[]; public: ObjectFacts[] }>
  /** The private keys of these ids with fingerprint and attributes; not a flag is touched. What is missing or incomplete in two sessions is absent; duplicates are all listed; an error to read one is an error. `unproved`: no secret key is asked for its fingerprint, by whoever asks for it later in another way. */
  readKeys(ids: readonly Uint8Array[], seen?: Done, unproved?: true): Promise<KeyFacts[]>
  /**
   * Proves the keys of these ids, each of which is there once: a check value, or an answer to a challenge. A key whose usage gives neither
   * has SIGN for a moment, so this is for when an intent is recorded; where the token forbids that its fingerprint is empty, also that of
   * a pair. KEY-ABSENT, KEY-TWINS.
   */
  proveKeys(ids: readonly Uint8Array[], seen?: Done): Promise<KeyFacts[]>
  /** Whether the secret keys of these two ids are one, by what both encipher; undefined where nobody can see. One that may not encipher has ENCRYPT for a moment, so this is for when an intent is recorded. */
  areOne(id: Uint8Array, other: Uint8Array): Promise<boolean | undefined>
  /** How many private objects have each of these ids, whole keys or not, searched in a session of its own. */
  countObjects(ids: readonly Uint8Array[]): Promise<number[]>
  /** Sets usage flags (all in one call per half) on the key, reads it back and compares. KEY-AS-ASKED, KEY-ABSENT, KEY-TWINS. */
  setUsage(id: Uint8Array, attributes: Attributes): Promise<KeyFacts>
  /** The same of many, in their order. The first that fails ends it. */
  setUsages(changes: readonly UsageChange[], seen?: Done): Promise<KeyFacts[]>
  /** Destroys every private object of these ids (both halves, incomplete ones too). Says how many objects went. */
  destroyKeys(ids: readonly Uint8Array[], seen?: Done): Promise<number>
  /** Whether the one private key of each id answers a challenge under its public key. It must have SIGN, and is not touched. KEY-ABSENT, KEY-TWINS. */
  answers(keys: readonly Challenged[], asked?: Done): Promise<boolean[]>
  /** Signs the data with the one private key of this id, and gives what its public key verifies; a key that may not sign has SIGN for a moment, so this is for when an intent is recorded. ECDSA: r‖s. KEY-ANSWERS, KEY-ABSENT, KEY-TWINS. */
  signAs(key: Challenged, data: Uint8Array): Promise<Uint8Array>
  /** AES-CMAC of each message by the one secret key of this id; one that may not sign has SIGN for a moment, so this is for when an intent is recorded. MECHANISM, KEY-ABSENT, KEY-TWINS. */
  cmacs(id: Uint8Array, messages: readonly Uint8Array[]): Promise<Uint8Array[]>
  /** Signs the digest with the one private key of this id, which must have SIGN, and is not touched. ECDSA: r‖s. KEY-ABSENT, KEY-TWINS. */
  signDigest(key: Pick<Challenged, 'id' | 'type'>, scheme: SignatureScheme, digest: Digest): Promise<Uint8Array>
  /** Makes the public half, as a private object beside the private key. */
  createPublicHalf(key: PublicHalf): Promise<void>
  /** Destroys private key objects labelled `keyrite/audit`, other than the one with this SPKI. For the recovery of an init. */
  destroyStrayAuditKeys(keep?: Uint8Array): Promise<number>

  /**
   * Puts keys back under their labels, ids and attributes with a session KEK that may only unwrap, and proves each equal: a secret key
   * by its check value, and by wrapping it again where `loginWithKek` made the KEK; a private key by its answer to a challenge.
   * Public halves come from the SPKI.
   */
  restoreKeys(kek: Secret, keys: readonly WrappedKey[], restored?: Done): Promise<KeyFacts[]>
  /**
   * Wraps the keys with the KEK that `loginWithKek` made, by the kind that `wraps` says of their type, without it by the first that does, and
   * opens each blob again. A key that can't be wrapped has an error instead.
   */
  wrapKeys(ids: readonly Uint8Array[], wrapped?: Done, wraps?: WrapKinds): Promise<Wrapped[]>

  /**
   * The keys in their order, each wrapped for the public key that `loginToExport` made a key of: OAEP of it, or of an AES key that was made for
   * it alone and then that key's wrap of it. At most `count` of its request. KEY-ABSENT, KEY-TWINS.
   */
  exportKeys(ids: readonly Uint8Array[]): Promise<Uint8Array[]>

  /** Makes the transport key of a request, and gives its SPKI (DER) once it has opened what was wrapped for it. TRANSPORT-AS-ASKED. */
  makeTransport(transport: NewTransport): Promise<Uint8Array>
  /** Whether the transport key is there, and opens what is wrapped for it. KEY-TWINS, KEY-REPLACED. */
  provesTransport(transport: Transport): Promise<boolean>
  /**
   * A key that was wrapped for the transport key: RSA-OAEP of it, or of an AES key and then the key under that (RFC 5649). First an object of the
   * session proves what it is, and then it comes for good, is proved once more and read back, or goes again. IMPORT-OPENS, IMPORT-CHECK, IMPORT-LENGTH, KEY-WEAK, KEY-AS-ASKED.
   */
  takeIn(transport: Transport, key: ComingKey): Promise<KeyFacts>

  /**
   * On the token of an application: puts copies there under a key that may only unwrap, and is on it for this call. Each is first a session object
   * that proves to be the key, and then comes for good with its final attributes, in one call, and is proved once more, or goes again. What is
   * there already under its id and label stays if it is right, and goes first if not; of a pair each half for itself. Certificates stand
   * beside their keys. COPY-EQUAL, LABEL-FREE, COPY-PROVABLE, KEY-AS-ASKED, KEY-ANSWERS.
   */
  seatCopies(kek: Secret, copies: readonly CopyToSeat[], seated?: Done): Promise<CopyFacts[]>
  /** One after the other: what is named is destroyed as by `destroyCopies`, and the copy seated as by `seatCopies` at once. COPY-GONE and those of that. */
  exchangeCopies(kek: Secret, exchanges: readonly Exchange[], seated?: Done): Promise<CopyFacts[]>
  /** What the token has of these copies, and whether it is them: by their proofs, and by answers under their public keys. Nothing is changed. */
  proveCopies(copies: readonly CopySpec[], seen?: Done): Promise<CopyFound[]>
  /** Puts the certificate of each copy beside it, where there is none of its key under its id. Says how many were put. */
  seatCertificates(copies: readonly CopySpec[]): Promise<number>
  /** Destroys every object with this id and label: keys, public halves, certificates. Says how many went. COPY-GONE: another session finds none of them. */
  destroyCopies(copies: readonly CopyName[], seen?: Done): Promise<number>
}

/** How keys go out, for whom, how many, and whether what wraps them may be made beside the library. */
export interface ExportRequest extends ExportWay {
  /** SubjectPublicKeyInfo of an RSA key, DER. */
  spki: Uint8Array
  count: number
  ephemeral?: true
}

/** What came of a try. `pads`: what is no whole blocks is filled with zeros before it is wrapped. */
export interface ExportTry {
  can: Ability
  pads: boolean
}

/** What came of a try, and with which hash it did. */
export interface ImportTry {
  can: Ability
  /** To tell how long an HMAC key is that came. */
  lengths: Ability
  hash?: TransportHash
}

/** A P-256 pair on a card, known by its public half. */
export interface CardKey {
  spki: Uint8Array
  label: string
}

/** The card of a custodian: a token of which one key is used, and nothing is changed. */
export interface Cards {
  /** The P-256 keys that the token in this slot shows without a login. */
  cardKeys(slot: number): Promise<CardKey[]>
  /**
   * One login, and CKM_ECDH1_DERIVE with the private half of `spki`: the x coordinate, 32 bytes. The caller has seen that the point, 65 bytes, is
   * on the curve. CARD-KEY; CKR_PIN_INCORRECT costs a try.
   */
  agreeOnCard(token: TokenAddress, pin: Pin, asked: { spki: Uint8Array; point: Uint8Array }): Promise<Uint8Array>
}

/** One loaded module in its host process. Tokens are named by their address; a slot index is used for blank ones only. */
export interface Hsm extends Cards, ApplicationTrials, AsyncDisposable {
  /** Process id of the host: the lock names it. */
  readonly pid: number
  module(): Promise<ModuleFacts>
  /** Every slot, asked anew. */
  slots(): Promise<SlotFacts[]>
  /** The initialised token at this address as it is now, without asking the others again; undefined where there is none, or two. */
  token(address: TokenAddress): Promise<TokenFacts | undefined>
  /** `types`: which key types to try, all when absent. */
  probe(slot: number, types?: readonly KeyType[]): Promise<Capabilities>
  foresee(slot: number): Promise<Foreseen>
  /**
   * C_InitToken. `label` is at most 32 bytes. `erases`: the initialised token that is to be emptied; without it only a blank
   * one is taken. Gives the token as it is afterwards (the slot's id may have changed). TOKEN-CHOSEN, TWO-TOKENS before it; TOKEN-AS-ASKED
   * after it.
   */
  initToken(slot: number, soPin: Pin, label: string, erases?: TokenAddress): Promise<TokenFacts>
  /** C_GenerateRandom in a session without a login. */
  random(token: TokenAddress, length: number): Promise<Uint8Array>
  /**
   * Logs in as SO with `current`, sets the SO PIN to `so` (C_SetPIN) and the user PIN to `user` (C_InitPIN) in that one session, and then
   * logs in once with each. PIN-AS-ASKED.
   */
  setPins(token: TokenAddress, current: Pin, so: Pin, user: Pin): Promise<void>
  /**
   * What a token that holds nothing can do, found with both PINs by doing it, and nothing of that stays. Throws where no partition can begin
   * on it. `keeps`: it holds keys of others; of what is there only goes what is called `keyrite/probe` or `keyrite/audit`. MECHANISM, HEAD-KEPT, SENSITIVE-KEPT, USAGE-KEPT, RESTORE-EQUAL, SEARCH-WHOLE.
   */
  profile(token: TokenAddress, so: Pin, user: Pin, keeps?: boolean): Promise<FoundProfile>
  /** C_InitPIN by the SO; who is logged in stays so. PIN-AS-ASKED: it opens the token once. */
  setUserPin(token: TokenAddress, so: Pin, user: Pin): Promise<void>
  /**
   * C_SetPIN by the role itself: logs in with `from`, sets `to`, logs out, and logs in once with `to`. PIN-TRIES: not where the token says that
   * one try is left, or none. PIN-AS-ASKED: the new PIN opens the role.
   */
  changePin(token: TokenAddress, role: Role, from: Pin, to: Pin): Promise<void>
  /** True when this PIN opens the role; false on CKR_PIN_INCORRECT. Costs a try: never called with a guess. */
  pinOpens(token: TokenAddress, role: Role, pin: Pin): Promise<boolean>
  /**
   * Opens each key of a backup as a public session object, without a login, and holds it against its fingerprint; a private key answers
   * a challenge under its SPKI. Nothing of it stays. For each key what is wrong with it, or null.
   */
  tryBlobs(token: TokenAddress, kek: Secret, keys: readonly WrappedKey[], tried?: Done): Promise<(BlobProblem | null)[]>
  /** The SO logs in once; then as `loginWithKek`, with a key that is worth nothing, or as `login` where the token takes none. */
  loginToRenew(token: TokenAddress, so: Pin, user: Pin): Promise<UserSession>
  /** Read-write session, C_Login as user. */
  login(token: TokenAddress, pin: Pin): Promise<UserSession>
  /** Lets a key out that is worth nothing, for a key pair of ours, without a login, and opens it. */
  tryExport(slot: number, way: ExportWay, ephemeral?: boolean): Promise<ExportTry>
  /** Opens what is wrapped for a pair of a session, as a transport key does, without a login. */
  tryImport(slot: number): Promise<ImportTry>
  /** The SO makes what wraps the key as session objects, trusted and good for that alone, logs out, and the user logs in on the same session. MECHANISM, EXPORT-AS-ASKED. */
  loginToExport(token: TokenAddress, so: Pin, user: Pin, request: ExportRequest): Promise<UserSession>
  /** The SO makes the KEK with C_CreateObject as a session object (trusted, WRAP only, mechanism limited), logs out, and the user logs in on the same session. Closing it ends the KEK. */
  loginWithKek(token: TokenAddress, so: Pin, user: Pin, kek: Secret): Promise<UserSession>
}

export interface HsmOptions {
  /** Path of the PKCS#11 library. */
  module: string
  /** SHA-256 of its file in hex, as the custodians are shown it: no other is loaded. */
  approved?: string
  /** Seconds that one call may take; a bulk call's clock starts anew with every key. */
  timeout: number
  /** The environment that the library sees (`SOFTHSM2_CONF` and the like). What makes node or OpenSSL load code is left out. */
  env: Readonly<Record<string, string | undefined>>
  /** Put before every derived PIN (`0001` on a YubiHSM). */
  pinPrefix?: string
  /** C_Login's number for a role, where it is another than CKU_SO or CKU_USER. */
  userTypes?: Partial<Record<Role, number>>
  /** For C_Initialize. */
  libraryParameters?: string
  /** Is told what was started on a token. */
  changes?: Changes
  /** A file that is there, to which each call of the library is written with its answer and time, and no value. */
  trace?: string
  /** The child has been started: its pid, before it loads the module. The lock is told here. */
  started?: (pid: number) => void
}

/** A host process on its way up: nothing is loaded in it before it is opened, so whoever needs it no more just ends it. */
export interface HsmHost extends AsyncDisposable {
  /** Its program is loaded: from here on its files may go away. NATIVE-MISSING, HOST-MISSING, HOST-ENDED. */
  ready(): Promise<void>
  /** Loads the module and starts it. MODULE-MISSING, MODULE-INVALID, MODULE-CHANGED, MODULE-CRASHED, NATIVE-MISSING, HOST-MISSING, HOST-ENDED. */
  open(approved?: string): Promise<Hsm>
}

export type StartHost = (options: HsmOptions) => HsmHost
export type OpenHsm = (options: HsmOptions) => Promise<Hsm>
