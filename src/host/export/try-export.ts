// Whether a key could go out so, found by letting one out that is worth nothing, for a key pair of ours, and opening it: CKR_OK is no proof, and neither is a mechanism's name.
import { constants, generateKeyPairSync, type KeyObject, privateDecrypt, randomBytes } from 'node:crypto'
import type { ExportWay, OaepHash } from '../../domain/destinations.ts'
import type { ExportTry } from '../../hsm/port.ts'
import { oaepBy } from '../backup/bring-secret.ts'
import { kwp } from '../backup/kinds/kwp.ts'
import { wrapsOf } from '../backup/wraps.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKA, CKK, CKO } from '../native/constants.ts'
import type { Native } from '../native/native.ts'
import { withSession } from '../native/sessions.ts'
import { publicTemplate } from '../native/spki.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import { ability } from '../probe/probe-try.ts'
import { PASSING, Scratch } from '../probe/scratch.ts'
import { slotAt } from '../tokens.ts'

/** No whole blocks of 8 bytes: what a PKCS#8 is as a rule. */
const ODD = 20

export function tryExport(lib: Native, id: number, way: ExportWay, ephemeral = false): ExportTry {
  const slot = slotAt(lib, id)
  return withSession(lib, slot, (session) => {
    using scratch = new Scratch(lib, session)
    let pads = false
    const can = ability(() => {
      if (way.scheme === 'oaep') return direct(scratch, way.hash)
      const found = wrapsOf(scratch, new Set(lib.mechanisms(slot))).find(({ kind }) => kind.name === 'kwp')
      if (found === undefined) return 'it has no AES key wrap with padding (RFC 5649)'
      const between = ephemeral ? madeHere(scratch) : madeThere(scratch, way.hash)
      if (typeof between === 'string') return between
      const value = randomBytes(ODD)
      const opened = openedBy(
        between.value,
        lib.wrap(session, found.mechanism, between.key, scratch.secret(value, { EXTRACTABLE: true, SENSITIVE: false })),
      )
      pads = (opened?.length ?? 0) > ODD
      const isRight = opened?.subarray(0, ODD).equals(value) && opened.subarray(ODD).every((byte) => byte === 0)
      return isRight ? undefined : 'what it wrapped with AES opens as something else'
    })
    return { can, pads }
  })
}

interface Between {
  key: ObjectHandle
  value: Buffer
}

/** Of ours, and gone with this call: how it opens what was wrapped for it tells which OAEP that was. */
class Other {
  readonly #privateKey: KeyObject
  readonly object: ObjectHandle

  constructor(scratch: Scratch) {
    const { lib, session } = scratch
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    this.#privateKey = privateKey
    const spki = publicKey.export({ format: 'der', type: 'spki' })
    const kind: Template = [
      [CKA.CLASS, CKO.PUBLIC_KEY],
      [CKA.KEY_TYPE, CKK.RSA],
    ]
    const flags = flagsTemplate({ ...PASSING, WRAP: true })
    this.object = scratch.keep(lib.create(session, [...kind, ...flags, ...publicTemplate('rsa-2048', spki, 'der')]))
  }

  opened = (blob: Buffer, hash: OaepHash): Buffer | undefined => openedByOaep(this.#privateKey, blob, hash)
}

/** Undefined where it is not what was made so for this key. */
export function openedByOaep(key: KeyObject, blob: Buffer, oaepHash: OaepHash): Buffer | undefined {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, blob)
  } catch {
    return undefined
  }
}

const ANOTHER = 'what it wrapped by RSA-OAEP with that hash does not open so'

function direct(scratch: Scratch, hash: OaepHash): string | undefined {
  const { lib, session } = scratch
  const [other, value] = [new Other(scratch), randomBytes(32)]
  const key = scratch.createdKey(value, { EXTRACTABLE: true, SENSITIVE: false })
  const opened = other.opened(lib.wrap(session, oaepBy(hash), other.object, key), hash)
  return opened?.equals(value) ? undefined : ANOTHER
}

/** Made by the token, and taken out for the pair of ours. */
function madeThere(scratch: Scratch, hash: OaepHash): Between | string {
  const { lib, session } = scratch
  const other = new Other(scratch)
  const key = scratch.newKey({ WRAP: true, EXTRACTABLE: true, SENSITIVE: true })
  const value = other.opened(lib.wrap(session, oaepBy(hash), other.object, key), hash)
  return value?.length === 32 ? { key, value } : ANOTHER
}

function madeHere(scratch: Scratch): Between {
  const value = randomBytes(32)
  return { key: scratch.createdKey(value, { WRAP: true }), value }
}

function openedBy(key: Buffer, blob: Buffer): Buffer | undefined {
  try {
    return kwp.opened(key, blob, Buffer.alloc(0))
  } catch {
    return undefined
  }
}
