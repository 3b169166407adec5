// A file is written under a draft name and gets its own once it is complete: after a crash no incomplete file has it.
import { createHash } from 'node:crypto'
import { closeSync, constants, copyFileSync, linkSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { KeyriteError } from '../domain/errors.ts'
import { diskError, dropQuietly, errnoOf, openNew, remove, syncFile, syncFolder, writeNew } from './files.ts'
import { checkAllFree, checkFree, firstIn } from './free.ts'

/** FILE-EXISTS, FILE-FOLDER: copies a file of ours to a name that was free. What has that name is a whole copy, and on the disk. */
export const copyFile = (from: string, to: string): void =>
  makeWhole(to, (draft) => {
    copyFileSync(from, draft, constants.COPYFILE_EXCL)
    syncFile(draft)
  })

/** FILE-EXISTS, FILE-FOLDER: makes a file of a name that was free. It is written beside it, and named once it is whole. */
function makeWhole(path: string, write: (draft: string) => void): void {
  checkFree(path)
  const mark = markOf(path)
  const draft = draftOf(path, mark)
  dropDraft(path, mark)
  try {
    write(draft)
    nameFile(draft, path)
  } catch (error) {
    dropDraft(path, mark)
    throw diskError(error, path)
  }
}

/** Several files, of which none has its name before all are written. Their folders go to the disk once. */
class Drafts {
  readonly #drafts: ReadonlyMap<string, string>

  /** FILE-EXISTS, FILE-FOLDER. */
  constructor(private readonly paths: readonly string[]) {
    checkAllFree(paths)
    this.#drafts = new Map(paths.map((path) => [path, draftOf(path, markOf(path))]))
  }

  write(path: string, content: string | Uint8Array): void {
    const draft = this.#drafts.get(path)!
    try {
      writeNew(draft, content)
    } catch (error) {
      if (!(error instanceof KeyriteError && error.code === 'FILE-EXISTS')) throw error
      // A crash left one.
      remove(draft)
      writeNew(draft, content)
    }
  }

  name(): void {
    for (const [path, draft] of this.#drafts) giveName(draft, path)
    for (const path of firstIn(this.paths)) syncFolder(dirname(path))
  }

  drop(): void {
    for (const draft of this.#drafts.values()) dropQuietly(draft)
  }
}

/** FILE-EXISTS, FILE-FOLDER: makes files of names that were free, of all of them or of none while they are written. */
export function makeAllWhole(files: readonly { path: string; content: string | Uint8Array }[]): void {
  const drafts = new Drafts(files.map(({ path }) => path))
  try {
    for (const { path, content } of files) drafts.write(path, content)
    drafts.name()
  } catch (error) {
    drafts.drop()
    throw error
  }
}

/** The same of contents that are still coming, in the order of the paths. */
export async function makeAllWholeOf(
  paths: readonly string[],
  contents: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const drafts = new Drafts(paths)
  try {
    const left = paths.values()
    for await (const content of contents) drafts.write(left.next().value!, content)
    drafts.name()
  } catch (error) {
    drafts.drop()
    throw error
  }
}

/** The same for each try to make this file: the next one takes away what a crash left of the one before. */
const markOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 32)

export const dropUnfinished = (path: string): void => dropDraft(path, markOf(path))

/** Where a file grows. `mark`: what nobody else would give a file as its name, such as the nonce of a plan; by it a draft is known as ours. */
export const draftOf = (path: string, mark: string): string => join(dirname(path), `keyrite-${mark}.part`)

/** DISK: what was left of an interrupted try goes. */
export function dropDraft(path: string, mark: string): void {
  try {
    rmSync(draftOf(path, mark), { force: true })
  } catch (error) {
    throw diskError(error, draftOf(path, mark))
  }
}

/** FILE-EXISTS: what was written under another name gets its own, and never takes another file's place. */
export function nameFile(draft: string, path: string): void {
  giveName(draft, path)
  syncFolder(dirname(path))
}

function giveName(draft: string, path: string): void {
  try {
    linkOrRename(draft, path)
  } catch (error) {
    throw diskError(error, path)
  }
  remove(draft)
}

/** A link fails where a file of that name has come meanwhile. Where there are none, an empty file of ours keeps the name free for us. */
function linkOrRename(draft: string, path: string): void {
  if (linkFile(draft, path)) return
  closeSync(openNew(path))
  try {
    renameSync(draft, path)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

/** The file systems of memory sticks, and of some networks, have no hard links: false. */
export function linkFile(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (NO_LINKS.includes(errnoOf(error)!)) return false
    throw error
  }
}

const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']
