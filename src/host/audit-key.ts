// The audit key: a pair of its own on the token, which signs the ledger and can never leave the token.
import { deviceFailed, notVerified } from '../domain/errors.ts'
import { asKept, type Flags } from '../domain/keys.ts'
import { withLowS } from '../domain/public-keys.ts'
import { dropOpenHalves } from './keys/companions.ts'
import { destroyObject } from './keys/destroy.ts'
import { makePair } from './keys/generate-pair.ts'
import type { Seen } from './keys/objects.ts'
import { look } from './keys/objects.ts'
import { CKA, CKO, FLAG } from './native/constants.ts'
import type { Algorithm } from './native/signatures.ts'
import { isValid, SIGNING_KEY, sign } from './native/signatures.ts'
import type { Template } from './native/values.ts'
import type { User } from './user.ts'

export const LABEL = 'keyrite/audit'

const STAYS: Flags = { TOKEN: true, PRIVATE: true, MODIFIABLE: false, COPYABLE: false, DESTROYABLE: true }
const PRIVATE_HALF: Flags = {
  ...STAYS,
  SENSITIVE: true,
  EXTRACTABLE: false,
  DECRYPT: false,
  SIGN: true,
  UNWRAP: false,
  DERIVE: false,
}
const PUBLIC_HALF: Flags = { ...STAYS, ENCRYPT: false, VERIFY: true, WRAP: false }

export function generateAuditKey(user: User, id: Uint8Array, alg: Algorithm): Uint8Array {
  const attributes = asKept({ private: PRIVATE_HALF, public: PUBLIC_HALF }, user.lib.has('open-to-all'))
  const { facts } = makePair(user, { label: LABEL, id, type: SIGNING_KEY[alg], attributes })
  user.device.changed()
  return facts.spki!
}

/** Private objects alone: anyone can put a public look-alike there. */
const labelled = ({ lib, session }: User, more: Template = []): Seen[] =>
  lib.find(session, [[FLAG.PRIVATE, true], [CKA.LABEL, LABEL], ...more]).map((object) => look(lib, session, object))

const sameId = (a: Seen, b: Seen): boolean => Buffer.compare(a.id, b.id) === 0
const shows = (seen: Seen, spki: Uint8Array): boolean =>
  seen.spki !== undefined && Buffer.compare(seen.spki, spki) === 0

/** The private halves whose public half is this key. */
const holders = (objects: readonly Seen[], spki: Uint8Array): Seen[] => {
  const publics = objects.filter((seen) => shows(seen, spki))
  return objects.filter((seen) => seen.class === 'private' && publics.some((half) => sameId(half, seen)))
}

/** AUDIT-KEY: what the token signs must verify with the key that the ledger names. Of the two s of ES256 the lower one is given. */
export function signAudit(user: User, spki: Uint8Array, alg: Algorithm, data: Uint8Array): Uint8Array {
  const key = auditKey(user, spki)
  const made = sign(user.lib, user.session, key.object, alg, data)
  const signature = alg === 'ES256' && made.length === 64 ? withLowS(made) : made
  if (isValid(spki, alg, data, signature)) return signature
  user.auditKeys.clear()
  throw notVerified('AUDIT-KEY', 'a signature of the token does not verify with the audit key of the ledger')
}

/** A search goes through everything on the token: where a look at keys has, what that found besides them is asked first. */
const FEW = 8
function seenBeside(user: User, spki: Uint8Array): Seen[] {
  const { index, lib, session } = user
  if (index === undefined || index.others.length > FEW) return []
  const objects = index.others.map((object) => look(lib, session, object))
  return holders(
    objects.filter(({ label }) => label === LABEL),
    spki,
  )
}

/** Found once per session: a change signs several records. */
function auditKey(user: User, spki: Uint8Array): Seen {
  const name = Buffer.from(spki).toString('hex')
  const known = user.auditKeys.get(name)
  if (known !== undefined) return known
  const beside = seenBeside(user, spki)
  const found = beside.length > 0 ? beside : holders(labelled(user), spki)
  if (found.length === 0) throw missing(user, spki, 'the token does not hold the audit key of the ledger')
  if (found.length > 1) throw notVerified('AUDIT-KEY', `${found.length} private keys claim to be the audit key`)
  user.auditKeys.set(name, found[0]!)
  return found[0]!
}

/** SEARCH-WHOLE, AUDIT-KEY: what a search for each half alone shows was only left out by one for both. A search that ends before its first object tells nothing. */
function missing(user: User, spki: Uint8Array, text: string): Error {
  const halves = [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY].flatMap((half) => labelled(user, [[CKA.CLASS, half]]))
  if (holders(halves, spki).length === 0) return notVerified('AUDIT-KEY', text)
  const message =
    "the token's list of its objects lacks half of the audit key, which is there: its searches are cut short"
  return deviceFailed('SEARCH-WHOLE', message, 'no key is lost by that: have the library of the token looked at')
}

/** Everything labelled like the audit key, but for the pair that is to be kept. Says how many objects went. */
export function destroyStrayAuditKeys(user: User, keep?: Uint8Array): number {
  const objects = labelled(user).filter((seen) => seen.class === 'private' || seen.class === 'public')
  const kept = keep === undefined ? [] : objects.filter((seen) => shows(seen, keep))
  // Unless the one to keep is found, nobody can say which others are stray.
  if (keep !== undefined && kept.length === 0)
    throw missing(user, keep, 'the token does not hold the audit key to keep')
  const strays = objects.filter((seen) => !kept.some((half) => sameId(half, seen)))
  const halves = strays.map(({ id }) => dropOpenHalves(user, id))
  for (const { object } of strays) user.device.changing(() => destroyObject(user, object, [[CKA.LABEL, LABEL]]))
  return halves.reduce((sum, count) => sum + count, strays.length)
}
