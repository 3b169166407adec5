// The transport keys of open requests, held against what is on the token.
import { fromBase64url, fromHex } from '../domain/encoding.ts'
import { KeyriteError } from '../domain/errors.ts'
import { type Hint, keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { type ImportRequestNote, TRANSPORT_LABEL } from '../domain/import-requests.ts'
import { escaped } from '../domain/names.ts'
import { counted } from '../domain/words.ts'
import type { ObjectFacts, UserSession } from '../hsm/port.ts'

interface Found {
  kind: 'missing' | 'duplicate' | 'changed' | 'replaced'
  object: string
  what: string
  todo: Hint
}

/** All that one may do. */
const MAY = ['UNWRAP']
const USES = ['DECRYPT', 'SIGN', 'UNWRAP', 'DERIVE', 'EXTRACTABLE']

/** `objects`: the private ones, by their CKA_ID in hex. */
export async function transportFindings(
  { requests, members }: History,
  objects: ReadonlyMap<string, readonly ObjectFacts[]>,
  session: UserSession,
): Promise<Found[]> {
  const found: Found[] = []
  for (const note of requests.openOn(members.acting.name)) {
    const [kind, what] = (await wrongWith(note, objects.get(note.id) ?? [], session)) ?? []
    if (kind === undefined || what === undefined) continue
    const todo = keyrite('key', 'import-request', note.name, '--cancel')
    found.push({ kind, object: `transport key for ${note.name}`, what, todo })
  }
  return found
}

async function wrongWith(
  note: ImportRequestNote,
  objects: readonly ObjectFacts[],
  session: UserSession,
): Promise<[Found['kind'], string] | undefined> {
  const [only] = objects
  if (only === undefined) return ['missing', `nothing comes in by the request of record ${note.record} any more`]
  if (objects.length > 1) return ['duplicate', `${counted(objects.length, 'private object')} on the token with its id`]
  const may = USES.filter((flag) => only.attributes[flag])
  if (only.label !== TRANSPORT_LABEL) return ['changed', `its label on the token is ${escaped(only.label)}`]
  if (may.join() !== MAY.join()) return ['changed', `it may ${may.join(', ').toLowerCase() || 'do nothing'}`]
  return (await isItself(note, session)) ? undefined : ['replaced', 'it opens nothing that is wrapped for it']
}

/** One that answers as another is not it; what can't be asked is no evidence. */
async function isItself({ id, spki, hash }: ImportRequestNote, session: UserSession): Promise<boolean> {
  try {
    return await session.provesTransport({ id: fromHex(id), spki: fromBase64url(spki), hash })
  } catch (error) {
    if (error instanceof KeyriteError && error.code === 'KEY-REPLACED') return false
    throw error
  }
}
