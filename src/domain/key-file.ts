// A key in a file that others made: PKCS#8, PKCS#1 or SEC 1 as PEM or DER, or a JWK. What it is not is called by its name, and how to make it one that is taken.
// The numbers are in texts of node's meanwhile, which nobody can wipe: they go when the process ends.
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { textIn, toHex } from './encoding.ts'
import { refused } from './errors.ts'
import { add, type Hint, sh, to } from './hints.ts'
import { KEY_BLOCK } from './key-block.ts'
import { isMade, type KeyInFile, no, pairOf, TAKEN, type WantedKey } from './key-in-file.ts'
import { fromJwk } from './key-jwk.ts'
import { quoted } from './names.ts'

/** KEY-FILE, KEY-PASSPHRASE, KEY-NUMBERS, KEY-WEAK: one whole key, whose numbers belong together. */
export function readKeyFile(bytes: Uint8Array, wanted: WantedKey): KeyInFile {
  if (isEncryptedKeyFile(bytes) && wanted.passphrase === undefined)
    throw refused('KEY-PASSPHRASE', `${quoted(wanted.path)} is encrypted, and no passphrase was given`)
  const text = textIn(bytes)
  if (text?.trimStart().startsWith('{')) return fromJwk(text, wanted)
  if (text?.includes('-----BEGIN')) return pairOf(fromPem(text, wanted), wanted)
  if (text !== undefined && KEY_BLOCK.test(text))
    throw no(
      wanted,
      'is a key block: its key is encrypted for whoever has the key that protects it',
      to('where the token has that one', add('--under', 'NAME')),
    )
  return pairOf(fromDer(bytes, wanted), wanted)
}

/** Whether somebody has to be asked for a passphrase. */
export function isEncryptedKeyFile(bytes: Uint8Array): boolean {
  const text = textIn(bytes)
  if (text?.includes('-----BEGIN')) return /-----BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)
  return ENCRYPTED_DER.test(toHex(bytes.subarray(0, 40)))
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
function fromPem(text: string, wanted: WantedKey): KeyObject {
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
function fromDer(bytes: Uint8Array, wanted: WantedKey): KeyObject {
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

function opened(key: string | Uint8Array, format: 'pem' | 'der', wanted: WantedKey): KeyObject {
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
  throw notOpened(first, wanted)
}

/** What OpenSSL says of it is not told: nobody knows what stands in it. */
function notOpened(error: unknown, wanted: WantedKey) {
  const { path, passphrase } = wanted
  if (/memory limit/.test((error as Error).message)) {
    const again = to('encrypt it anew', sh('openssl', 'pkcs8', '-topk8', '-in', path, '-out', 'key.pem'))
    return no(wanted, 'is encrypted by scrypt with more memory than node takes', again)
  }
  if (passphrase && (error as { code?: string }).code === 'ERR_OSSL_EVP_UNSUPPORTED')
    return no(wanted, 'is encrypted in a way that node does not open, such as by DES or RC2', [
      to(
        'encrypt it anew',
        sh('openssl', 'pkcs8', '-provider', 'legacy', '-provider', 'default', '-in', path, '-topk8', '-out', 'key.pem'),
      ),
    ])
  if (passphrase) return refused('KEY-PASSPHRASE', `the passphrase does not open ${quoted(path)}`)
  return no(wanted, 'holds no private key that is whole, or one of a kind that is not known here')
}
