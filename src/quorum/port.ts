// What changes need of the quorum: shares made, opened and told apart; secrets split, combined and used for derivation.
import type { Secret } from '../domain/secret.ts'

/** One share in memory: 49 bytes, `y[32] ‖ x[1] ‖ salt[16]` (docs/formats.md, 1). */
export interface Share extends Disposable {
  readonly payload: Secret
  /** Ed25519 public key of the approval key, 32 bytes. It is what the roster knows. */
  readonly key: Uint8Array
  /** Ed25519 signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array
}

/** The `#` lines of a share file: hints for people; the roster decides. */
export interface ShareHints {
  partition?: string
  group?: string
  epoch?: number
  custodian?: string
  /** Such as `2/3`. */
  threshold?: string
}

/** How a share is protected in its file. */
export type Protection =
  | { kind: 'passphrase'; passphrase: Secret; cost: number }
  | { kind: 'recipient'; recipient: string }
  | { kind: 'plain' }

/** The keys of cards, which stay on them: each agrees on a secret with a point that comes from outside. */
export interface CardKeys {
  /** SPKI (DER) of the P-256 keys that are at hand. */
  publicKeys(): Promise<readonly Uint8Array[]>
  /** ECDH of one of these keys with a point of 65 bytes, which is on the curve: the x coordinate, 32 bytes. CARD-..., PIN-TRIES. */
  agree(spki: Uint8Array, point: Uint8Array): Promise<Secret>
}

/** What may open a share file. */
export interface Openers {
  passphrases: readonly Secret[]
  /** Texts of age identity files (`AGE-SECRET-KEY-1...` lines, comments allowed). */
  identities: readonly Secret[]
  cards?: CardKeys
}

/** What opens a share file: of those that are sealed to recipients an age identity, or a card. */
export type OpenedBy = Protection['kind'] | 'card'

/** The key on a card that opened a file, and the tag by which the file tells that card, and nobody else, that it is meant. */
export interface CardFound {
  recipient: string
  tag: string
}

export interface OpenedShare {
  share: Share
  hints: ShareHints
  protection: OpenedBy
  /** Where `protection` is `card`. */
  card?: CardFound
}

/** A group's secret, and the shares that it is split into. */
export interface ShareMaking {
  /** A new group secret from 32 random bytes of the token and 32 of the host. */
  groupSecret(tokenRandom: Uint8Array, hostRandom: Uint8Array): Secret
  makeShares(secret: Secret, n: number, m: number): Promise<Share[]>
  /** Tries M-subsets, all of them up to 1,000; gives how many were tried. */
  verifySubsets(shares: readonly Share[], m: number, secret: Secret): Promise<number>
  /** 16 bytes. */
  checkValue(secret: Secret, partition: string): Uint8Array
}

/** Which PIN of which application token. */
export interface ApplicationPin {
  role: 'so' | 'user'
  /** Of the application token, hex: it follows from the plan that took it. */
  id: string
  /** Of the user's PIN. The SO's stays the same. */
  generation: number
}

/** What shares give together. */
export interface SharedSecrets extends Pick<ShareMaking, 'verifySubsets'> {
  combineShares(shares: readonly Share[]): Promise<Secret>
  matchesCheck(secret: Secret, partition: string, check: Uint8Array): boolean
  /** 20 bytes; the string is made in the host process. */
  derivedPin(secret: Secret, partition: string, role: 'so' | 'user'): Secret
  /** The same of one more token that holds every key. */
  memberPin(secret: Secret, partition: string, role: 'so' | 'user', id: string): Secret
  /** 20 bytes for the SO, 15 for the user: the string is their base32. */
  applicationPin(secret: Secret, partition: string, which: ApplicationPin): Secret
  backupKek(secret: Secret, partition: string): Secret
  /** The secret before under the new one, 40 bytes. `epoch`: of the new one. */
  bridge(newSecret: Secret, oldSecret: Secret, partition: string, epoch: number): Uint8Array
  /** BRIDGE-OPENS: the secret before. */
  openBridge(blob: Uint8Array, newSecret: Secret, partition: string, epoch: number): Secret
}

export interface KekCheck {
  /** By it the key under a backup is known again. */
  kekCheck(kek: Secret): string
}

/** What shares from afar are sealed for. It opens nothing once it is disposed of. */
export interface SealingKey extends Disposable {
  /** `age1...`. */
  readonly recipient: string
  /** CONTRIBUTION-SHARE. */
  open(sealed: Uint8Array): Promise<Share>
}

interface Sealing {
  makeSealingKey(): Promise<SealingKey>
  /** A share's payload in the bytes of an age file. */
  sealPayload(payload: Secret, recipient: string): Promise<Uint8Array>
}

/** The room's own functions, as the other rooms call them. Errors: exit 3 by the names that stand in the implementations. */
export interface Quorum extends ShareMaking, SharedSecrets, KekCheck, Sealing {
  parseShare(text: string): Share
  /** `12 of 23`, of a share that is being typed. */
  groupsTyped(text: string): string | undefined

  /** The rows of a share for paper, each with its two checks. */
  shareRows(share: Share): string[]
  /** What is typed can be the first of such rows; how many there are. */
  isFirstRow(text: string): boolean
  readonly rowsOfShare: number
  /** SHARE-CHECKSUM: the characters of a row that was typed. `row`: from 1. */
  readRow(row: number, text: string): string
  /** The share of all of its rows. */
  shareOfRows(rows: readonly string[]): Share

  shareFileName(custodian: string, group: string | undefined, epoch: number, plain: boolean): string
  formatShareFile(share: Share, hints: ShareHints): string
  /** `what`: the passphrase in messages. Refused is what nobody could type again. */
  checkPassphrase(passphrase: Secret, what: string): void
  sealShareFile(text: string, protection: Protection): Promise<Uint8Array>
  shareFileProtection(bytes: Uint8Array): Promise<OpenedBy>
  openShareFile(bytes: Uint8Array, openers: Openers): Promise<OpenedShare>
  parseRecipient(text: string): string
  /** `age1tag1...`: a share that is sealed to it is opened by the card that has the key. `spki`: of P-256, DER. */
  tagRecipient(spki: Uint8Array): string
  /** It is that of a card. */
  isForCard(recipient: string): boolean

  readShareFile(path: string): Uint8Array
  /** SHARES-DIR: files in this folder can be closed to others. */
  checkShareFolder(folder: string): void
  writeShareFile(path: string, bytes: Uint8Array): void
  removeShareFile(path: string): void
  readSecretFile(path: string, what?: string): Secret
  /** `isClear`: that is a secret, and nobody else may have read it. */
  readKeyFile(path: string, isClear: (bytes: Uint8Array) => boolean): Uint8Array
  /** `what`: it is called in messages. */
  readPinFile(path: string, what?: string): Secret
  readIdentityFile(path: string): Secret
  readShareFd(fd: number): Promise<string[]>

  /** PIN-FILE: the file of an application's PIN can be closed to others. */
  checkPinFolder(path: string, recipients: readonly string[]): void
  /** FILE-EXISTS, FILE-FOLDER: the PIN alone, or an age file for the recipients. */
  writePin(path: string, pin: Secret, recipients: readonly string[]): Promise<void>
}
