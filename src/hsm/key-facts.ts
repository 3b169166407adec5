// Keys as they are asked for, as they are read back, and under a key that wraps them.
import type { Attributes, Flags, KeyClass, KeyType } from '../domain/keys.ts'
import type { WrapKind } from '../domain/wrap-kinds.ts'

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
  /** Of a public key, and of a certificate of one: SubjectPublicKeyInfo, DER. */
  spki?: Uint8Array
}

/** A key that the ledger says is there: the id, and how many objects it has. */
export interface KnownKey {
  id: Uint8Array
  objects: 1 | 2
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

/** Why a key of a backup can't be proved on a token. `lacks`: it has no mechanism for its kind of wrapping, so nothing was tried; `refused`: the host opened it, and the token takes no such key. */
export interface BlobProblem {
  why: string
  lacks?: true
  refused?: true
}

export type TransportHash = 'sha1' | 'sha256'

/** A transport key that is to be made: its id, the bits of its modulus, and the hash of its RSA-OAEP. */
export interface NewTransport {
  id: Uint8Array
  bits: number
  hash: TransportHash
}

/** One that is there. `spki`: DER. */
export interface Transport extends Pick<NewTransport, 'id' | 'hash'> {
  spki: Uint8Array
}

/** A key that was wrapped for a transport key of so many `bits`. `check`: what it has to be, a check value as people give it. `spki`: of a pair. */
export interface ComingKey extends PublicHalf, Pick<NewTransport, 'bits'> {
  blob: Uint8Array
  check?: string
}
