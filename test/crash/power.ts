// A loss of power, imitated: the program is killed, and its files become what a disk must have kept, which is what was synced. The probe has noted
// what each file held, and each folder named, at that moment. The token is another machine, and keeps everything.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A disk may have got to the names and not to the bytes, or to neither. */
export type Unsynced = 'nothing' | 'names'

type Names = Map<string, number>
type Kept = { bytes: Buffer } | { names: Names }

export class Disk {
  /** What was there before, by inode: it counts as synced. */
  readonly #before = new Map<number, Kept>()

  /** `durable`: what the probe notes. */
  constructor(
    private readonly roots: readonly string[],
    private readonly durable: string,
  ) {
    rmSync(durable, { recursive: true, force: true })
    mkdirSync(durable)
    for (const root of roots) if (existsSync(root)) this.#remember(root)
  }

  #remember(path: string): void {
    const { ino } = statSync(path)
    const kept = keptNow(path)
    this.#before.set(ino, kept)
    if ('names' in kept) for (const name of kept.names.keys()) this.#remember(join(path, name))
  }

  loseUnsynced(unsynced: Unsynced): void {
    for (const root of this.roots) {
      if (!existsSync(root)) continue
      const now = new Map(walk(root))
      const tree = this.#after(statSync(root).ino, now, unsynced)
      for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true })
      write(root, tree)
    }
  }

  /** What became of one inode, and of what it names. */
  #after(ino: number, now: ReadonlyMap<number, Kept>, unsynced: Unsynced): Tree {
    const [kept, synced] = [now.get(ino), this.#synced(ino)]
    const chosen = unsynced === 'names' && kept && 'names' in kept ? kept : synced
    if (chosen && 'bytes' in chosen) return chosen.bytes
    if (!chosen) return kept && 'names' in kept ? new Map() : Buffer.alloc(0)
    return new Map([...chosen.names].map(([name, inner]) => [name, this.#after(inner, now, unsynced)]))
  }

  /** As it was last synced; as it was before, where it is not new. */
  #synced(ino: number): Kept | undefined {
    const noted = (kind: string) => join(this.durable, `${ino}.${kind}`)
    if (existsSync(noted('bytes'))) return { bytes: readFileSync(noted('bytes')) }
    if (existsSync(noted('names'))) return { names: namesIn(readFileSync(noted('names'), 'utf8')) }
    return existsSync(noted('new')) ? undefined : this.#before.get(ino)
  }
}

type Tree = Buffer | Map<string, Tree>

const namesIn = (text: string): Names =>
  new Map([...text.matchAll(/^(\d+) (.+)$/gm)].map(([, ino, name]) => [name!, Number(ino)]))

function keptNow(path: string): Kept {
  if (!statSync(path).isDirectory()) return { bytes: readFileSync(path) }
  return { names: new Map(readdirSync(path).map((name) => [name, statSync(join(path, name)).ino])) }
}

/** Every file and folder that is there now, by inode. */
function* walk(path: string): Generator<[number, Kept]> {
  const kept = keptNow(path)
  yield [statSync(path).ino, kept]
  if ('names' in kept) for (const name of kept.names.keys()) yield* walk(join(path, name))
}

function write(path: string, tree: Tree): void {
  if (Buffer.isBuffer(tree)) writeFileSync(path, tree, { mode: 0o600 })
  else {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    for (const [name, inner] of tree) write(join(path, name), inner)
  }
}
