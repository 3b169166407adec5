// What keys go out under: objects of one session that the SO makes and trusts. The AES key that wraps each is made by the token and is never
// outside of it in the clear, or, where its RSA can't take that key as it has to be, here, as the backup KEK is.
import { constants, publicEncrypt, randomBytes } from 'node:crypto'
import { flagDifferences } from '../../domain/as-asked.ts'
import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import { publicKeyOf } from '../../domain/public-keys.ts'
import type { TokenAddress } from '../../domain/token-address.ts'
import type { ExportRequest } from '../../hsm/port.ts'
import { createSecret, oaepBy } from '../backup/bring-secret.ts'
import { asSo, WRAPS } from '../backup/kek.ts'
import { knownWraps, kwpAmong } from '../backup/wraps.ts'
import type { Device } from '../device.ts'
import { destroyObject } from '../keys/destroy.ts'
import { Dialect } from '../keys/dialects.ts'
import { checkSaid, type Identity } from '../keys/identity.ts'
import type { Place } from '../keys/key-index.ts'
import { limited, saysLimit } from '../keys/limits.ts'
import { wanted } from '../keys/object-kinds.ts'
import { seenIn } from '../keys/objects.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKA, CKK, CKM, CKO } from '../native/constants.ts'
import { keptSession } from '../native/sessions.ts'
import { publicTemplate } from '../native/spki.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import type { WirePin } from '../pin.ts'
import { type Between, type Carrier, logIn, User } from '../user.ts'

const LABEL: Identity = [[CKA.LABEL, 'keyrite/export']]
/** It goes out under a trusted key alone: whoever is logged in meanwhile can't take it out under a key of his own. */
const BETWEEN: Flags = { ...WRAPS, EXTRACTABLE: true, WRAP_WITH_TRUSTED: true }
const PUBLIC: Flags = {
  TOKEN: false,
  PRIVATE: false,
  TRUSTED: true,
  WRAP: true,
  ENCRYPT: false,
  VERIFY: false,
  MODIFIABLE: false,
  COPYABLE: false,
}

/** The SO makes what wraps, and logs out; the user logs in on the same session. Closing it ends them. */
export function loginToExport(
  device: Device,
  address: TokenAddress,
  so: WirePin,
  user: WirePin,
  request: ExportRequest,
): User {
  const { lib } = device
  const { slot, token } = device.find(address)
  const [soPin, userPin] = [so, user].map((pin) => device.pinAsEver(pin, token, address)) as [string, string]
  const mechanisms = lib.mechanisms(slot)
  const kwp =
    request.scheme === 'oaep'
      ? undefined
      : kwpAmong(knownWraps(lib, slot, address.profile, new Set(mechanisms))).mechanism
  let carrier: Carrier | undefined
  const session = keptSession(lib, slot, (opened) => {
    const place = { lib, session: opened }
    carrier = asSo(place, soPin, () => makeCarrier(place, request, kwp))
    if (carrier === undefined)
      throw deviceFailed('MECHANISM', 'the token knows no SO, who alone could make what wraps a key that goes out')
    logIn(lib, opened, userPin, user.form)
  })
  const entered = new User(device, slot, session, undefined, mechanisms, address.profile)
  entered.carrier = carrier
  return entered
}

function makeCarrier(place: Place, { hash, spki, count, ephemeral }: ExportRequest, kwp: number | undefined): Carrier {
  const oaep = oaepBy(hash)
  const wrapping = publicKey(place, spki, oaep.mechanism)
  if (kwp === undefined) return { oaep, wrapping, gone: 0 }
  const limit = { mechanism: kwp }
  const make = ephemeral ? () => madeHere(place, limit, spki, hash) : betweenMaker(place, limit)
  return { oaep, wrapping, gone: 0, between: { kwp, keys: Array.from({ length: count }, make) } }
}

