// Which claim of a database this home holds, and which process took it: where that one is provably dead, the next takes the claim over at once.
import { exists, readOwnText, removeFile, replaceFile, UUID } from '../disk/files.ts'
import { elsewhere, isBeforeBoot, isGone, type Owner, ownerOf, ownPlace, type Place } from './owner.ts'

type Noted = Place & { by: string; owner: Owner }

export class ClaimNote {
  readonly #path: string
  readonly #pid: number

  constructor(path: string, pid: number) {
    this.#path = path
    this.#pid = pid
  }

  write(by: string): void {
    replaceFile(this.#path, `${JSON.stringify({ ...ownPlace(), by, owner: ownerOf(this.#pid) } satisfies Noted)}\n`)
  }

  /** The claim of a process that has ended, on this very machine; a note that can't be read tells of none. */
  left(): string | undefined {
    if (!exists(this.#path)) return undefined
    try {
      const { by, owner, ...place } = JSON.parse(readOwnText(this.#path)) as Noted
      const isDead = isBeforeBoot(place) || (elsewhere(place) === undefined && isGone(owner))
      return isDead && UUID.test(by) ? by : undefined
    } catch {
      return undefined
    }
  }

  drop(): void {
    if (exists(this.#path)) removeFile(this.#path)
  }
}
