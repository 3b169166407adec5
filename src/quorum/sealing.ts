// The key that shares from afar are sealed for: in the memory of one process, and gone with it. No file has it, and no text.
import { webcrypto } from 'node:crypto'
import { refused } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import { ageDecrypt, ageEncryptBinary, ageRecipient } from './age.ts'
import type { SealingKey, Share } from './port.ts'
import { shareFromPayload } from './share.ts'

/** An identity of age (X25519). It can't be taken out: libcrypto has it, uses it, and wipes it when nobody holds it any more. */
export async function makeSealingKey(): Promise<SealingKey> {
  const { privateKey } = (await webcrypto.subtle.generateKey({ name: 'X25519' }, false, [
    'deriveBits',
  ])) as webcrypto.CryptoKeyPair
  return new HeldSealingKey(privateKey, await ageRecipient(privateKey))
}

/** The bytes of an age file, which only the holder of the sealing key opens. */
export const sealPayload = (payload: Secret, recipient: string): Promise<Uint8Array> =>
  ageEncryptBinary(payload.reveal(), recipient)

class HeldSealingKey implements SealingKey {
  #key: webcrypto.CryptoKey | undefined

  constructor(
    key: webcrypto.CryptoKey,
    readonly recipient: string,
  ) {
    this.#key = key
  }

  async open(sealed: Uint8Array): Promise<Share> {
    if (!this.#key) throw new Error('this key was let go of')
    let payload: Secret | undefined
    try {
      payload = await ageDecrypt(sealed, [this.#key])
      return shareFromPayload(payload)
    } catch {
      payload?.[Symbol.dispose]()
      throw refused('CONTRIBUTION-SHARE', 'what it holds is no share that was sealed for this process')
    }
  }

  [Symbol.dispose](): void {
    this.#key = undefined
  }
}
