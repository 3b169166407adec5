// A share in memory: made, read, written, and joined with others into the group secret.
import { randomBytes } from 'node:crypto'
import { concat } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import { Secret } from '../domain/secret.ts'
import { approvalPublicKey, approvalSignature } from './approval-key.ts'
import type { Share } from './port.ts'
import { combineParts, PART_BYTES, splitSecret } from './shamir.ts'
import { PAYLOAD_BYTES, payloadToText, textToPayload } from './share-text.ts'

export { shareGroups } from './share-text.ts'

const SALT_BYTES = PAYLOAD_BYTES - PART_BYTES

/** N new shares of which any M give the secret. */
export async function makeShares(secret: Secret, n: number, m: number): Promise<Share[]> {
  const parts = await splitSecret(secret, n, m)
  try {
    // Who has M parts can compute all the others: the salt keeps the other custodians' approval keys out of reach.
    return parts.map((part) => shareFromPayload(new Secret(concat(part, randomBytes(SALT_BYTES)))))
  } finally {
    for (const part of parts) part.fill(0)
  }
}

/** The share takes the payload over: disposing the share wipes it. */
export function shareFromPayload(payload: Secret): Share {
  const bytes = payload.reveal()
  if (bytes.length !== PAYLOAD_BYTES) throw refused('SHARE-CHECKSUM', 'a share has 49 bytes')
  if (bytes[PART_BYTES - 1] === 0) throw refused('SHARE-CHECKSUM', 'this is not a keyrite share: it stands at point 0')
  return new HeldShare(payload)
}

/** One line of 89 characters, lower case (bech32m). */
export const encodeShare = (share: Share): string => payloadToText(share.payload.reveal())

/** Reads what a person typed or a file holds; says what is wrong with it. */
export const parseShare = (text: string): Share => shareFromPayload(new Secret(textToPayload(text)))

/** The secret of these shares. Only its check value tells whether they were the right ones. */
export async function combineShares(shares: readonly Share[]): Promise<Secret> {
  const parts = shares.map((share) => Uint8Array.from(share.payload.reveal().subarray(0, PART_BYTES)))
  try {
    return await combineParts(parts)
  } finally {
    for (const part of parts) part.fill(0)
  }
}

class HeldShare implements Share {
  readonly key: Uint8Array
  #wiped = false

  constructor(readonly payload: Secret) {
    this.key = approvalPublicKey(payload)
  }

  sign(message: Uint8Array): Uint8Array {
    // The key of an all-zero payload is known to everybody.
    if (this.#wiped) throw new Error('this share was wiped')
    return approvalSignature(this.payload, message)
  }

  [Symbol.dispose](): void {
    this.#wiped = true
    this.payload[Symbol.dispose]()
  }
}
