// A key in a file that others made: PKCS#8, PKCS#1 or SEC 1 as PEM or DER, or a JWK. What it is not is called by its name, and how to make it one that is taken.
// The numbers are in texts of node's meanwhile, which nobody can wipe: they go when the process ends.
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { textIn, toHex } from './encoding.ts'
import { KeyriteError, refused } from './errors.ts'
import { add, type Hint, sh, to } from './hints.ts'
import { KEY_BLOCK } from './key-block.ts'
import { encryptionOf, tooMuchWork } from './key-encryption.ts'
import { isMade, type KeyInFile, no, notSound, pairOf, TAKEN, type WantedKey } from './key-in-file.ts'
import { fromJwk } from './key-jwk.ts'
import { quoted } from './names.ts'
import { openedByPassphrase } from './pbes2.ts'
import { isPublicKeyOf, readPkcs8 } from './pkcs8.ts'
import { listed } from './words.ts'

/** KEY-FILE, KEY-PASSPHRASE, KEY-NUMBERS, KEY-WEAK: one whole key, whose numbers belong together. */
export function readKeyFile(bytes: Uint8Array, wanted: WantedKey): KeyInFile {
  if (isEncryptedKeyFile(bytes) && wanted.passphrase === undefined)
    throw refused('KEY-PASSPHRASE', `${quoted(wanted.path)} is encrypted, and no passphrase was given`)
  checkWork(bytes, wanted)
  const text = textIn(bytes)
  if (text?.trimStart().startsWith('{')) return fromJwk(text, wanted)
  if (text?.includes('-----BEGIN')) return fromPem(text, wanted)
  if (text !== undefined && KEY_BLOCK.test(text))
    throw no(
      wanted,
      'is a key block: its key is encrypted for whoever has the key that protects it',
      to('where the token has that one', add('--under', 'NAME')),
    )
  return fromDer(bytes, wanted)
}

/** Whether somebody has to be asked for a passphrase. */
export function isEncryptedKeyFile(bytes: Uint8Array): boolean {
  const text = textIn(bytes)
  if (text?.includes('-----BEGIN')) return /-----BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)
  return ENCRYPTED_DER.test(toHex(bytes.subarray(0, 40)))
}

/** Whether whoever reads it has a key: what is public, or no key file at all, is called so first. */
export function isClearKeyFile(bytes: Uint8Array): boolean {
  const text = textIn(bytes)
  if (text?.includes('-----BEGIN')) return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text) && !isEncryptedKeyFile(bytes)
  if (text?.trimStart().startsWith('{')) return /"(d|k)"\s*:/.test(text)
  const der = Buffer.from(bytes)
  const isKey = DER_TYPES.some((type) => isMade(() => createPrivateKey({ key: der, format: 'der', type })))
  der.fill(0)
  const two = readPkcs8(bytes)
  two?.bare.fill(0)
  return !isEncryptedKeyFile(bytes) && (isKey || two !== undefined)
}

/** KEY-FILE: it can be opened in seconds. */
export function checkWork(bytes: Uint8Array, wanted: WantedKey): void {
  const file = encryptedPart(bytes)
  const encryption = file && encryptionOf(file)
  const why = encryption && tooMuchWork(encryption)
  if (why !== undefined) throw no(wanted, `is encrypted ${why}`, encryption?.scrypt ? BY_OWNER : encryptedAnew(wanted))
}

/** EncryptedPrivateKeyInfo, DER; undefined where there is none. */
function encryptedPart(bytes: Uint8Array): Uint8Array | undefined {
  const text = textIn(bytes)
  if (!text?.includes('-----BEGIN')) return ENCRYPTED_DER.test(toHex(bytes.subarray(0, 40))) ? bytes : undefined
  const [, base64] = /-----BEGIN ENCRYPTED PRIVATE KEY-----([^-]*)-----END/.exec(text) ?? []
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64')
}

