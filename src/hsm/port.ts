// What Keyrite asks of an HSM, in Keyrite's words. Everything that spells CKA_ or CKM_ is behind this port.
import type { Changes } from '../domain/changes.ts'
import type { Attributes, Flags, KeyClass, KeyType } from '../domain/keys.ts'
import type { Foreseen, Profile } from '../domain/profile.ts'
import type { Secret } from '../domain/secret.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { WrapKind, WrapKinds } from '../domain/wrap-kinds.ts'

export interface ModuleFacts {
  /** Absolute path, symbolic links resolved, and the SHA-256 of the file in hex: what was approved is what runs. */
  path: string
  sha256: string
  /** From C_GetInfo, blanks trimmed. Versions as `2.6`. */
  description: string
  manufacturer: string
  version: string
  cryptoki: string
}

/** What C_GetTokenInfo says of the tries left: flags COUNT_LOW, FINAL_TRY, LOCKED of the role. */
export type PinTries = 'ok' | 'low' | 'final' | 'locked'

export interface TokenFacts {
  serial: string
  label: string
  manufacturer: string
  model: string
  /** As `2.6`. */
  firmware: string
  hardware: string
  initialised: boolean
  userPinSet: boolean
  /** ulMinPinLen and ulMaxPinLen. */
  pinLength: { min: number; max: number }
  tries: { so: PinTries; user: PinTries }
  /** CKF_PROTECTED_AUTHENTICATION_PATH: the PIN is typed at the device; Keyrite can't drive that. */
  pinPad: boolean
  writeProtected: boolean
  loginRequired: boolean
  /** CKF_SO_PIN_TO_BE_CHANGED: it has an SO PIN that somebody else gave it, a blank token too. */
  soPinPreset: boolean
}

export interface SlotFacts {
  slot: number
  description: string
  manufacturer: string
  /** Absent when no token is present. */
  token?: TokenFacts
  /** The call that failed when the slot or its token was asked: what is in it is not known. */
  fault?: string
}

/** `true`, or the reason why not: a mechanism's name (`CKM_EC_EDWARDS_KEY_PAIR_GEN is missing`) or a failed call. */
export type Ability = true | { lacks: string }

/** A rule that is kept, or how it is broken; `untried`: nothing tells. */
export type Enforcement = true | { lacks: string; untried?: true }

/** What a token can do of what Keyrite needs. Probed on public session objects, without a login. */
export interface Capabilities {
  /** Types that were generated and used. RSA is tried at its smallest size; the others go by C_GetMechanismInfo. */
  generate: Partial<Record<KeyType, Ability>>
  /** Wrapping each type, by a mechanism that was compared with node's own. */
  wrap: Partial<Record<KeyType, Ability>>
  /** What the kinds of wrapping that it has are called on this token, such as `CKM_AES_KEY_WRAP_PAD` (0x210A). */
  mechanisms: { readonly [kind in WrapKind]?: string | undefined }
  /** How a check value of an AES key can be taken. */
  kcv: 'cmac5' | 'ecb3' | 'none'
  /** The signature that the audit key will make: ES256 where the token can, else EdDSA, else PS256. */
  audit: 'ES256' | 'EdDSA' | 'PS256' | 'none'
  /** Rules that the token was seen to enforce. */
  enforces: { wrapWithTrusted: Enforcement; sensitive: Ability; notExtractable: Enforcement; notCopyable: Ability }
  random: Ability
  dataObjects: Ability
}

/** What was found of a token, without what names it and the library. */
export type FoundProfile = Omit<Profile, 'module' | 'identity'>

/** A PIN on its way to the host process: bytes, and how the string is made there. */
export interface Pin {
  bytes: Secret
  /** `derived`: RFC 4648 base32 of 20 bytes, lower case, cut to the token's limit. `text`: the bytes are UTF-8. */
  form: 'derived' | 'text'
}

export type Role = 'so' | 'user'

/** Hears after each thing how many are done. */
type Done = (done: number) => void

export interface KeySpec {
  label: string
  /** CKA_ID, 16 bytes. */
  id: Uint8Array
  type: KeyType
  /** The final attributes, every one stated. */
  attributes: Attributes
  /** Weaknesses of the token that are accepted for it. */
  accepted?: readonly string[]
}

/** A key as it was read back from the token. */
export interface KeyFacts {
  label: string
  id: Uint8Array
  class: KeyClass
  type: KeyType
  /** The token doesn't tell the length (SoftHSM, of restored keys): an AES key may be of either size; the fingerprint decides. */
  typeGuessed?: true
  /** `sha256:` of the SPKI for pairs; `cmac5:`, `hmac5:` or `ecb3:` for secret keys; empty where the key, as it is, gives none. */
  fingerprint: string
  attributes: Attributes
  /** SubjectPublicKeyInfo, DER, of a pair. */
  spki?: Uint8Array
  /** CLEAR-ON-HOST: it came by way of the host. */
  clear?: true
  /** Of a pair that was to be proved: its private half is another key's. */
  foreignHalf?: true
  /** Private objects that have the key's id and are not the key: whichever is meant, it is not certain. */
  otherObjects?: number
}

