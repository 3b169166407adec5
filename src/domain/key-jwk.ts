// A key in a JWK (RFC 7517, RFC 7518, RFC 8037). Its numbers are held against what node made of them.
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import * as v from 'valibot'
import { refused } from './errors.ts'
import { add } from './hints.ts'
import { asWanted, isMade, type KeyInFile, no, pairOf, type SaidOfUse, type WantedKey } from './key-in-file.ts'
import { type KeyType, secretLength } from './keys.ts'
import { quoted } from './names.ts'
import { Secret } from './secret.ts'
import { wrongSecret } from './weak-secrets.ts'
import { parseWritten } from './written.ts'

const NUMBERS = ['k', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'x', 'y'] as const

export function fromJwk(text: string, wanted: WantedKey): KeyInFile {
  const jwk = jwkIn(text, wanted)
  const says = saidIn(jwk, wanted)
  return { ...keyIn(jwk, wanted), says }
}

const Said = v.object({
  use: v.optional(v.string()),
  key_ops: v.optional(v.array(v.string())),
  alg: v.optional(v.string()),
  ext: v.optional(v.boolean()),
})

function saidIn(jwk: object, wanted: WantedKey): SaidOfUse {
  const { success, output, issues } = v.safeParse(Said, jwk)
  if (!success) throw no(wanted, `is a JWK whose ${v.getDotPath(issues[0])} says nothing that is known here`)
  const { key_ops: keyOps, ...rest } = output
  return { ...rest, ...(keyOps ? { keyOps } : {}) } as SaidOfUse
}

function keyIn(jwk: JsonWebKey & { k?: unknown }, wanted: WantedKey): KeyInFile {
  const bent = NUMBERS.find((name) => jwk[name] !== undefined && !isBase64url(jwk[name]))
  if (bent) throw no(wanted, `is a JWK whose ${bent} is not base64url`)
  if (jwk.kty === 'oct') return secretOf(jwk, wanted)
  if (jwk.d === undefined) throw no(wanted, 'is a JWK of a public key, and has no private one')
  if (jwk.oth !== undefined) throw no(wanted, 'is a JWK of more than two primes, which no key here can be')
  return pairOf(madeOf(jwk, wanted), wanted, jwk)
}

/** What JSON.parse says of a text has some of it. */
function jwkIn(text: string, wanted: WantedKey): JsonWebKey & { k?: unknown } {
  if (!isMade(() => JSON.parse(text))) throw no(wanted, 'begins as JSON, and is none')
  const value = parsedOnce(text, wanted)
  if ('keys' in value) throw no(wanted, 'is a set of JWKs', 'put the one that is to come into a file of its own')
  if ('ciphertext' in value) throw no(wanted, 'is a JWE, and has to be opened first')
  if (typeof value.kty !== 'string') throw no(wanted, 'is JSON, and no JWK')
  return value as JsonWebKey
}

function parsedOnce(text: string, wanted: WantedKey): { [name: string]: unknown } {
  try {
    return parseWritten(text) as { [name: string]: unknown }
  } catch {
    throw no(wanted, 'is a JWK in which a member stands twice')
  }
}

const isBase64url = (value: unknown): boolean =>
  typeof value === 'string' && value !== '' && Buffer.from(value, 'base64url').toString('base64url') === value

function madeOf(key: JsonWebKey, wanted: WantedKey): KeyObject {
  try {
    return createPrivateKey({ key, format: 'jwk' })
  } catch {
    throw no(wanted, 'is a JWK that is not whole, or of a kind that is not known here')
  }
}

/** KEY-WEAK. */
function secretOf({ k, alg }: JsonWebKey & { k?: unknown }, wanted: WantedKey): KeyInFile {
  if (typeof k !== 'string') throw no(wanted, 'is a JWK of a secret key, and has none')
  const named = typeNamed(alg)
  const type = named === undefined ? wanted.type : asWanted(named, wanted)
  if (type === undefined) throw no(wanted, 'does not say what kind of secret key it holds', add('--type', 'TYPE'))
  if (secretLength(type) === undefined)
    throw no(wanted, `holds a secret key, and --type is ${type}`, add('--type', 'TYPE'))
  const decoded = Buffer.from(k, 'base64url')
  const value = new Secret(Uint8Array.from(decoded))
  decoded.fill(0)
  const wrong = wrongSecret(type, value.reveal())
  if (wrong === undefined) return { type, value }
  value[Symbol.dispose]()
  throw refused(
    'KEY-WEAK',
    `the key in ${quoted(wanted.path)} is not taken: ${wrong}`,
    'have its owner make another one',
  )
}

/** RFC 7518: algorithms that are of one kind of key. */
function typeNamed(alg: unknown): KeyType | undefined {
  const [, aes, hash] = String(alg).match(/^(?:A(128|192|256)(?:GCM|KW|GCMKW)|HS(256|384|512))$/) ?? []
  if (aes !== undefined) return `aes-${aes}` as KeyType
  return hash === undefined ? undefined : (`hmac-sha${hash}` as KeyType)
}