/** EncryptedPrivateKeyInfo (RFC 5958): algorithms of PKCS#5 and PKCS#12, where a PrivateKeyInfo has a number. */
const ENCRYPTED_DER = /^30(..|81..|82....)30(..|81..)06..2a864886f70d01(05|0c)/

const PRIVATE = /^(ENCRYPTED |RSA |EC )?PRIVATE KEY$/

/** What stands in PEM files that are no private key, and what to do about it. */
const OTHERS: readonly (readonly [label: RegExp, what: string, hint?: (path: string) => Hint])[] = [
  [
    /^OPENSSH PRIVATE KEY$/,
    'is a private key of OpenSSH',
    (path) => to('in a copy of it', sh('ssh-keygen', '-p', '-m', 'PKCS8', '-f', path)),
  ],
  [/PUBLIC KEY$/, 'holds a public key, and no private one'],
  [/^CERTIFICATE REQUEST$/, 'holds a certificate request, and no key'],
  [/^(TRUSTED |X509 )?CERTIFICATE$/, 'holds a certificate, and no key'],
  [/^DSA PRIVATE KEY$/, 'is a DSA key, which no key here can be'],
  [/^PGP /, 'is of OpenPGP'],
  [/^AGE /, 'is an age file'],
]

/** Certificates and parameters may stand beside the key, as openssl writes them. */
function fromPem(text: string, wanted: WantedKey): KeyInFile {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)]
  const keys = blocks.filter(({ 1: label = '' }) => PRIVATE.test(label))
  if (keys.length > 1)
    throw no(wanted, `holds ${keys.length} private keys`, 'put the one that is to come into a file of its own')
  const [key] = keys
  if (key) return opened(key[0], 'pem', wanted)
  const labels = blocks.map(({ 1: label = '' }) => label)
  const [, what, hint] = OTHERS.find(([pattern]) => labels.some((label) => pattern.test(label))) ?? []
  throw no(wanted, what ?? 'holds no private key that is whole', hint?.(wanted.path))
}

/** DER: the key, and nothing behind it. */
function fromDer(bytes: Uint8Array, wanted: WantedKey): KeyInFile {
  if (bytes[0] !== 0x30 || derLength(bytes) !== bytes.length)
    throw no(wanted, 'is no key file, or not all of one', secretHint(bytes))
  if (/^30(..|8[1-4](..){1,4}?)020103/.test(toHex(bytes.subarray(0, 12))))
    throw no(
      wanted,
      'is PKCS#12',
      to('take the key out of it first', sh('openssl', 'pkcs12', '-nocerts', '-in', wanted.path, '-out', 'key.pem')),
    )
  if (isPublic(bytes)) throw no(wanted, 'holds a public key, and no private one')
  return opened(bytes, 'der', wanted)
}

/** Of the whole, by what its first bytes say. */
function derLength(bytes: Uint8Array): number | undefined {
  const first = bytes[1] ?? 0
  if (first < 0x80) return 2 + first
  const more = first & 0x7f
  return more > 4 ? undefined : bytes.subarray(2, 2 + more).reduce((sum, byte) => sum * 256 + byte, 0) + 2 + more
}

function isPublic(bytes: Uint8Array): boolean {
  const der = Buffer.from(bytes)
  return [() => createPublicKey({ key: der, format: 'der', type: 'spki' }), () => new X509Certificate(der)].some(isMade)
}

/** Of bare bytes nobody can tell whether they are a key. */
const secretHint = (bytes: Uint8Array): Hint =>
  bytes.length <= 130 ? 'a secret key comes as a JWK: {"kty":"oct","k":"..."}, with its bytes in base64url' : TAKEN

const DER_TYPES = ['pkcs8', 'pkcs1', 'sec1'] as const

