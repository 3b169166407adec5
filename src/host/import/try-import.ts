// Whether a key could come in by way of a transport key, and with which hash: found with a pair that is worth nothing, without a login.
import { randomBytes } from 'node:crypto'
import type { ImportTry, TransportHash } from '../../hsm/port.ts'
import { type Wrap, wrapsOf } from '../backup/wraps.ts'
import { Dialect } from '../keys/dialects.ts'
import { CheckValues } from '../keys/fingerprint.ts'
import { lookAt } from '../keys/objects.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKA, CKK, CKM, CKO } from '../native/constants.ts'
import type { Native } from '../native/native.ts'
import { withSession } from '../native/sessions.ts'
import type { Template } from '../native/values.ts'
import { ability } from '../probe/probe-try.ts'
import { PASSING, Scratch } from '../probe/scratch.ts'
import { slotAt } from '../tokens.ts'
import { rulerOf } from './length.ts'
import { opensOaep } from './transport.ts'

/** By preference: SHA-1 is no weakness in OAEP, and others wonder at it. */
const HASHES: readonly TransportHash[] = ['sha256', 'sha1']

export function tryImport(lib: Native, id: number): ImportTry {
  const slot = slotAt(lib, id)
  const mechanisms = new Set(lib.mechanisms(slot))
  return withSession(lib, slot, (session) => {
    using scratch = new Scratch(lib, session)
    const found: { hash?: TransportHash } = {}
    let wraps: Wrap[] = []
    const can = ability(() => {
      wraps = wrapsOf(scratch, mechanisms)
      if (!wraps.some(({ kind }) => kind.name === 'kwp')) return 'it has no AES key wrap with padding (RFC 5649)'
      const { privateKey, spki } = newPair(scratch)
      const place = { lib, session, dialect: new Dialect(), checkValues: new CheckValues(lib, mechanisms) }
      const tried = HASHES.map((hash) => ({
        hash,
        can: ability(() => (opensOaep({ ...place, isPrivate: false }, privateKey, spki, hash) ? undefined : OTHER)),
      }))
      const first = tried.find((one) => one.can === true)
      if (first) found.hash = first.hash
      return first ? undefined : tried.map((one) => `${one.hash}: ${(one.can as { lacks: string }).lacks}`).join('; ')
    })
    const lengths = ability(() => (rulerOf(scratch, wraps, MEASURED) ? undefined : FILLS_UP))
    return { can, lengths, ...found }
  })
}

/** Bytes of the key by which that is found. */
const MEASURED = 32
const FILLS_UP = 'nothing on the token tells a key from one that lacks its last bytes'
const OTHER = 'what is wrapped for it by RSA-OAEP opens as something else'

function newPair(scratch: Scratch) {
  const { lib, session } = scratch
  const id: Template = [[CKA.ID, randomBytes(16)]]
  const publicHalf: Template = [
    ...id,
    ...flagsTemplate({ ...PASSING, VERIFY: false, ENCRYPT: false, WRAP: false }),
    [CKA.MODULUS_BITS, 2048],
    [CKA.PUBLIC_EXPONENT, Buffer.from([1, 0, 1])],
  ]
  const privateHalf: Template = [
    ...id,
    ...flagsTemplate({ ...PASSING, SENSITIVE: true, EXTRACTABLE: false, SIGN: false, DECRYPT: false, UNWRAP: true }),
  ]
  const made = lib.generateKeyPair(session, CKM.RSA_PKCS_KEY_PAIR_GEN, publicHalf, privateHalf)
  scratch.keep(made.publicKey)
  scratch.keep(made.privateKey)
  const { spki } = lookAt(lib, session, made.publicKey, CKO.PUBLIC_KEY, CKK.RSA)
  return { privateKey: made.privateKey, spki: spki ?? new Uint8Array() }
}
