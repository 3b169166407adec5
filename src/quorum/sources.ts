// Where shares and passphrases come from, and where new shares go: files and inherited descriptors.

import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { createFile, removeFile } from '../disk/files.ts'
import { keepsModes } from '../disk/ours.ts'
import { refused, usage } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import { Secret } from '../domain/secret.ts'
import { checkIdentity } from './identity-file.ts'
import { readPrivateFile } from './private-file.ts'
import { isShareFile } from './share-file.ts'

/** The bytes of a share file, still sealed. */
export const readShareFile = (path: string): Uint8Array =>
  readPrivateFile(path, { what: 'share file', rule: 'SHARE', isOne: isShareFile })

/** A passphrase, PIN or identity from a file. One newline at the end is the editor's, and is no part of it. */
export function readSecretFile(path: string, what = 'passphrase file'): Secret {
  const bytes = readPrivateFile(path, { what, rule: 'SECRET' })
  const end = bytes.at(-1) !== 0x0a ? bytes.length : bytes.length - (bytes.at(-2) === 0x0d ? 2 : 1)
  const secret = new Secret(Uint8Array.from(bytes.subarray(0, end)))
  bytes.fill(0)
  return secret
}

/** The bytes of a file that may hold a key in the clear. */
export const readKeyFile = (path: string, isClear: (bytes: Uint8Array) => boolean): Uint8Array =>
  readPrivateFile(path, { what: 'key file', rule: 'SECRET', isSecret: isClear })

/** SHARES-DIR: where no file can be closed to others, no share is written that nobody could present. */
export function checkShareFolder(folder: string): void {
  const { mode } = statSync(folder)
  // Whoever may write there can put another file in a share's place, unless the folder is sticky.
  if ((mode & 0o1002) === 0o002)
    throw refused('SHARES-DIR', `anybody may write in ${folder}`, sh('chmod', 'o-w', folder))
  if (keepsModes(folder) || (mode & 0o077) === 0) return
  throw refused(
    'SHARES-DIR',
    `share files in ${folder} would be open to others: its file system keeps no modes`,
    'choose another --shares-dir, or mount this one with umask=077',
  )
}

/** A PIN that somebody else chose. SECRET-FILE: a file whose content can't be a PIN would cost a try. */
export function readPinFile(path: string, what = 'SO PIN file'): Secret {
  const pin = readSecretFile(path, what)
  const bytes = pin.reveal()
  const wrong =
    bytes.length === 0 ? 'is empty' : bytes.some(isControl) ? 'has several lines, or a control character' : ''
  const marked = Buffer.from(bytes.subarray(0, 3)).toString('hex') === 'efbbbf' ? 'begins with a byte order mark' : ''
  if (wrong + marked === '') return pin
  pin[Symbol.dispose]()
  throw refused('SECRET-FILE', `${what} ${path} ${wrong || marked}`, 'write the PIN alone into it, as one line')
}

const isControl = (byte: number): boolean => byte < 0x20 || byte === 0x7f

/** SHARE-IDENTITY: age identities, as `age-keygen` writes them. */
export function readIdentityFile(path: string): Secret {
  const text = readSecretFile(path, 'identity file')
  try {
    checkIdentity(text, path)
    return text
  } catch (error) {
    text[Symbol.dispose]()
    throw error
  }
}

/** Creates the file of a new share: mode 0600, never over another one, on the disk before it returns. */
export const writeShareFile = (path: string, bytes: Uint8Array): void => createFile(path, bytes)

/** No loss of power brings it back: whoever noted that it is ours forgets that next. */
export const removeShareFile = (path: string): void => removeFile(path)

/** Such as `alice.share.age`, `alice.ops.e2.share.age`, `alice.share.txt`. */
export function shareFileName(custodian: string, group: string | undefined, epoch: number, plain: boolean): string {
  const parts = [custodian, group, epoch > 1 ? `e${epoch}` : undefined, 'share', plain ? 'txt' : 'age']
  return parts.filter((part) => part !== undefined).join('.')
}

const MAX_BYTES = 64 * 1024

/** One share a line from a descriptor that the caller opened for us; empty lines and `#` lines are skipped. */
export async function readShareFd(fd: number): Promise<string[]> {
  if (isatty(fd)) throw usage(`--share-fd ${fd} is a terminal: the shares would be seen`)
  checkEnds(fd)
  const bytes = await readToEnd(fd)
  const lines = bytes.toString('utf8').split('\n')
  bytes.fill(0)
  return lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
}

/** Descriptors that were not passed to us are our own pipes and timers: a mistyped number would be waited for without end. */
function checkEnds(fd: number): void {
  const stats = statsOf(fd)
  if (stats === undefined) throw usage(`--share-fd ${fd} cannot be read (EBADF)`)
  const kinds = [stats.isFile(), stats.isFIFO(), stats.isSocket(), stats.isDirectory(), stats.isCharacterDevice()]
  const own = !kinds.includes(true) || (stats.isFIFO() && hasBothEnds(fd, stats))
  if (own) throw usage(`--share-fd ${fd} was not opened by the caller`, `${fd}<FILE at the end of the command line`)
}

/** Standard input may be the same pipe twice (`3<&0`); any other duplicate is its writing end, and keeps it from ending. */
function hasBothEnds(fd: number, { dev, ino }: Stats): boolean {
  const others = readdirSync('/dev/fd')
    .map(Number)
    .filter((other) => other !== fd && other > 2)
  return fd > 2 && others.map(statsOf).some((other) => other?.dev === dev && other.ino === ino)
}

function statsOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd)
  } catch {
    return undefined
  }
}

async function readToEnd(fd: number): Promise<Buffer> {
  const buffer = Buffer.alloc(MAX_BYTES + 1)
  const own = openedAgain(fd)
  try {
    for (let size = 0; ; ) {
      const got = await readSome(own ?? fd, buffer, { at: size, told: fd })
      size += got
      if (size > MAX_BYTES) throw usage(`--share-fd ${fd} gives more than 64 KiB`)
      if (got === 0) return buffer.subarray(0, size)
    }
  } finally {
    if (own !== undefined) closeSync(own)
  }
}

/** A pipe, in a way in which nobody waits in a read: Ctrl-C and SIGTERM would not be heard there. Undefined of what is no pipe, or can't be opened so. */
function openedAgain(fd: number): number | undefined {
  try {
    return fstatSync(fd).isFIFO() ? openSync(`/dev/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK) : undefined
  } catch {
    return undefined
  }
}

async function readSome(fd: number, buffer: Buffer, { at, told }: { at: number; told: number }): Promise<number> {
  for (;;) {
    try {
      return readSync(fd, buffer, at, buffer.length - at, null)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN') throw usage(`--share-fd ${told} cannot be read (${code})`)
      // Nothing was written yet.
      await pause(10)
    }
  }
}
