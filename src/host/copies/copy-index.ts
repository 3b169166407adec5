// What an application's token holds, by id and label: one look at everything, since a search for each would go through everything each time.
import type { CopyName } from '../../hsm/port.ts'
import type { Place } from '../keys/key-index.ts'
import { KIND, kindIn, type ObjectKind } from '../keys/objects.ts'
import type { Throttle } from '../keys/pace.ts'
import { CKA, CKO } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'

export interface CopyObject {
  object: ObjectHandle
  kind: ObjectKind
}

const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex')
const nameOf = ({ id, label }: CopyName): string => `${hex(id)} ${label}`

/** Among these a search by label must find one at most. */
const SEARCHED_ALONE: readonly (number | undefined)[] = [CKO.SECRET_KEY, CKO.PRIVATE_KEY]
/** They have no id, or are the module itself. */
const NEVER_A_COPY: readonly (number | undefined)[] = [
  CKO.DATA,
  CKO.HW_FEATURE,
  CKO.MECHANISM,
  CKO.PROFILE,
  CKO.VALIDATION,
]

export class CopyIndex {
  readonly #named = new Map<string, CopyObject[]>()
  readonly #certificates = new Map<string, ObjectHandle[]>()
  /** By label the ids of its keys. */
  readonly #labelled = new Map<string, Set<string>>()

  static async of({ lib, session }: Place, throttle: Throttle): Promise<CopyIndex> {
    const index = new CopyIndex()
    for (const object of lib.find(session, [])) {
      const seen = lib.read(session, object, [...KIND, CKA.ID, CKA.LABEL])
      const id = seen.get(CKA.ID)
      if (id !== undefined && id.length > 0)
        index.add({ id, label: seen.get(CKA.LABEL)?.toString('utf8') ?? '' }, { object, kind: kindIn(seen) })
      await throttle.step(0)
    }
    return index
  }

  add(name: CopyName, found: CopyObject): void {
    const [objectClass] = found.kind
    if (NEVER_A_COPY.includes(objectClass)) return
    append(this.#named, nameOf(name), found)
    if (objectClass === CKO.CERTIFICATE) append(this.#certificates, hex(name.id), found.object)
    if (!SEARCHED_ALONE.includes(objectClass)) return
    const ids = this.#labelled.get(name.label) ?? new Set()
    this.#labelled.set(name.label, ids.add(hex(name.id)))
  }

  /** Everything that has both, certificates too. */
  at = (name: CopyName): readonly CopyObject[] => this.#named.get(nameOf(name)) ?? []
  /** What is about to go: each object once, though it be asked for twice. */
  take(name: CopyName): readonly CopyObject[] {
    const objects = this.at(name)
    const id = hex(name.id)
    this.#named.delete(nameOf(name))
    this.#labelled.get(name.label)?.delete(id)
    const certificates = this.#certificates.get(id)?.filter((one) => objects.every(({ object }) => object !== one))
    if (certificates) this.#certificates.set(id, certificates)
    return objects
  }

  certificates = (id: Uint8Array): readonly ObjectHandle[] => this.#certificates.get(hex(id)) ?? []
  /** Another key has the label. */
  isTaken = ({ id, label }: CopyName): boolean =>
    [...(this.#labelled.get(label) ?? [])].some((other) => other !== hex(id))
}

function append<T>(map: Map<string, T[]>, name: string, one: T): void {
  const others = map.get(name)
  if (others === undefined) map.set(name, [one])
  else others.push(one)
}
