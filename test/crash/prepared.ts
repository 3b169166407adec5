// A partition that is made once; each crash gets a copy of it.
import assert from 'node:assert/strict'
import type { Kept } from './oracle.ts'
import { pinsFor } from './pins.ts'
import { type GroupFlags, ONE_GROUP, Place } from './place.ts'
import { lookInto } from './token.ts'

const PLAIN = Buffer.from('sixteen bytes ok')

/** A command, or what people do in between. */
export type Step = string[] | (() => void | Promise<void>)

export class Prepared {
  readonly #commands: (place: Place) => Step[]
  #place: Promise<Place> | undefined
  #kept: Kept | undefined

  /** What is typed after `partition init`; one of the commands generates the key `kept`. `lastly`: what befalls the place in the end. */
  constructor(
    commands: (place: Place) => Step[],
    private readonly more: { groups?: readonly GroupFlags[]; lastly?: (place: Place) => void } = {},
  ) {
    this.#commands = commands
  }

  async copy(turn: number): Promise<Place> {
    this.#place ??= this.#make()
    return (await this.#place).copy(turn)
  }

  kept = (): Kept => this.#kept!

  async #make(): Promise<Place> {
    const place = Place.blank(this.more.groups ?? ONE_GROUP)
    for (const args of [place.init(), ...this.#commands(place)]) {
      if (typeof args === 'function') {
        await args()
        continue
      }
      const { code, stderr } = await place.keyrite(args)
      assert.equal(code, 0, stderr)
    }
    const { history } = place.partition.openLedger()
    const secret = lookInto(place.folder, history.token.serial, await pinsFor(place, history), (objects) =>
      objects.find((object) => object.label === 'kept#1')!.encrypt(PLAIN),
    )
    this.#kept = { label: 'kept#1', plain: PLAIN, secret }
    this.more.lastly?.(place)
    return place
  }
}
