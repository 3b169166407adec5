// Files as Keyrite writes and reads them: private, never through a symbolic link, and on the disk before they count.

import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { refused, systemRefusal, usage } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import { systemHint } from '../domain/system-failure.ts'
import { checkClosed, checkFileOwner, checkFolderOwner, checkOthersOnlyRead, checkSmall } from './ours.ts'
import { openStandardInput, STANDARD_INPUT } from './standard-input.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants

export const errnoOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException)?.code

/** FILE-LINK, FILE-OWNER, HOME-OPEN: opens a file of ours for reading (or with other flags), as a regular file that others can't write or read. */
export function openOwn(path: string, flags = O_RDONLY): number {
  const fd = openNoFollow(path, flags)
  try {
    const facts = fstatSync(fd)
    if (!facts.isFile()) throw notRegular(path)
    checkFileOwner(facts, path)
    checkClosed(facts, path, '600')
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function openNoFollow(path: string, flags: number): number {
  try {
    // Without O_NONBLOCK opening a FIFO waits for a writer, perhaps for ever.
    return openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600)
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') throw refused('FILE-LINK', `${path} is a symbolic link`, sh('ls', '-l', path))
    if (errnoOf(error) === 'EACCES') checkFileOwner(lstatSync(path), path)
    throw openError(error, path)
  }
}

/** HOME-OPEN, FILE-LINK, FILE-OWNER: a folder of ours, not a link, closed to others. */
export function checkOwnFolder(path: string): void {
  const facts = lstatSync(path)
  if (facts.isSymbolicLink()) throw refused('FILE-LINK', `${path} is a symbolic link`, sh('ls', '-ld', path))
  if (!facts.isDirectory()) throw refused('FILE-KIND', `${path} is not a folder`, sh('ls', '-ld', path))
  checkFolderOwner(facts, path)
  checkClosed(facts, path, '700')
}

/** The same for whatever it is. What is neither folder nor file is not opened: a pipe would wait for its other end. */
export function checkOwn(path: string): void {
  if (lstatSync(path).isFile()) closeSync(openOwn(path))
  else checkOwnFolder(path)
}

/** FILE-KIND, FILE-MISSING: somebody's file, wherever it lies and whoever may read it; `-` is standard input. */
export function openRegular(path: string): number {
  if (path === STANDARD_INPUT) return openStandardInput()
  const fd = openNamed(path)
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw notRegular(path)
}

function openNamed(path: string): number {
  try {
    return openSync(path, O_RDONLY | O_NONBLOCK)
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? fileMissing('file', path) : openError(error, path)
  }
}

/** The folder of a path, as far as it is there. */
function folderThere(path: string): string {
  const folder = dirname(path)
  return folder === path || exists(folder) ? folder : folderThere(folder)
}

/** FILE-MISSING: somebody named a file that is not there, whatever it was to be. */
export const fileMissing = (what: string, path: string, hint = sh('ls', '-l', folderThere(path))) =>
  usage(`there is no ${what} ${path}`, hint, 'FILE-MISSING')

export const readRegular = (path: string): Buffer => readAll(openRegular(path), path)

/** FILE-READ: somebody's file of a few KiB, such as a key. */
export const readSmall = (path: string): Buffer => readAll(openRegular(path), path, checkSmall)

/** FILE-WRITABLE: somebody's file that decides what is done: anyone may read it. */
export const readDeciding = (path: string): Buffer => readAll(openRegular(path), path, checkOthersOnlyRead)

/** FILE-KIND, DISK. That nothing is there is for whoever asked to judge. */
function openError(error: unknown, path: string): unknown {
  const errno = errnoOf(error)
  if (NO_FILES.includes(errno!)) return notRegular(path)
  return errno === 'ENOENT' ? error : diskError(error, path, 'open')
}

/** What opening a socket, or a device that nobody serves, answers. */
export const NO_FILES = ['ENXIO', 'ENODEV', 'EOPNOTSUPP', 'EISDIR']

const notRegular = (path: string) => refused('FILE-KIND', `${path} is not a regular file`, sh('ls', '-ld', path))

export const readOwnText = (path: string): string => readAll(openOwn(path), path).toString('utf8')

/** Closes the file. */
function readAll(fd: number, path: string, check: (facts: Stats, path: string) => void = () => {}): Buffer {
  try {
    check(fstatSync(fd), path)
    return readFileSync(fd)
  } catch (error) {
    throw diskError(error, path, 'read')
  } finally {
    closeSync(fd)
  }
}

export const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

/** Bytes, undefined where nothing is that can be seen. */
export function sizeOf(path: string): number | undefined {
  try {
    return statSync(path).size
  } catch {
    return undefined
  }
}

/** Makes a file that was not there, complete and on the disk. Nothing stays when it fails. */
export function createFile(path: string, content: string | Uint8Array): void {
  writeNew(path, content)
  syncFolder(dirname(path))
}

/** The same, but for its name, which is on the disk once the folder is. */
export function writeNew(path: string, content: string | Uint8Array): void {
  const fd = openNew(path)
  try {
    fill(fd, content)
  } catch (error) {
    dropQuietly(path)
    throw diskError(error, path)
  }
}

/** Closes the file, which may fail as writing does: a file server may say only then that it has no room. */
function fill(fd: number, content: string | Uint8Array): void {
  let left: number | undefined = fd
  try {
    writeAll(fd, content)
    fsyncSync(fd)
    left = undefined
    closeSync(fd)
  } finally {
    if (left !== undefined) closeSync(left)
  }
}

/** The first failure is the one reported. */
export function dropQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {}
}

