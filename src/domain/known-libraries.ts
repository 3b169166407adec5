// Libraries whose tokens are otherwise than their mechanisms promise: known by what C_GetInfo calls them, so that nothing is touched before it is said.
import type { Weakness } from './profile.ts'

export interface KnownLibrary {
  description: string
  /** Why nothing of ours begins on its tokens; a partition does all the same where `needs` is accepted. */
  why: string
  /** All that a partition on one of its tokens has to accept. */
  needs?: readonly Weakness[]
  /** Attributes without CKA_ that it has no word for in a template: it answers them as a device does that is ill. */
  unknown?: readonly string[]
  /** C_InitToken takes blank tokens alone, and names them for good. */
  once?: true
  /** No key leaves its tokens, and none is made that could. */
  stays?: true
  /** So many keys can be in use until C_Logout: it lets go of none before. */
  room?: number
  /** It tells no length of an HMAC key that came as one of its hash: they come as generic secrets. */
  generic?: true
  /** What it unwraps gets the usage that its kind has, whatever is asked, until that is set by a call of its own. */
  usageAfter?: true
  /** It makes a pair that signs only where the public half verifies. */
  pairwise?: true
  /** It unwraps a private key on a curve beside its public point alone. */
  beside?: true
}

const USAGE = [
  ...['DECRYPT', 'DERIVE', 'ENCRYPT', 'SIGN', 'SIGN_RECOVER'],
  ...['UNWRAP', 'VERIFY', 'VERIFY_RECOVER', 'WRAP'],
]

const KNOWN: readonly KnownLibrary[] = [
  {
    description: 'NSS Internal Crypto Services',
    why: 'NSS erases its database without a PIN, lets anyone exchange public keys without a login, and gives every key to whoever is logged in',
    needs: [
      ...(['no-so', 'not-extractable', 'open-to-all', 'origin-untold'] as const),
      ...(['unnamed', 'user-trusted', 'wrap-with-trusted'] as const),
    ],
    unknown: ['ALLOWED_MECHANISMS', 'COPYABLE', 'DESTROYABLE'],
    generic: true,
    usageAfter: true,
    pairwise: true,
    beside: true,
  },
  {
    description: 'TPM2.0 Cryptoki',
    why: 'a TPM decides by itself what a key may do, and a key whose usage is taken away goes on working there',
    needs: ['usage-unkept'],
    unknown: USAGE,
    stays: true,
    once: true,
    // As many as the resource manager in Linux (/dev/tpmrm0) keeps for one process.
    room: 3,
  },
]

/** `description`: of the library; blanks and zeros at its end say nothing. */
export function knownLibrary(description: string): KnownLibrary | undefined {
  const name = description.replace(/\0.*$/s, '').trimEnd()
  return KNOWN.find((one) => one.description === name)
}
