// Files as Keyrite makes and reads them: private, never through a symbolic link, on the disk before they count.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { notVerified, refused } from '../domain/errors.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants

export const errnoOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException)?.code

/** FILE-LINK, HOME-OPEN: opens a file of ours for reading (or with other flags), as a regular file that others can't write or read. */
export function openOwn(path: string, flags = O_RDONLY): number {
  const fd = openNoFollow(path, flags)
  const facts = fstatSync(fd)
  if (facts.isFile() && (facts.mode & 0o077) === 0) return fd
  closeSync(fd)
  if (!facts.isFile()) throw refused('FILE-KIND', `${path} is not a regular file`, `ls -ld ${path}`)
  throw refused('HOME-OPEN', `${path} is open to others (mode ${modeOf(facts.mode)})`, `chmod 600 ${path}`)
}

function openNoFollow(path: string, flags: number): number {
  try {
    return openSync(path, flags | O_NOFOLLOW, 0o600)
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') throw refused('FILE-LINK', `${path} is a symbolic link`, `ls -l ${path}`)
    throw error
  }
}

const modeOf = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

/** HOME-OPEN, FILE-LINK: a folder of ours, not a link, closed to others. */
export function checkOwnFolder(path: string): void {
  const facts = lstatSync(path)
  if (facts.isSymbolicLink()) throw refused('FILE-LINK', `${path} is a symbolic link`, `ls -ld ${path}`)
  if (!facts.isDirectory()) throw refused('FILE-KIND', `${path} is not a folder`, `ls -ld ${path}`)
  if (facts.mode & 0o077)
    throw refused('HOME-OPEN', `${path} is open to others (mode ${modeOf(facts.mode)})`, `chmod 700 ${path}`)
}

export function readOwnText(path: string): string {
  const fd = openOwn(path)
  try {
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

export const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

/** Makes a file that was not there, complete and on the disk. Nothing stays when it fails. */
export function createFile(path: string, content: string | Uint8Array): void {
  const fd = openNew(path)
  try {
    writeAll(fd, content)
    fsyncSync(fd)
  } catch (error) {
    rmSync(path, { force: true })
    throw diskError(error, path)
  } finally {
    closeSync(fd)
  }
  syncFolder(dirname(path))
}

function openNew(path: string): number {
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  } catch (error) {
    throw diskError(error, path)
  }
}

/** Puts a file in the place of the old one in one step: after a crash there is the old one or the new one, whole. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const next = `${path}.new`
  rmSync(next, { force: true })
  createFile(next, content)
  renameSync(next, path)
  syncFolder(dirname(path))
}

export function removeFile(path: string): void {
  rmSync(path, { force: true })
  syncFolder(dirname(path))
}

/** A folder with something in it stays. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')) throw error
  }
}

export function writeAll(fd: number, content: string | Uint8Array): void {
  const bytes = Buffer.from(content as Uint8Array)
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
}

/** A new name in a folder is on the disk only when the folder is. */
export function syncFolder(path: string): void {
  const fd = openSync(path, O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** DISK: a full or broken disk, in words. Other errors are passed on as they are. */
export function diskError(error: unknown, path: string): unknown {
  const errno = errnoOf(error)
  if (errno === undefined || !['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG', 'EACCES', 'EPERM'].includes(errno))
    return error
  const words = errno === 'ENOSPC' || errno === 'EDQUOT' ? 'the disk is full' : `the disk refuses it (${errno})`
  return refused('DISK', `can't write ${path}: ${words}`, `df ${dirname(path)}`)
}

/** What a missing file means where one must be. */
export const missing = (what: string, path: string) => notVerified('FILE-MISSING', `${what} is missing: ${path}`)