/** KEY-NUMBERS: of PKCS#8 that has a public key too, that one belongs to it. */
function opened(key: string | Uint8Array, format: 'pem' | 'der', wanted: WantedKey): KeyInFile {
  const bytes = typeof key === 'string' ? derInPem(key) : key
  const two = readPkcs8(bytes)
  if (bytes !== key) bytes.fill(0)
  if (!two) return byNode(key, format, wanted)
  const pair = pairOf(madeOf(two.bare, 'der', wanted), wanted)
  two.bare.fill(0)
  if (two.publicKey === undefined || isPublicKeyOf(two.publicKey, pair.spki!)) return pair
  pair.value[Symbol.dispose]()
  throw notSound(wanted, 'the public key that is written beside it is another')
}

/** What node does not open may be of version 2 under its passphrase. */
function byNode(key: string | Uint8Array, format: 'pem' | 'der', wanted: WantedKey): KeyInFile {
  const { passphrase, ...bare } = wanted
  try {
    return pairOf(madeOf(key, format, wanted), wanted)
  } catch (error) {
    const file = encryptedPart(typeof key === 'string' ? Buffer.from(key) : key)
    const inner = passphrase && file && isWrongPassphrase(error) ? openedByPassphrase(file, passphrase) : undefined
    if (inner === undefined) throw error
    try {
      if (readPkcs8(inner) === undefined) throw error
      return opened(inner, 'der', bare)
    } finally {
      inner.fill(0)
    }
  }
}

const isWrongPassphrase = (error: unknown): boolean => error instanceof KeyriteError && error.code === 'KEY-PASSPHRASE'

const derInPem = (pem: string): Uint8Array => Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64')

function madeOf(key: string | Uint8Array, format: 'pem' | 'der', wanted: WantedKey): KeyObject {
  const { passphrase } = wanted
  const given = {
    key: Buffer.from(key as Uint8Array),
    format,
    ...(passphrase ? { passphrase: Buffer.from(passphrase) } : {}),
  }
  const types = format === 'pem' ? [undefined] : DER_TYPES
  let first: unknown
  try {
    for (const type of types)
      try {
        return createPrivateKey({ ...given, ...(type ? { type } : {}) })
      } catch (error) {
        first ??= error
      }
  } finally {
    given.key.fill(0)
    given.passphrase?.fill(0)
  }
  throw notOpened(first, key, wanted)
}

/** What OpenSSL says of it is not told: nobody knows what stands in it. */
function notOpened(error: unknown, key: string | Uint8Array, wanted: WantedKey) {
  const { path, passphrase } = wanted
  const { code = '', message } = error as { code?: string; message: string }
  if (passphrase === undefined)
    return no(wanted, 'holds no private key that is whole, or one of a kind that is not known here')
  if (/memory limit/.test(message))
    return no(wanted, 'is encrypted by scrypt with more memory than node takes', BY_OWNER)
  if (/^ERR_OSSL_EVP_(UN|CIPHER)/.test(code)) return unknownWay(encryptedPart(Buffer.from(key as Uint8Array)), wanted)
  return refused('KEY-PASSPHRASE', `the passphrase does not open ${quoted(path)}`)
}

/** `file` is absent of PEM that is encrypted as openssl did before PKCS#8. */
function unknownWay(file: Uint8Array | undefined, wanted: WantedKey) {
  const { names, isLegacy } = file ? encryptionOf(file) : { names: ['DES or RC2'], isLegacy: true }
  return no(
    wanted,
    `is encrypted by ${listed(names)}, which node does not open`,
    isLegacy ? encryptedAnew(wanted, '-provider', 'legacy', '-provider', 'default') : BY_OWNER,
  )
}

const encryptedAnew = ({ path }: WantedKey, ...options: string[]) =>
  to('encrypt it anew', sh('openssl', 'pkcs8', ...options, '-in', path, '-topk8', '-out', 'key.pem'))
const BY_OWNER = to(
  'have its owner encrypt it anew',
  sh('openssl', 'pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-in', 'KEY', '-out', 'key.pem'),
)
