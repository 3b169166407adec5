// Copies of keys on the token of an application: as they are asked for, and as they are found.
import type { CopyProof } from '../domain/copy-proof.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { WrapKind } from '../domain/wrap-kinds.ts'
import type { KeyFacts, KeySpec } from './key-facts.ts'
import type { Pin } from './token-facts.ts'

/** Known by id and label together. `attributes`: see `copyAttributes`; a pair without a private usage is its public half alone. */
export interface CopySpec extends KeySpec {
  fingerprint: string
  /** SubjectPublicKeyInfo, DER, of a pair. */
  spki?: Uint8Array
  /** X.509, DER, of a pair: it stands beside the key, under its label and id. */
  certificate?: Uint8Array
  /** Of a secret key: what tells that it is the one that was delivered. */
  proof?: CopyProof
}

/** What decides by what a copy is known again. */
export type CopyUse = Pick<CopySpec, 'type' | 'attributes'>

/** Whose key comes wrapped. Where the public half is all there is to it, nothing is. */
export interface CopyToSeat extends CopySpec {
  wrap?: WrapKind
  blob?: Uint8Array
}

/** What a copy goes by on the token of an application. */
export type CopyName = Pick<CopySpec, 'label' | 'id'>

/** What goes, and the copy that comes for it. */
export interface Exchange {
  destroy: readonly CopyName[]
  seat: CopyToSeat
}

/** `proof`: of a secret key, for the next time that it is looked at. */
export type CopyFacts = KeyFacts & { proof?: CopyProof }

/**
 * `unproved`: it is as asked for, and there is nothing to know it by. `wrong`: something is under its id and label, and it is not this key, or
 * not as it was asked for. `lacksCertificate`: no certificate of this key is under its id.
 */
export type CopyFound =
  | { state: 'present'; facts: KeyFacts; lacksCertificate?: true }
  | { state: 'absent' }
  | { state: 'unproved' | 'wrong'; why: string }

/** An application's token: how keys come to it. */
export interface ApplicationAbilities {
  /** By preference. */
  wraps: WrapKind[]
  /** How the key that opens what was wrapped gets there. */
  kek: 'create' | 'oaep'
}

/** What a token is asked that is, or is to be, that of an application. */
export interface ApplicationTrials {
  /**
   * How keys come to the token of an application, found by bringing one, which goes again. COPY-SEALED: a copy can't be read, copied, wrapped out or
   * changed there, from the call on that makes it. NO-KEY-WRAP.
   */
  tryAsApplication(token: TokenAddress, user: Pin): Promise<ApplicationAbilities>
  /** Of each copy whether what it may do on that token could tell later that it is the key. Nobody logs in. */
  provable(token: TokenAddress, copies: readonly CopyUse[]): Promise<boolean[]>
}
