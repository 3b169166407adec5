// Backup files on the disk: written beside their name and put there whole, read in one go and checked before a blob is used.

import { createHash } from 'node:crypto'
import { closeSync, fsyncSync } from 'node:fs'
import { basename } from 'node:path'
import { draftOf, dropDraft, nameFile } from '../disk/drafts.ts'
import { diskError, errnoOf, openNew, readRegular, writeAll } from '../disk/files.ts'
import { checkFree } from '../disk/free.ts'
import {
  type BackupHeader,
  type BackupKey,
  type BackupLine,
  byNameAndVersion,
  footerMessage,
  formatBackupLine,
  parseBackupLine,
} from '../domain/backup.ts'
import { fromBase64url, fromUtf8, toBase64url } from '../domain/encoding.ts'
import { EXIT, KeyriteError, notVerified, refused, systemRefusal } from '../domain/errors.ts'
import { apart, type Hint, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { label, shellQuoted } from '../domain/names.ts'
import type { Artefact } from '../domain/shapes.ts'
import { counted as inWords } from '../domain/words.ts'
import { type Kind, kindOf, notThat } from './kind.ts'
import type { BackupContent, BackupDraft, Signer } from './port.ts'
import { isSigned } from './signatures.ts'

/** FILE-EXISTS: a backup never takes another file's place. */
export function beginBackup(path: string, mark: string): BackupDraft {
  checkFree(path)
  dropDraft(path, mark)
  return new Draft(path, mark, openNew(draftOf(path, mark)))
}

class Draft implements BackupDraft {
  mayBeNamed = false
  readonly #path: string
  readonly #mark: string
  readonly #fd: number
  readonly #digest = createHash('sha256')
  readonly #whole = createHash('sha256')
  #bytes = 0
  #keys = 0
  #open = true

  constructor(path: string, mark: string, fd: number) {
    this.#path = path
    this.#mark = mark
    this.#fd = fd
  }

  header(header: BackupHeader): void {
    this.#write({ header })
  }

  key(key: BackupKey): void {
    this.#keys++
    this.#write({ key })
  }

  #write(line: BackupLine, part = true): void {
    const text = formatBackupLine(line)
    if (part) this.#digest.update(text)
    this.#whole.update(text)
    this.#bytes += Buffer.byteLength(text)
    try {
      writeAll(this.#fd, text)
    } catch (error) {
      throw diskError(error, this.#path)
    }
  }

  /** Signs, waits for the disk, and only then gives it its name. */
  async finish(signer: Signer): Promise<Artefact> {
    const digest = this.#digest.digest()
    const value = toBase64url(await signer.sign(footerMessage(digest)))
    const signature = { key: signer.key.id, alg: signer.key.alg, value }
    this.#write({ footer: { keys: this.#keys, digest: toBase64url(digest), signature } }, false)
    this.#toDisk()
    this.mayBeNamed = true
    nameFile(draftOf(this.#path, this.#mark), this.#path)
    return { name: basename(this.#path), sha256: this.#whole.digest('hex'), bytes: this.#bytes }
  }

  /** A file server may report only now that the disk is full. */
  #toDisk(): void {
    try {
      fsyncSync(this.#fd)
      this.#close()
    } catch (error) {
      throw diskError(error, this.#path)
    }
  }

  #close(): void {
    if (!this.#open) return
    this.#open = false
    closeSync(this.#fd)
  }

  [Symbol.dispose](): void {
    this.#close()
    dropDraft(this.#path, this.#mark)
  }
}

/** What a backup is held against. */
type Wanted = Pick<History, 'auditKeys' | 'name' | 'partition'>

/** BACKUP-...: shape, order, counts, digest, and the signature of one of the ledger's audit keys, before anything is used. */
export function readBackup(path: string, of: Wanted): BackupContent {
  const bytes = readWhole(path)
  try {
    return parseBackup(path, bytes, of)
  } catch (error) {
    throw error instanceof KeyriteError ? inContext(error, path) : error
  }
}

const ANOTHER = to('use another copy of it; the SHA-256 of the whole one', keyrite('partition', 'show'))

/** The file is named, and what is wrong with it: another kind of file, a damaged backup, or one of another partition. */
function inContext(failure: KeyriteError, path: string): KeyriteError {
  const { code, message } = failure
  const kind = kindOf(path)
  if (kind !== 'backup')
    return failure.with({
      exit: EXIT.verification,
      message: notThat(path, kind, 'a backup'),
      hint: backupBeside(path, kind),
    })
  if (code === 'BACKUP-SIGNED' || code === 'FORMAT-NEWER') return failure.with({ message: `${path}: ${message}` })
  return failure.with({ exit: EXIT.verification, message: `${path} is damaged: ${message}`, hint: ANOTHER })
}

const backupBeside = (path: string, kind: Kind | undefined): Hint =>
  kind === 'ledger' && path.endsWith('.ledger')
    ? `name the backup beside it: ${shellQuoted(path.slice(0, -'.ledger'.length))}`
    : to('to see the backups of this partition', keyrite('partition', 'show'))

function parseBackup(path: string, bytes: Buffer, of: Wanted): BackupContent {
  const lines = splitLines(bytes).map(parseNumbered)
  const [first, ...rest] = lines
  const last = rest.pop()
  if (!first || !('header' in first)) throw notVerified('BACKUP-HEADER', 'it does not begin with a header')
  if (!last || !('footer' in last)) throw notVerified('BACKUP-FOOTER', 'it has no footer: its end is cut off')
  const keys = rest.map((line, i) => {
    if ('key' in line) return line.key
    throw notVerified('BACKUP-SHAPE', `line ${i + 2} is not a key`)
  })
  checkCounts(first.header, keys, last.footer.keys)
  checkFooter(bytes, last.footer, first.header, of)
  const artefact = {
    name: basename(path),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
  }
  return { header: first.header, keys, artefact, signer: last.footer.signature.key }
}

function readWhole(path: string): Buffer {
  try {
    return readRegular(path)
  } catch (error) {
    if (error instanceof KeyriteError) throw error
    const errno = errnoOf(error) ?? ''
    throw refused('FILE-READ', `can't read ${path}: ${systemRefusal(errno) ?? errno}`)
  }
}

function splitLines(bytes: Buffer): Buffer[] {
  if (bytes.at(-1) !== 10) throw notVerified('BACKUP-FOOTER', 'the last line is cut')
  const lines: Buffer[] = []
  for (let start = 0, end = bytes.indexOf(10); end !== -1; start = end + 1, end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end))
  }
  return lines
}

function parseNumbered(bytes: Buffer, index: number): BackupLine {
  try {
    return parseBackupLine(fromUtf8(bytes))
  } catch (error) {
    const failure = error instanceof KeyriteError ? error : notVerified('BACKUP-SHAPE', 'it is not UTF-8')
    const code = failure.code === 'LINE-CANONICAL' ? 'BACKUP-CANONICAL' : failure.code
    throw failure.with({ code, message: `line ${index + 1}: ${failure.message}` })
  }
}

/** BACKUP-COUNT, BACKUP-ORDER. */
function checkCounts(header: BackupHeader, keys: readonly BackupKey[], counted: number): void {
  if (header.keys !== keys.length || counted !== keys.length) {
    throw notVerified(
      'BACKUP-COUNT',
      `it holds ${inWords(keys.length, 'key')}, its header says ${header.keys}, its footer ${counted}`,
    )
  }
  const wrong = keys.findIndex((key, i) => i > 0 && byNameAndVersion(keys[i - 1]!, key) >= 0)
  if (wrong !== -1)
    throw notVerified(
      'BACKUP-ORDER',
      `${label(keys[wrong]!.name, keys[wrong]!.version)} is out of order, or comes twice`,
    )
}

/** What it says of itself, which nothing has proved. */
const otherThan = ({ name, partition }: Wanted, header: BackupHeader): string =>
  partition === header.partition
    ? ''
    : `: it says that it is of partition ${header.name} (${header.partition}), and the ledger is of ${name} (${partition})`

const THEIR_LEDGER = 'give it the ledger of its own partition: --ledger FILE, such as the FILE.ledger beside it'
const NEWER = 'where that is an older copy than the backup: a newer one'

/** BACKUP-DIGEST, BACKUP-SIGNED. */
function checkFooter(
  bytes: Buffer,
  { digest, signature }: { digest: string; signature: { key: string; alg: string; value: string } },
  header: BackupHeader,
  of: Wanted,
): void {
  const before = bytes.subarray(0, bytes.lastIndexOf(10, bytes.length - 2) + 1)
  const actual = createHash('sha256').update(before).digest()
  if (toBase64url(actual) !== digest) throw notVerified('BACKUP-DIGEST', 'its content is not what was signed')
  const key = of.auditKeys.find(({ id, alg }) => id === signature.key && alg === signature.alg)
  if (!key)
    throw notVerified(
      'BACKUP-SIGNED',
      `no audit key of this ledger signed it${otherThan(of, header)}`,
      of.partition === header.partition ? apart(THEIR_LEDGER, NEWER) : THEIR_LEDGER,
    )
  if (!isSigned(key.alg, key.spki, footerMessage(actual), fromBase64url(signature.value))) {
    throw notVerified('BACKUP-SIGNED', 'its signature is wrong')
  }
}
