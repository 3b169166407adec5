// The door to the age-encryption package: it is big, so it is loaded when the first age file comes, and only here.
import type { webcrypto } from 'node:crypto'
import { fromUtf8, utf8 } from '../domain/encoding.ts'
import { type KeyriteError, refused } from '../domain/errors.ts'
import { lazily } from '../domain/lazily.ts'
import { Secret } from '../domain/secret.ts'
import type { Stanza } from './age-scrypt.ts'

const load = lazily(() => import('age-encryption'))
type Package = Awaited<ReturnType<typeof load>>
type Decrypter = InstanceType<Package['Decrypter']>

/** The text of an identity (`AGE-SECRET-KEY-1...`), or something that finds the file key in a header. */
type AgeIdentity = Parameters<Decrypter['addIdentity']>[0]
/** The text of a recipient (`age1...`), or something that locks the file key. */
type AgeRecipient = Parameters<InstanceType<Package['Encrypter']>['addRecipient']>[0]

const BINARY_START = 'age-encryption.org/'
const ARMOR_START = '-----BEGIN AGE ENCRYPTED FILE-----'

const startOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 256)).toString('latin1').trimStart()
const isArmored = (bytes: Uint8Array): boolean => startOf(bytes).startsWith(ARMOR_START)
export const isAgeFile = (bytes: Uint8Array): boolean => isArmored(bytes) || startOf(bytes).startsWith(BINARY_START)

/** An armored age file, which each of the recipients opens. */
export async function ageEncrypt(plain: Uint8Array, ...recipients: readonly AgeRecipient[]): Promise<Uint8Array> {
  return utf8((await load()).armor.encode(await ageEncryptBinary(plain, ...recipients)))
}

/** The same in the bytes that are armored. */
export async function ageEncryptBinary(plain: Uint8Array, ...recipients: readonly AgeRecipient[]): Promise<Uint8Array> {
  const encrypter = new (await load()).Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return encrypter.encrypt(plain)
}

/** `age1...` of an identity. */
export const ageRecipient = async (identity: webcrypto.CryptoKey): Promise<string> =>
  (await load()).identityToRecipient(identity)

/** SHARE-IDENTITY: the plaintext, if one of the identities fits. */
export async function ageDecrypt(file: Uint8Array, identities: readonly AgeIdentity[]): Promise<Secret> {
  const decrypter = new (await load()).Decrypter()
  for (const identity of identities) addIdentity(decrypter, identity)
  try {
    return new Secret(await decrypter.decrypt(file))
  } catch (error) {
    if (!/^no identity matched/.test((error as Error).message)) throw damaged()
    throw refused(
      'SHARE-IDENTITY',
      'none of the age identities opens this share file',
      'bring the identity of its recipient: --identity FILE',
    )
  }
}

// The package's own message may repeat the text of the identity.
function addIdentity(decrypter: Decrypter, identity: AgeIdentity): void {
  try {
    decrypter.addIdentity(identity)
  } catch {
    const hint = 'a line of it looks like AGE-SECRET-KEY-1...'
    throw refused('SHARE-IDENTITY', 'an identity file holds a line that is not an age identity', hint)
  }
}

/** The binary form of a file that may be armored. */
export async function unarmored(bytes: Uint8Array): Promise<Uint8Array> {
  if (!isArmored(bytes)) return bytes
  try {
    return (await load()).armor.decode(fromUtf8(bytes))
  } catch {
    throw damaged()
  }
}

/** The header: an identity that only looks makes the package parse and show it. */
export async function ageStanzas(file: Uint8Array): Promise<Stanza[]> {
  const decrypter = new (await load()).Decrypter()
  const seen: Stanza[] = []
  const look = (stanzas: Stanza[]) => {
    seen.push(...stanzas)
    return null
  }
  decrypter.addIdentity({ unwrapFileKey: look })
  await decrypter.decrypt(file).catch(() => undefined)
  if (seen.length === 0) throw damaged()
  return seen
}

const damaged = (): KeyriteError => refused('SHARE-FILE', 'the age file is damaged or cut')
