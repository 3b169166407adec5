// The passphrase stanza of an age file, with node's own scrypt: off the event loop, and the passphrase never a string.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { concat, utf8 } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'

/** One recipient's part of an age header. */
export interface Stanza {
  args: string[]
  body: Uint8Array
}

/** What age itself accepts. At 22 scrypt takes 4 GiB: more than that is an attack, not a habit. */
const MAX_COST = 22
const SALT_BYTES = 16
const TAG_BYTES = 16
const FILE_KEY_BYTES = 16
const NONCE = new Uint8Array(12)
const CIPHER = 'chacha20-poly1305'

/** Locks the key of a file under a passphrase; `cost` is the base-2 logarithm of scrypt's N. */
export async function lockFileKey(fileKey: Uint8Array, passphrase: Secret, cost: number): Promise<Stanza> {
  const salt = randomBytes(SALT_BYTES)
  const key = await stretch(passphrase, salt, cost)
  const cipher = createCipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES })
  key.fill(0)
  const body = concat(cipher.update(fileKey), cipher.final(), cipher.getAuthTag())
  return { args: ['scrypt', salt.toString('base64').replaceAll('=', ''), String(cost)], body }
}

/** The key of the file, or undefined when the passphrase is another. */
export async function unlockFileKey(stanza: Stanza, passphrase: Secret): Promise<Uint8Array | undefined> {
  const { salt, cost } = parseStanza(stanza)
  const key = await stretch(passphrase, salt, cost)
  const decipher = createDecipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES })
  key.fill(0)
  decipher.setAuthTag(stanza.body.subarray(FILE_KEY_BYTES))
  const fileKey = decipher.update(stanza.body.subarray(0, FILE_KEY_BYTES))
  try {
    decipher.final()
    return Uint8Array.from(fileKey)
  } catch {
    return undefined
  }
}

/** SHARE-FILE: who made the file chooses the cost, so it is looked at before any work is done. */
function parseStanza({ args, body }: Stanza): { salt: Uint8Array; cost: number } {
  const salt = Buffer.from(args[1] ?? '', 'base64')
  const wellFormed = args.length === 3 && /^[1-9][0-9]?$/.test(args[2]!) && salt.length === SALT_BYTES
  if (!wellFormed || body.length !== FILE_KEY_BYTES + TAG_BYTES) {
    throw refused('SHARE-FILE', 'the passphrase part of the age file is malformed')
  }
  const cost = Number(args[2])
  if (cost > MAX_COST)
    throw refused('SHARE-FILE', `the file asks for scrypt work of 2^${cost}, more than 2^${MAX_COST}`)
  return { salt, cost }
}

function stretch(passphrase: Secret, salt: Uint8Array, cost: number): Promise<Buffer> {
  const N = 2 ** cost
  // Where N is small, the rest of what scrypt takes outweighs it.
  const options = { N, r: 8, p: 1, maxmem: 2 * 128 * 8 * (N + 64) }
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), concat(utf8('age-encryption.org/v1/scrypt'), salt), 32, options, (error, key) =>
      error === null
        ? resolve(key)
        : reject(refused('SHARE-FILE', `scrypt work of 2^${cost} is too much for this host`)),
    )
  })
}