/** FILE-EXISTS, FILE-FOLDER: opens a file that was not there, for writing. */
export function openNew(path: string): number {
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  } catch (error) {
    throw diskError(error, path)
  }
}

/** Puts a file of ours in the place of the old one in one step: after a crash there is the old one or the new one, whole. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  dropLeft(path, 'new')
  const next = `${path}.${randomUUID()}.new`
  createFile(next, content)
  moveFile(next, path)
}

/** DISK: gives a file of ours the place of another; nothing is left of it when that fails. */
export function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    dropQuietly(from)
    throw diskError(error, to)
  }
  syncFolder(dirname(to))
}

/** Takes away what crashes left of a file in a folder of ours: `NAME.UUID.ending`. */
export function dropLeft(path: string, ending: string): void {
  for (const name of namesIn(dirname(path))) {
    const [, uuid, ...rest] = name.slice(basename(path).length).split('.')
    if (name.startsWith(`${basename(path)}.`) && rest.join('.') === ending && UUID.test(uuid!))
      remove(join(dirname(path), name))
  }
}

/** Takes away what crashes left half written in a folder of ours, whatever it was to become: `NAME.UUID.new`. */
export function dropHalves(folder: string): void {
  for (const name of namesIn(folder))
    if (name.endsWith('.new') && UUID.test(name.split('.').at(-2)!)) remove(join(folder, name))
}

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    throw diskError(error, folder, 'read')
  }
}

/** DISK. */
export function removeFile(path: string): void {
  remove(path)
  syncFolder(dirname(path))
}

/** DISK: what is not there is as good as removed. */
export function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw diskError(error, path, 'remove')
  }
}

/** One with something in it stays, and so does one that can't be taken away: to say that would hide what led here. */
export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {}
}

export function writeAll(fd: number, content: string | Uint8Array): void {
  const bytes = Buffer.from(content as Uint8Array)
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
}

/** A new name in a folder is on the disk only when the folder is. Some file systems can't be asked for that, and say so. */
export function syncFolder(path: string): void {
  try {
    syncFile(path)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF', 'ENOSYS'].includes(errnoOf(error)!)) throw diskError(error, path)
  }
}

export function syncFile(path: string): void {
  const fd = openSync(path, O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

export const fileExists = (path: string) => refused('FILE-EXISTS', `${path} exists already`, 'choose another name')

export const noFolder = (path: string) =>
  refused('FILE-FOLDER', `the folder of ${path} does not exist`, sh('mkdir', '-p', dirname(path)))

/** FILE-EXISTS, FILE-FOLDER, DISK: why a file can't be written, or what else `verb` says, in words. Other errors are passed on as they are. */
export function diskError(error: unknown, path: string, verb = 'write'): unknown {
  const errno = errnoOf(error)
  if (errno === 'EEXIST') return fileExists(path)
  if (errno === 'ENOENT' && !exists(dirname(path))) return noFolder(path)
  const words = errno === undefined ? undefined : systemRefusal(errno)
  if (words === undefined) return error
  return refused(
    'DISK',
    `can't ${verb} ${path}: ${words}`,
    systemHint(errno!, path, verb === 'write' || verb === 'remove'),
  )
}
