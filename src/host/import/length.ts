// How long a key is that came to the token: few tokens say so, and what they make of the key under another one tells. An HMAC key is one of any length.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { deviceFailed, notVerified } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import { classOf, type KeyType } from '../../domain/keys.ts'
import type { ComingKey } from '../../hsm/port.ts'
import { oaepBy } from '../backup/bring-secret.ts'
import { type Wrap, wrapBy } from '../backup/wraps.ts'
import { macOf } from '../keys/fingerprint.ts'
import type { Place } from '../keys/key-index.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKR, isCkr, isRefused } from '../native/ckr.ts'
import { CKA, CKK, CKO } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import { publicTemplate } from '../native/spki.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import { Scratch } from '../probe/scratch.ts'

export const COMPARE =
  'compare it with what its sender says; the request is still open, and what is sent once more comes in by it'

const wrongLength = ({ label, type }: ComingKey) =>
  notVerified('IMPORT-LENGTH', `what came for ${label} has another length than ${type}`, COMPARE)

/** IMPORT-LENGTH: tokens take a key of any length, and refuse to work with it, or make longer signatures by it. */
export function measured<T>(key: ComingKey, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (isRefused(error) || isCkr(error, CKR.BUFFER_TOO_SMALL)) throw wrongLength(key)
    throw error
  }
}

/** AES has three lengths, and a wrap with padding tells them apart; what it hides are up to 7 bytes at the end. */
export const isOfAnyLength = (type: KeyType): boolean => classOf(type) === 'secret' && macOf(type) !== undefined

/** IMPORT-LENGTH, MECHANISM. `blob`: bytes that came under an AES key by `kwp`; undefined of what came directly. */
export function checkLength(
  place: Place,
  [kwp, ...wraps]: readonly [Wrap, ...Wrap[]],
  key: ComingKey,
  object: ObjectHandle,
  blob: number | undefined,
): void {
  const length = KINDS[key.type].length!
  using scratch = new Scratch(place.lib, place.session, { TOKEN: false, PRIVATE: true })
  const found = blob ?? measured(key, () => lengthUnder(scratch, kwp, object))
  if (found !== kwp.kind.blobLength(length)) throw wrongLength(key)
  if (!isOfAnyLength(key.type)) return
  const isWhole = rulerOf(scratch, wraps, length)
  if (isWhole === undefined)
    throw deviceFailed('MECHANISM', `the token can't tell whether ${key.label} is as long as ${key.type}`, OTHER_WAY)
  if (!isWhole(object)) throw wrongLength(key)
}

const OTHER_WAY = to('have it sent in components', keyrite('key', 'import', '--help'))

function lengthUnder(scratch: Scratch, wrap: Wrap, object: ObjectHandle): number {
  const kek = scratch.newKey({ WRAP: true, SENSITIVE: true, EXTRACTABLE: false })
  return wrapBy(scratch, wrap, kek, object).length
}

/** What the token answers when it wraps a key in some way: how long that is, or why not (below 0). */
type Ruler = (object: ObjectHandle) => number

/**
 * Whether a key has all its bytes, of one that may lack some at its end: the first way that tells keys of the one length from those of the other, found with keys that are
 * worth nothing, since many tokens fill up what they wrap. Undefined where none does.
 */
export function rulerOf(
  scratch: Scratch,
  wraps: readonly Wrap[],
  length: number,
): ((object: ObjectHandle) => boolean) | undefined {
  const known = (bytes: number) => scratch.secret(randomBytes(bytes), { EXTRACTABLE: true, SENSITIVE: false })
  const [whole, short] = [known(length), known(length - 1)]
  for (const ruler of [...wraps.map((wrap) => byWrap(scratch, wrap)), byModulus(scratch, length)]) {
    const asWhole = ruler(whole)
    if (asWhole !== ruler(short)) return (object) => ruler(object) === asWhole
  }
  return undefined
}

const byWrap =
  (scratch: Scratch, wrap: Wrap): Ruler =>
  (object) =>
    orRefused(() => lengthUnder(scratch, wrap, object))

/** RSA-OAEP takes what is no longer than its modulus lets it be: a key that is whole does not fit, and never leaves the token. */
function byModulus(scratch: Scratch, length: number): Ruler {
  const { lib, session } = scratch
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: (length - 1 + OAEP_SHA1) * 8 })
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const kind: Template = [
    [CKA.CLASS, CKO.PUBLIC_KEY],
    [CKA.KEY_TYPE, CKK.RSA],
  ]
  const flags = flagsTemplate({ ...scratch.flags, PRIVATE: false, WRAP: true })
  const template = [...kind, ...flags, ...publicTemplate('rsa-2048', spki, 'der')]
  return (object) =>
    orRefused(() => {
      const wrapping = scratch.keep(lib.create(session, template))
      return lib.wrap(session, oaepBy('sha1'), wrapping, object).length
    })
}

/** Bytes that OAEP with SHA-1 adds (RFC 8017, 7.1.1). */
const OAEP_SHA1 = 42

function orRefused(work: () => number): number {
  try {
    return work()
  } catch (error) {
    if (isRefused(error)) return -error.number
    throw error
  }
}
