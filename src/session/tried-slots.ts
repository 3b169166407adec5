// What the slots of a library show, and what can be tried of each token without a login: one that is sick hides no others.

import { EXIT, KeyriteError } from '../domain/errors.ts'
import type { Foreseen } from '../domain/profile.ts'
import type { Capabilities, CardKey, Hsm, SlotFacts } from '../hsm/port.ts'

interface TriedSlot extends SlotFacts {
  /** By its list of mechanisms. */
  foreseen?: Foreseen
  /** Of an initialised token. */
  can?: Capabilities
  /** Why one of the two could not be found out. */
  untried?: string
}

export interface SlotWithCards extends TriedSlot {
  /** Of an initialised token: shares can be sealed to them. */
  cardKeys?: CardKey[]
}

/** A library, which is started anew where it did not survive what was asked of it. */
export class Library implements AsyncDisposable {
  private constructor(
    private readonly start: () => Promise<Hsm>,
    public hsm: Hsm,
  ) {}

  static open = async (start: () => Promise<Hsm>): Promise<Library> => new Library(start, await start())

  async again(): Promise<void> {
    await this.hsm[Symbol.asyncDispose]()
    this.hsm = await this.start()
  }

  [Symbol.asyncDispose] = (): PromiseLike<void> => this.hsm[Symbol.asyncDispose]()
}

/** `only`: that slot alone. */
export const triedSlots = (library: Library, only?: number): Promise<TriedSlot[]> =>
  ofEach(library, only, (slot) => tried(slot, library))

/** With the keys of cards besides: they say whose a card is. */
export const slotsWithCards = (library: Library): Promise<SlotWithCards[]> =>
  ofEach<SlotWithCards>(library, undefined, async (slot) => {
    const found: SlotWithCards = await tried(slot, library)
    if (!found.can) return found
    return await orUntried(found, library, async () => ({ ...found, cardKeys: await library.hsm.cardKeys(slot.slot) }))
  })

async function ofEach<T extends TriedSlot>(
  { hsm }: Library,
  only: number | undefined,
  look: (slot: SlotFacts) => Promise<T>,
): Promise<(T | SlotFacts)[]> {
  const found: (T | SlotFacts)[] = []
  for (const slot of await hsm.slots()) {
    if (only === undefined || slot.slot === only) found.push(slot.token ? await look(slot) : slot)
  }
  return found
}

const DEAD: readonly string[] = ['MODULE-CRASHED', 'MODULE-TIMEOUT']

async function tried(slot: SlotFacts, library: Library): Promise<TriedSlot> {
  const found: TriedSlot = { ...slot }
  return await orUntried(found, library, async () => {
    found.foreseen = await library.hsm.foresee(slot.slot)
    if (slot.token?.initialised) found.can = await library.hsm.probe(slot.slot)
    return found
  })
}

/** What could be found out before the token was too sick stays. */
async function orUntried<T extends TriedSlot>(found: T, library: Library, look: () => Promise<T>): Promise<T> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof KeyriteError) || error.exit !== EXIT.device) throw error
    if (DEAD.includes(error.code)) await library.again()
    return { ...found, untried: error.message }
  }
}
