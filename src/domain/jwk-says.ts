// What a JWK says of its own use (RFC 7517, 4.2 to 4.4; `ext` of the Web Cryptography API), held against what the key is to be here.

import { add, type Hint } from './hints.ts'
import { no, type SaidOfUse } from './key-in-file.ts'
import { classOf, inOrder, type KeyType, possibleUsages, type Usage } from './keys.ts'
import { quoted } from './names.ts'

interface Meant {
  type: KeyType
  usage: readonly Usage[]
  /** It can be taken out of the token again. */
  backup: boolean
}

const OPERATIONS: { readonly [name: string]: Usage } = {
  sign: 'sign',
  verify: 'verify',
  encrypt: 'encrypt',
  decrypt: 'decrypt',
  wrapKey: 'wrap',
  unwrapKey: 'unwrap',
  deriveKey: 'derive',
  deriveBits: 'derive',
}
const SIGNS: readonly Usage[] = ['sign', 'verify']
const CIPHERS: readonly Usage[] = ['encrypt', 'decrypt']
const WRAPS: readonly Usage[] = ['wrap', 'unwrap']
const USES: { readonly [use: string]: readonly Usage[] } = { sig: SIGNS, enc: [...CIPHERS, ...WRAPS, 'derive'] }

/** RFC 7518, 3.1, 4.1 and 5.1, RFC 8037 and RFC 9864: of which types a key for it is, and what it does. Of others nothing is known. */
const ALGORITHMS: readonly (readonly [alg: RegExp, type: RegExp, usage: readonly Usage[]])[] = [
  [/^HS\d+$/, /^hmac/, SIGNS],
  [/^A\d+GCM$/, /^aes/, CIPHERS],
  [/^A\d+(GCM)?KW$/, /^aes/, WRAPS],
  [/^A\d+CBC-HS\d+$/, /^$/, []],
  [/^(RS|PS)\d+$/, /^rsa/, SIGNS],
  [/^RSA(1_5|-OAEP.*)$/, /^rsa/, [...CIPHERS, ...WRAPS]],
  [/^ES256$/, /^ec-p256$/, SIGNS],
  [/^ES384$/, /^ec-p384$/, SIGNS],
  [/^ES512$/, /^ec-p521$/, SIGNS],
  [/^(EdDSA|Ed25519)$/, /^ed25519$/, SIGNS],
  [/^ECDH-ES/, /^ec-/, ['derive']],
]

/** What a private or secret key does; the rest of a pair is done by its public half. */
const PRIVATE: readonly Usage[] = ['sign', 'decrypt', 'unwrap', 'derive']

/** KEY-FILE: what its owner wrote into the file does not speak against it. */
export function checkSaid({ use, keyOps, alg, ext }: SaidOfUse, meant: Meant, path: string): void {
  const known = ALGORITHMS.find(([pattern]) => alg !== undefined && pattern.test(alg))
  const { type, backup } = meant
  if (known && !known[1].test(type)) throw no({ path }, `is for ${alg} (alg), and would be of type ${type} here`, OTHER)
  checkUsage(alg, 'alg', known?.[2], meant, path)
  checkUsage(use, 'use', use === undefined ? undefined : USES[use], meant, path)
  const operations = keyOps?.flatMap((one) => OPERATIONS[one] ?? [])
  checkUsage(keyOps?.join(', '), 'key_ops', operations, meant, path)
  if (ext === false && backup)
    throw no({ path }, 'is not to be taken out again (ext), and would be backed up here', add('--no-backup'))
}

function checkUsage(
  said: string | undefined,
  member: string,
  allowed: readonly Usage[] | undefined,
  { type, usage }: Meant,
  path: string,
): void {
  if (said === undefined || allowed === undefined) return
  const own = classOf(type) === 'pair' ? usage.filter((one) => PRIVATE.includes(one)) : usage
  if (own.every((one) => allowed.includes(one))) return
  throw no(
    { path },
    `is for ${quoted(said)} (${member}), and would get the usage ${usage.join(', ')} here`,
    way(type, allowed),
  )
}

/** Never both halves of a way to lift keys out in the clear. */
function way(type: KeyType, allowed: readonly Usage[]): Hint {
  const possible = inOrder(allowed.filter((one) => possibleUsages(type).includes(one)))
  const some = possible.some((one) => CIPHERS.includes(one)) ? possible.filter((one) => !WRAPS.includes(one)) : possible
  return some.length === 0 ? OTHER : add('--usage', some.join(','))
}

const OTHER = 'ask its owner what it is for'
