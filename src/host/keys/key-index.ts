// Finding private objects by their ids: one search, then an index in memory. A search costs as much as reading every object.
import { deviceFailed } from '../../domain/errors.ts'
import { CKA, CKO, FLAG } from '../native/constants.ts'
import type { Native } from '../native/native.ts'
import type { ObjectHandle, Session, Template } from '../native/values.ts'
import { isKeyClass, wanted } from './object-kinds.ts'
import { KIND, kindIn, type ObjectKind, type Seen, seenIn } from './objects.ts'
import type { Throttle } from './pace.ts'

const idName = (id: Uint8Array): string => Buffer.from(id).toString('hex')

/** PRIVATE-ONLY: keys are searched among private objects, since anyone can put a public look-alike on a token. */
const PRIVATE: Template = [[FLAG.PRIVATE, true]]

/** Where a search happens: the user's own session, or another beside it. */
export interface Place {
  readonly lib: Native
  readonly session: Session
}

/** An empty CKA_ID in a template would match everything. */
export const withId = ({ lib, session }: Place, id: Uint8Array): ObjectHandle[] =>
  id.length === 0 ? [] : lib.find(session, [...PRIVATE, [CKA.ID, id]])

/** An object that was found, and what it is. */
export interface Found {
  object: ObjectHandle
  kind: ObjectKind
  /** It says that it has the id. One whose making was cut off may say nothing, and is found by it all the same. */
  isNamed: boolean
  /** Once it was looked at. */
  seen?: Seen
}

/** SEARCH-TRUE: a search gave what was asked for. */
function saysId(said: Buffer | undefined, id: Uint8Array): boolean {
  if (said === undefined || said.equals(id)) return said !== undefined
  const [asked, given] = [idName(id), idName(said) || 'none']
  throw deviceFailed('SEARCH-TRUE', `the token was asked for the objects of id ${asked}, and gave one of id ${given}`)
}

/** A search goes through every object on the token, whatever it asks for. */
const MOST_BY_ID = 8

/**
 * Where most objects are wanted, each is taken for one of the kind of those before, and all that is asked of such is read in the same call. One of another kind may cost a call
 * for each attribute: where there are many of those nothing is guessed any more.
 */
class Guess {
  #kind: ObjectKind | undefined
  #rights = 0
  #misses = 0
  /** The last one was another: a second one in a row, and those are what is guessed next. */
  #strayed = false

  constructor(
    private readonly isWorthIt: boolean,
    private readonly beside: boolean,
  ) {}

  /** Beside the id and the kind. */
  wanted: readonly number[] = []

  #guess(kind: ObjectKind | undefined): void {
    this.#kind = kind
    this.wanted = kind ? wanted(...kind, this.beside).filter((type) => type !== CKA.ID && type !== CKA.KEY_TYPE) : []
  }

  /** Whether all that is asked of an object of this kind was read. */
  wasRight(kind: ObjectKind): boolean {
    const isRight = this.#kind !== undefined && kind.join() === this.#kind.join()
    if (isRight) this.#rights++
    else if (this.#kind !== undefined) this.#misses++
    const isOne = !isRight && this.#kind !== undefined && !this.#strayed
    this.#strayed = isOne
    const isHopeless = !this.isWorthIt || this.#misses > MOST_MISSES + this.#rights * WORTH_A_MISS
    if (isHopeless) this.#guess(undefined)
    else if (!isRight && !isOne) this.#guess(isKeyClass(kind[0]) ? kind : undefined)
    return isRight
  }
}

const MOST_MISSES = 4
/** A guess that is right saves one call of many; one that is not costs some twenty small ones. */
const WORTH_A_MISS = 1 / 16

/** The private objects of each of these ids. */
export class Index {
  private readonly objects = new Map<string, Found[]>()
  private readonly wanted: ReadonlySet<string>
  /** The objects of no id that was asked for, where everything was looked through: the audit key's, and heads. */
  readonly others: ObjectHandle[] = []

  private constructor(ids: readonly Uint8Array[]) {
    this.wanted = new Set(ids.map(idName))
  }

  static async of(user: Place, ids: readonly Uint8Array[], throttle: Throttle): Promise<Index> {
    const index = new Index(ids)
    if (ids.length === 0) return index
    if (ids.length === 1) index.search(user, ids)
    else if (await index.readAll(user, throttle)) index.search(user, ids.filter(index.lacks))
    return index
  }

  /**
   * The same question asked in another way: each id is searched by itself, as far as that can be afforded, because a list
   * that was cut off reads as loss.
   */
  static async again(place: Place, ids: readonly Uint8Array[], throttle: Throttle): Promise<Index> {
    const [few, many] = [ids.slice(0, MOST_BY_ID), ids.slice(MOST_BY_ID)]
    const index = await Index.of(place, many, throttle)
    index.search(place, few)
    return index
  }

  /** It was made to find all of these. */
  covers = (ids: readonly Uint8Array[]): boolean => ids.every((id) => this.wanted.has(idName(id)))

  /** True when an object doesn't say its id: one that was cut off so early can be searched by it all the same. */
  private async readAll(user: Place, throttle: Throttle): Promise<boolean> {
    let silent = false
    const objects = user.lib.find(user.session, PRIVATE)
    const beside = user.lib.known?.beside === true
    const guess = new Guess(this.wanted.size * 2 >= objects.length, beside)
    for (const object of objects) {
      const read = user.lib.read(user.session, object, [CKA.ID, ...KIND, ...guess.wanted])
      const [id, kind] = [read.get(CKA.ID), kindIn(read)]
      const seen = guess.wasRight(kind) ? { seen: seenIn(read, object, kind[0], beside) } : {}
      // A data object has no id, whole or not: such is the head.
      if (id === undefined) silent ||= kind[0] !== CKO.DATA
      else if (id.length > 0 && this.wanted.has(idName(id)))
        this.add(idName(id), { object, kind, isNamed: true, ...seen })
      else this.others.push(object)
      await throttle.step(0)
    }
    return silent
  }

  private search(user: Place, ids: readonly Uint8Array[]): void {
    for (const id of ids) {
      for (const object of withId(user, id)) {
        const seen = user.lib.read(user.session, object, [CKA.ID, ...KIND])
        this.add(idName(id), { object, kind: kindIn(seen), isNamed: saysId(seen.get(CKA.ID), id) })
      }
    }
  }

  private lacks = (id: Uint8Array): boolean => !this.objects.has(idName(id))

  private add(id: string, found: Found): void {
    const others = this.objects.get(id)
    if (others === undefined) this.objects.set(id, [found])
    else others.push(found)
  }

  /** Each object once, though its id be asked for twice. */
  take(id: Uint8Array): readonly Found[] {
    const objects = this.get(id)
    this.objects.delete(idName(id))
    return objects
  }

  get = (id: Uint8Array): readonly Found[] => this.objects.get(idName(id)) ?? []
}
