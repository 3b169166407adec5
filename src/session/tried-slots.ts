// What the slots of a library show, and what can be tried of each token without a login: one that is sick hides no others.

import { EXIT, KeyriteError } from '../domain/errors.ts'
import type { Foreseen } from '../domain/profile.ts'
import type { Capabilities, CardKey, Hsm, SlotFacts } from '../hsm/port.ts'

export interface TriedSlot extends SlotFacts {
  /** By its list of mechanisms. */
  foreseen?: Foreseen
  /** Of an initialised token. */
  can?: Capabilities
  /** Of an initialised token: shares can be sealed to them. */
  cardKeys?: CardKey[]
  /** Why one of the two could not be found out. */
  untried?: string
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
export async function triedSlots(library: Library, only?: number): Promise<TriedSlot[]> {
  const found: TriedSlot[] = []
  for (const slot of await library.hsm.slots()) {
    if (only !== undefined && slot.slot !== only) continue
    found.push(slot.token ? await tried(slot, library) : slot)
  }
  return found
}

const DEAD: readonly string[] = ['MODULE-CRASHED', 'MODULE-TIMEOUT']

async function tried(slot: SlotFacts, library: Library): Promise<TriedSlot> {
  const found: TriedSlot = { ...slot }
  try {
    found.foreseen = await library.hsm.foresee(slot.slot)
    if (!slot.token?.initialised) return found
    found.can = await library.hsm.probe(slot.slot)
    found.cardKeys = await library.hsm.cardKeys(slot.slot)
    return found
  } catch (error) {
    if (!(error instanceof KeyriteError) || error.exit !== EXIT.device) throw error
    if (DEAD.includes(error.code)) await library.again()
    return { ...found, untried: error.message }
  }
}
