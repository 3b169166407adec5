// SoftHSM rewrites the file of an object in place: it empties it, then writes. Killed in between it has lost the object, token and keys
// alike, and no program above it can help; a device that deserves the name writes the new state or leaves the old. So the old is put back.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export class ObjectFiles {
  readonly #contents: Map<string, Buffer>

  /** `folder`: that of the tokens, before the crash. */
  constructor(folder: string) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.object'))
    this.#contents = new Map(names.map((name) => [join(folder, name), readFileSync(join(folder, name))]))
  }

  /** Files that are gone were removed on purpose. */
  putBack(): void {
    for (const [path, content] of this.#contents) {
      if (statSync(path, { throwIfNoEntry: false })?.size === 0) writeFileSync(path, content)
    }
  }
}
