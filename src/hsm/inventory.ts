// Finding what is on the token: one search, then an index in memory. A search costs as much as reading every object.
import type { Flags } from '../domain/keys.ts'
import { CKA, FLAG } from './constants.ts'
import type { KeySeen, Seen } from './objects.ts'
import { isWhole, look } from './objects.ts'
import type { Pace } from './pace.ts'
import type { ObjectFacts } from './port.ts'
import type { User } from './user.ts'
import type { ObjectHandle, Template } from './values.ts'
import { fromUlong } from './values.ts'

const idName = (id: Uint8Array): string => Buffer.from(id).toString('hex')

/** PRIVATE-ONLY: keys are searched among private objects, since anyone can put a public look-alike on a token. */
const PRIVATE: Template = [[FLAG.PRIVATE, true]]

/** The private objects of each of these ids. */
export class Index {
  private readonly objects = new Map<string, ObjectHandle[]>()

  static async of(user: User, ids: readonly Uint8Array[], pace: Pace): Promise<Index> {
    const index = new Index()
    const wanted = new Set(ids.map(idName))
    // An empty CKA_ID in a template would match everything.
    const single = ids.length === 1 && ids[0]!.length > 0
    const found = user.lib.find(user.session, single ? [...PRIVATE, [CKA.ID, ids[0]!]] : PRIVATE)
    for (const object of found) {
      const id = user.lib.read(user.session, object, [CKA.ID]).get(CKA.ID)
      if (id !== undefined && id.length > 0 && wanted.has(idName(id))) index.add(idName(id), object)
      await pace.step(0)
    }
    return index
  }

  private add(id: string, object: ObjectHandle): void {
    const others = this.objects.get(id)
    if (others === undefined) this.objects.set(id, [object])
    else others.push(object)
  }

  /** Each object once, though its id be asked for twice. */
  take(id: Uint8Array): readonly ObjectHandle[] {
    const objects = this.get(id)
    this.objects.delete(idName(id))
    return objects
  }

  get = (id: Uint8Array): readonly ObjectHandle[] => this.objects.get(idName(id)) ?? []
}

/** A key as its objects: one for a secret key, two for a pair. */
export interface KeyObjects {
  closed: KeySeen
  open?: KeySeen
}

/** The whole keys among objects of one id. Twins are all listed: every private half with every public one of its type. */
export function keysAmong(objects: readonly Seen[]): KeyObjects[] {
  const whole = objects.filter(isWhole)
  return whole.flatMap((closed): KeyObjects[] => {
    if (closed.class === 'secret') return [{ closed }]
    if (closed.class !== 'private') return []
    const opens = whole.filter((open) => open.class === 'public' && open.type === closed.type)
    return opens.map((open) => ({ closed, open }))
  })
}

export const lookAtAll = (user: User, objects: readonly ObjectHandle[]): Seen[] =>
  objects.map((object) => look(user.lib, user.session, object))

const facts = ({ object, ...seen }: Seen): ObjectFacts => ({ handle: fromUlong(object), ...seen })

/** Session objects (a KEK, a probe's leftovers) are not on the token. A half-made object may not say what it is. */
const isOnToken = (flags: Flags): boolean => flags.TOKEN !== false
const isPrivate = (flags: Flags): boolean => flags.PRIVATE !== false

export async function scan(user: User, pace: Pace): Promise<{ private: ObjectFacts[]; public: ObjectFacts[] }> {
  const found: { private: ObjectFacts[]; public: ObjectFacts[] } = { private: [], public: [] }
  for (const object of user.lib.find(user.session, [])) {
    const seen = look(user.lib, user.session, object)
    if (isOnToken(seen.attributes)) found[isPrivate(seen.attributes) ? 'private' : 'public'].push(facts(seen))
    await pace.step(found.private.length + found.public.length)
  }
  return found
}