/** EXPORT-AS-ASKED: the very key that was approved. */
function publicKey(place: Place, spki: Uint8Array, mechanism: number): ObjectHandle {
  const { lib, session } = place
  const kind: Template = [[CKA.CLASS, CKO.PUBLIC_KEY], [CKA.KEY_TYPE, CKK.RSA], ...LABEL]
  const numbers = publicTemplate('rsa-2048', spki, 'der')
  const template = [...kind, ...flagsTemplate(PUBLIC), ...numbers, ...limited(place, mechanism)]
  const object = new Dialect().try('create', (fit) => lib.create(session, fit(template)))
  const seen = lib.read(
    session,
    object,
    numbers.map(([type]) => type),
  )
  const wrong = numbers
    .filter(([type, value]) => !seen.get(type)?.equals(Buffer.from(value as Uint8Array)))
    .map(() => 'the number')
  checkMade(place, object, 'the wrapping key', PUBLIC, CKO.PUBLIC_KEY, { mechanism }, wrong)
  return object
}

/** They differ by their value alone: what the first showed of the token holds for the others. */
function betweenMaker(place: Place, limit: Limit): () => Between {
  const { lib, session } = place
  const template = [...betweenTemplate(place, BETWEEN, limit.mechanism), [CKA.VALUE_LEN, 32] as const]
  const dialect = new Dialect()
  return () => {
    const key = dialect.try('generate', (fit) => lib.generateKey(session, CKM.AES_KEY_GEN, fit(template)))
    checkMade(place, key, 'the key that wraps', BETWEEN, CKO.SECRET_KEY, limit)
    return { key }
  }
}

const betweenTemplate = (place: Place, flags: Flags, kwp: number): Template => [
  [CKA.CLASS, CKO.SECRET_KEY],
  [CKA.KEY_TYPE, CKK.AES],
  ...LABEL,
  ...flagsTemplate(flags),
  ...limited(place, kwp),
]

/** In memory here for as long as it takes: then the other side alone can open what has left, and the token wraps with it. */
function madeHere(place: Place, limit: Limit, spki: Uint8Array, oaepHash: string): Between {
  const value = randomBytes(32)
  try {
    const other = publicKeyOf(spki)
    const sealed = publicEncrypt({ key: other, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, value)
    const key = createSecret(place, new Dialect(), betweenTemplate(place, WRAPS, limit.mechanism), value)
    checkMade(place, key, 'the key that wraps', WRAPS, CKO.SECRET_KEY, limit)
    return { key, sealed: Uint8Array.from(sealed) }
  } finally {
    value.fill(0)
  }
}

/** By which mechanism alone an object may wrap. `isTold`: whether the token says so of its objects, once one was asked. */
interface Limit {
  mechanism: number
  isTold?: boolean
  /** All that one said that was looked through, the limit too: another that says the very same is as it was asked as well. */
  right?: ReadonlyMap<number, Buffer>
}

const saysTheSame = (read: ReadonlyMap<number, Buffer>, right: ReadonlyMap<number, Buffer>): boolean =>
  read.size === right.size && [...read].every(([type, value]) => right.get(type)?.equals(value))

/** EXPORT-AS-ASKED: it is of this session alone, and wraps by this mechanism alone where the token knows such a limit. What is not goes at once. */
function checkMade(
  place: Place,
  object: ObjectHandle,
  what: string,
  flags: Flags,
  objectClass: number,
  limit: Limit,
  others: readonly string[] = [],
): void {
  const { lib, session } = place
  const keyType = objectClass === CKO.PUBLIC_KEY ? CKK.RSA : CKK.AES
  // One call tells all of it, once the token is known to tell the last.
  const read = lib.read(session, object, [
    ...wanted(objectClass, keyType),
    ...(limit.isTold ? [CKA.ALLOWED_MECHANISMS] : []),
  ])
  if (limit.right && saysTheSame(read, limit.right)) return
  checkSaid(place, object, LABEL, read)
  const told = (limit.isTold ? read : lib.read(session, object, [CKA.ALLOWED_MECHANISMS])).get(CKA.ALLOWED_MECHANISMS)
  const isLimited = limit.isTold && told === undefined ? false : saysLimit(told, session, limit.mechanism)
  limit.isTold ??= told !== undefined
  const { attributes } = seenIn(read, object, objectClass)
  const wrong = [...others, ...flagDifferences(flags, attributes), ...(isLimited ? [] : ['ALLOWED_MECHANISMS'])]
  if (wrong.length === 0) {
    if (read.has(CKA.ALLOWED_MECHANISMS)) limit.right = read
    return
  }
  destroyObject(place, object, LABEL)
  throw deviceFailed(
    'EXPORT-AS-ASKED',
    `the token said CKR_OK, but of ${what} ${wrong.join(', ')} is not as it was asked`,
  )
}
