// Files that hold secrets are read only when nobody else could have read them.

import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs'
import { basename } from 'node:path'
import { geteuid } from 'node:process'
import { diskError, errnoOf, fileMissing, NO_FILES } from '../disk/files.ts'
import { keepsModes } from '../disk/ours.ts'
import { refused, systemRefusal, usage } from '../domain/errors.ts'
import { type Hint, sh } from '../domain/hints.ts'

/** What a file is called in messages, and the first half of the names of its rules. */
interface FileKind {
  what: string
  rule: 'SHARE' | 'SECRET'
  /** SHARE-FILE: whose content is none of its kind is told so first: nobody is to change the mode of another file. */
  isOne?: (bytes: Uint8Array) => boolean
  /** What holds no secret, or has it under a passphrase, may be open to others. */
  isSecret?: (bytes: Uint8Array) => boolean
}

const MAX_BYTES = 64 * 1024
// Without O_NONBLOCK opening a FIFO waits for a writer, perhaps for ever.
const READING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export function readPrivateFile(path: string, kind: FileKind): Uint8Array {
  const fd = opened(path, kind)
  try {
    // The open file is looked at, not the path: what the path names may change in between.
    const stats = fstatSync(fd)
    checkRegular(stats, path, kind)
    return orWiped(plainCopy(readFileSync(fd)), (bytes) => {
      checkContent(bytes, path, kind)
      if (kind.isSecret?.(bytes) !== false) checkPrivate(stats, geteuid!(), path, kind)
    })
  } catch (error) {
    throw diskError(error, path, 'read')
  } finally {
    closeSync(fd)
  }
}

/** Refused content is wiped. */
function orWiped(bytes: Uint8Array, check: (bytes: Uint8Array) => void): Uint8Array {
  try {
    check(bytes)
    return bytes
  } catch (error) {
    bytes.fill(0)
    throw error
  }
}

// Not a Buffer: its slice() is a view, and wiping the one would wipe the other.
function plainCopy(buffer: Buffer): Uint8Array {
  const bytes = Uint8Array.from(buffer)
  buffer.fill(0)
  return bytes
}

function opened(path: string, { what, rule }: FileKind): number {
  try {
    return openSync(path, READING)
  } catch (error) {
    const code = errnoOf(error) ?? ''
    // Where a share is expected, the command has the hint.
    const hint = rule === 'SHARE' ? undefined : sh('ls', '-l', path)
    if (rule === 'SECRET' && ABSENT.includes(code)) throw secretMissing(what)
    if (code === 'ENOENT') throw fileMissing(what, path)
    if (code === 'ELOOP') throw refused(`${rule}-FILE`, `${what} ${path} is a symbolic link`, 'name the file itself')
    if (NO_FILES.includes(code)) throw notRegular(path, rule)
    throw refused(`${rule}-FILE`, `${what} ${path} cannot be read: ${systemRefusal(code) ?? code}`, hint)
  }
}

const ABSENT = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']

/** FILE-MISSING: whoever gave the passphrase or the PIN itself finds it in no log. */
const secretMissing = (what: string) =>
  usage(
    `there is no such ${what}; what was given is not repeated, for it may be the secret itself`,
    'give the name of a file that holds it',
    'FILE-MISSING',
  )

const notRegular = (path: string, rule: FileKind['rule']) =>
  refused(`${rule}-FILE`, `${path} is not a regular file`, sh('ls', '-ld', path))

function checkContent(bytes: Uint8Array, path: string, { what, rule, isOne }: FileKind): void {
  if (isOne === undefined || isOne(bytes)) return
  throw refused(`${rule}-FILE`, `${path} is not a ${what}: neither an age file nor a share`)
}

function checkRegular(stats: Stats, path: string, { what, rule }: FileKind): void {
  if (!stats.isFile()) throw notRegular(path, rule)
  if (stats.size > MAX_BYTES)
    throw refused(`${rule}-FILE`, `${path} is too big for a ${what}: more than 64 KiB`, sh('ls', '-l', path))
}

/** SHARE-OPEN, SECRET-OPEN: what others can read is no secret. */
export function checkPrivate(stats: Stats, user: number, path: string, { what, rule }: FileKind): void {
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
  if ((stats.mode & 0o077) !== 0)
    throw refused(`${rule}-OPEN`, `${what} ${path} is open to others (mode ${mode})`, closedBy(path))
  if (user !== 0 && stats.uid !== user)
    throw refused(`${rule}-OPEN`, `${what} ${path} belongs to another user`, sh('ls', '-l', path))
}

/** On a memory stick no mode can be changed: a copy can have one. */
const closedBy = (path: string): Hint =>
  keepsModes(path) ? sh('chmod', '600', path) : sh('install', '-m', '600', path, basename(path))
