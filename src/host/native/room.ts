// A library that lets go of no key before C_Logout, in front of a device that has room for few: the user is logged out, and in again, before there are too many.
import type { ObjectHandle } from './values.ts'

const nameOf = (key: ObjectHandle): string => key.toString('hex')

export class Room {
  /** What it holds: each key that was used or made since the login. */
  readonly #held = new Set<string>()
  #again: (() => void) | undefined

  constructor(private readonly most: number) {}

  /** `again`: logs the same user out and in. Handles of keys stay what they are: only such libraries have a room here. */
  enter(again: () => void): void {
    this.leave()
    this.#again = again
  }

  leave(): void {
    this.#held.clear()
    this.#again = undefined
  }

  /** Before a key is used. */
  uses(key: ObjectHandle): void {
    const name = nameOf(key)
    if (this.#held.has(name)) return
    this.makes(1)
    this.#held.add(name)
  }

  /** Before so many are made. */
  makes(count: number): void {
    if (this.#held.size + count > this.most) this.#empty()
  }

  made(...keys: readonly ObjectHandle[]): void {
    for (const key of keys) this.#held.add(nameOf(key))
  }

  /** Before an object is destroyed: of one that it holds it would never let go. */
  drops(key: ObjectHandle): void {
    if (this.#held.has(nameOf(key))) this.#empty()
  }

  #empty(): void {
    this.#again?.()
    this.#held.clear()
  }
}