/** A key under the KEK, and the fingerprint of what was found in the blob when it was opened again (empty when that is another's). */
export type Wrapped = { wrap: WrapKind; blob: Uint8Array; fingerprint: string } | { error: string }

/** One object on the token, of any class, as a scan sees it. */
export interface ObjectFacts {
  /** Valid in this session only. */
  handle: number
  class: 'secret' | 'private' | 'public' | 'data' | 'certificate' | 'other'
  label: string
  id: Uint8Array
  /** Absent when the object's kind is none of ours, or when it is incomplete. */
  type?: KeyType
  /** See KeyFacts. */
  typeGuessed?: true
  attributes: Flags
  /** Of a public key: SubjectPublicKeyInfo, DER. */
  spki?: Uint8Array
}

/** A key that the ledger says is there: the id, and how many objects it has. */
export interface KnownKey {
  id: Uint8Array
  objects: 1 | 2
}

/** Where a logged-in user can look and change. One login, one session; disposal logs out and closes it. */
export interface UserSession extends AsyncDisposable {
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
  /** The private keys of these ids with fingerprint and attributes; not a flag is touched. What is missing or incomplete in two sessions is absent; duplicates are all listed; an error to read one is an error. */
  readKeys(ids: readonly Uint8Array[], seen?: Done): Promise<KeyFacts[]>
  /**
   * Proves the keys of these ids, each of which is there once: a check value, or an answer to a challenge. A key whose usage gives neither
   * has SIGN for a moment, so this is for when an intent is recorded; where the token forbids that its fingerprint is empty, also that of
   * a pair. KEY-ABSENT, KEY-TWINS.
   */
  proveKeys(ids: readonly Uint8Array[], seen?: Done): Promise<KeyFacts[]>
  /** How many private objects have each of these ids, whole keys or not, searched in a session of its own. */
  countObjects(ids: readonly Uint8Array[]): Promise<number[]>
  /** Sets usage flags (all in one call per half) on the key, reads it back and compares. KEY-AS-ASKED, KEY-ABSENT, KEY-TWINS. */
  setUsage(id: Uint8Array, attributes: Attributes): Promise<KeyFacts>
  /** Destroys every private object of these ids (both halves, incomplete ones too). Says how many objects went. */
  destroyKeys(ids: readonly Uint8Array[], seen?: Done): Promise<number>
  /** Whether the one private key of each id answers a challenge under its public key. It must have SIGN, and is not touched. KEY-ABSENT, KEY-TWINS. */
  answers(keys: readonly Challenged[], asked?: Done): Promise<boolean[]>
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
}

/** Of a pair whose public half is to be made of its SPKI (DER). */
export interface PublicHalf extends KeySpec {
  spki?: Uint8Array
}

export type Challenged = Pick<Required<PublicHalf>, 'id' | 'spki' | 'type'>

export interface WrappedKey extends PublicHalf {
  wrap: WrapKind
  /** CLEAR-ON-HOST: where the token can't open it so, the host may, and wraps it anew. */
  clear?: true
  blob: Uint8Array
  fingerprint: string
}

/** Why a key of a backup can't be proved on a token. `lacks`: it has no mechanism for its kind of wrapping, so nothing was tried. */
export interface BlobProblem {
  why: string
  lacks?: true
}

/** One loaded module in its host process. Tokens are named by their address; a slot index is used for blank ones only. */
export interface Hsm extends AsyncDisposable {
  /** Process id of the host: the lock names it. */
  readonly pid: number
  module(): Promise<ModuleFacts>
  slots(): Promise<SlotFacts[]>
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
   * on it. `keeps`: it holds keys of others; of what is there only goes what is called `keyrite/probe` or `keyrite/audit`. MECHANISM, HEAD-KEPT, SENSITIVE-KEPT, RESTORE-EQUAL, SEARCH-WHOLE.
   */
  profile(token: TokenAddress, so: Pin, user: Pin, keeps?: boolean): Promise<FoundProfile>
  /** True when this PIN opens the role; false on CKR_PIN_INCORRECT. Costs a try: never called with a guess. */
  pinOpens(token: TokenAddress, role: Role, pin: Pin): Promise<boolean>
  /**
   * Opens each key of a backup as a public session object, without a login, and holds it against its fingerprint; a private key answers
   * a challenge under its SPKI. Nothing of it stays. For each key what is wrong with it, or null.
   */
  tryBlobs(token: TokenAddress, kek: Secret, keys: readonly WrappedKey[], tried?: Done): Promise<(BlobProblem | null)[]>
  /** Read-write session, C_Login as user. */
  login(token: TokenAddress, pin: Pin): Promise<UserSession>
  /**
   * The SO makes the KEK with C_CreateObject as a session object (trusted, WRAP only, mechanism limited), logs out, and the user logs in
   * on the same session. Closing it ends the KEK.
   */
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
