// A folder into which others put files: what has come, and small files read without following a link or waiting for anybody.
import { closeSync, constants, fstatSync, lstatSync, opendirSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { refused } from '../domain/errors.ts'
import { quoted } from '../domain/names.ts'
import { diskError } from './files.ts'

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

/** More than that belongs to somebody else's folder. */
const MOST_FILES = 1000

/** What lies in a folder. `mark`: another one as soon as the file is another, or has changed. */
export interface Arrival {
  name: string
  path: string
  kind: 'file' | 'link' | 'folder' | 'other'
  bytes: number
  mark: string
}

/** REMOTE-FOLDER, DISK: in the order of their names. */
export function arrivalsIn(folder: string): Arrival[] {
  return namesIn(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      const facts = lstatSync(path, { throwIfNoEntry: false })
      if (!facts) return []
      const kind = facts.isFile() ? 'file' : facts.isSymbolicLink() ? 'link' : facts.isDirectory() ? 'folder' : 'other'
      const mark = [name, facts.ino, facts.size, facts.mtimeMs, facts.ctimeMs].join(' ')
      return [{ name, path, kind, bytes: facts.size, mark } as const]
    })
}

function namesIn(folder: string): string[] {
  const names: string[] = []
  try {
    const open = opendirSync(folder)
    try {
      for (let entry = open.readSync(); entry && names.length <= MOST_FILES; entry = open.readSync())
        names.push(entry.name)
    } finally {
      open.closeSync()
    }
  } catch (error) {
    throw diskError(error, folder, 'read')
  }
  if (names.length <= MOST_FILES) return names
  throw refused('REMOTE-FOLDER', `${quoted(folder)} has more than ${MOST_FILES} files`, 'choose an empty folder')
}

/** Undefined where it is no regular file, or has more than `most` bytes. */
export function readSmall(path: string, most: number): Uint8Array | undefined {
  const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    if (!fstatSync(fd).isFile()) return undefined
    const bytes = new Uint8Array(most + 1)
    let size = 0
    for (let got = -1; got !== 0 && size <= most; size += got)
      got = readSync(fd, bytes, size, bytes.length - size, null)
    return size <= most ? bytes.slice(0, size) : undefined
  } finally {
    closeSync(fd)
  }
}
