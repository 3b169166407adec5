// What a library, its slots and its tokens say of themselves, and what was found that a token can do.
import type { KeyType } from '../domain/keys.ts'
import type { Profile } from '../domain/profile.ts'
import type { Secret } from '../domain/secret.ts'
import type { WrapKind } from '../domain/wrap-kinds.ts'

/** A PIN on its way to the host process: bytes, and how the string is made there. */
export interface Pin {
  bytes: Secret
  /** `derived`: RFC 4648 base32 of 20 bytes, lower case, cut to the token's limit. `text`: the bytes are UTF-8. */
  form: 'derived' | 'text'
  /** Of a derived one that was set before: so many, whatever the token says that it takes now. */
  characters?: number
}

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
  /** What it is called by is said of every token of its library. */
  unnamed?: true
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
