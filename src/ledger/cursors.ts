// Cursors of exports, each in a file beside which nobody else exports at the same time.
import { dirname } from 'node:path'
import { errnoOf, exists, readOwnText, replaceFile } from '../disk/files.ts'
import { type Cursor, formatCursor, parseCursor } from '../domain/cursor.ts'
import { refused, usage } from '../domain/errors.ts'
import type { CursorFile } from '../domain/evidence.ts'
import { sh } from '../domain/hints.ts'
import { Lock } from './lock.ts'
import { isSameFile } from './outside.ts'

export function openCursor(path: string, pid: number, out?: string): CursorFile {
  if (!exists(dirname(path)))
    throw refused('FILE-FOLDER', `the folder of ${path} does not exist`, sh('mkdir', '-p', dirname(path)))
  const lockPath = `${path}.lock`
  if (out !== undefined && [path, lockPath].some((own) => isSameFile(own, out)))
    throw usage('--cursor and --out are one file', 'give each a file of its own: --out FILE')
  const lock = Lock.at(lockPath, pid, 'exports by this cursor')
  return {
    read: () => readCursor(path),
    write: (cursor) => {
      lock.check()
      replaceFile(path, formatCursor(cursor))
    },
    [Symbol.dispose]: () => lock[Symbol.dispose](),
  }
}

function readCursor(path: string): Cursor | undefined {
  try {
    return parseCursor(readOwnText(path), path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}
