// A ledger in a file, a partition's own or a copy: held against every rule from its lines alone, and read one by one.

import { closeSync, fstatSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { copyFile } from '../disk/drafts.ts'
import { openRegular, readRegular } from '../disk/files.ts'
import { toBase64url } from '../domain/encoding.ts'
import { EXIT, KeyriteError, notVerified } from '../domain/errors.ts'
import { add, apart, to } from '../domain/hints.ts'
import { type Line, leafOf, parseLine } from '../domain/record.ts'
import { counted } from '../domain/words.ts'
import { type Checkpoint, NEWER_COPY, parseCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { LedgerFile, type LedgerOptions } from './file.ts'
import { findLine } from './find-line.ts'
import { indexIn } from './index-file.ts'
import { kindOf, notThat } from './kind.ts'
import { torn } from './ledger-errors.ts'
import { type RawLine, readLines } from './lines.ts'
import { OpenIndex } from './open-index.ts'
import { Pool } from './pool.ts'
import type { Audit, LedgerSource, Proofs } from './port.ts'
import { decode } from './replay.ts'
import { takenBy } from './signatures.ts'

export const sourceAt = (path: string, own: boolean): LedgerSource => ({
  source: path,
  own,
  audit: (proofs, each) => audit(path, own, proofs, each),
  records: (after) => records(path, own, after),
  read: () => readRegular(path),
  copyTo: (copy) => copyFile(path, copy),
})

type Each = Parameters<LedgerSource['audit']>[1]

/** The state is that of the record `stateAt`. */
type Stated = Audit & { state: string | undefined }

/** INDEX-TRUE: what an index says is what comes of the ledger from its first record. */
function audit(path: string, own: boolean, proofs: Proofs, each?: Each): Audit {
  const index = own ? OpenIndex.of(indexIn(dirname(path)), path) : undefined
  const { state, ...found } = auditLines(path, own, { ...proofs, stateAt: index?.seq }, each)
  index?.check(state)
  return found
}

type Asked = Proofs & { stateAt: number | undefined }

/** Each record is told of once its signatures hold; where none is, they may be looked at later. */
const auditLines = (path: string, own: boolean, asked: Asked, each?: Each): Stated =>
  (each === undefined && isLong(path) ? onAllCores(() => auditInTurn(path, own, asked)) : undefined) ??
  auditInTurn(path, own, asked, each)

/** Bytes: before so many are read, threads are not yet at work. */
const LONG = 1 << 20

/** What is no file can be read once alone, and has no size. */
function isLong(path: string): boolean {
  try {
    return statSync(path).size > LONG
  } catch {
    return false
  }
}

/** Undefined where anything is wrong: what it is, and where, says whoever goes through it in turn. */
function onAllCores<T>(read: () => T): T | undefined {
  using pool = new Pool()
  try {
    const found = takenBy(pool, read)
    return pool.finish() ? found : undefined
  } catch {
    return undefined
  }
}

function auditInTurn(path: string, own: boolean, { stateAt, ...proofs }: Asked, each?: Each): Stated {
  const checkpoints = proofs.checkpoints.map(parseCheckpoint)
  const roots = new Map<number, string>()
  const wanted = new Set(checkpoints.map((checkpoint) => checkpoint.size))
  const ledger = opened(path, {
    signatures: 'all',
    ...(stateAt === undefined ? {} : { stateAt }),
    copy: !own,
    seen: (line, leaf, { size, root }) => {
      each?.({ line, leaf })
      if (wanted.has(size)) roots.set(size, Buffer.from(root()).toString('base64'))
    },
  })
  ledger.finish({ ...proofs, own })
  // A torn record that somebody saw whole is more than a crash leaves: that is told first.
  for (const checkpoint of checkpoints) checkAgainst(checkpoint, ledger, roots)
  if (!proofs.mayBeTorn) ledger.checkWhole(own)
  return { history: ledger.history, size: ledger.tree.size, root: ledger.tree.root(), state: ledger.stateThen }
}

/** A copy may be the wrong file altogether. */
function opened(path: string, options: LedgerOptions): LedgerFile {
  try {
    return LedgerFile.open(path, options)
  } catch (error) {
    const isRead = error instanceof KeyriteError && error.exit === EXIT.verification
    const kind = isRead && options.copy ? kindOf(path) : 'ledger'
    if (!isRead || kind === 'ledger') throw error
    const beside =
      kind === 'backup'
        ? apart(add('--ledger', `${path}.ledger`), 'the copy beside the backup')
        : to('a copy of ledger.jsonl, or of FILE.ledger beside a backup', add('--ledger', 'FILE'))
    throw error.with({ message: notThat(path, kind, 'a ledger'), hint: beside })
  }
}

/** CHECKPOINT-BEHIND, CHECKPOINT-ROOT: the ledger still holds what the note saw, in the same order. */
function checkAgainst(checkpoint: Checkpoint, ledger: LedgerFile, roots: Map<number, string>): void {
  verifyCheckpoint(checkpoint, ledger.history.partition, ledger.history.auditKeys, ledger.tree.size)
  if (checkpoint.size > ledger.tree.size) {
    const count = `${ledger.tree.size} of the ${counted(checkpoint.size, 'record')} that the checkpoint saw`
    const message = `the ledger is an older copy, or has been cut: it holds ${count}`
    throw notVerified('CHECKPOINT-BEHIND', message, NEWER_COPY)
  }
  if (checkpoint.size === 0 || roots.get(checkpoint.size) !== checkpoint.root) {
    throw notVerified(
      'CHECKPOINT-ROOT',
      `the first ${counted(checkpoint.size, 'record')} differ from what the checkpoint saw`,
    )
  }
}

function* records(path: string, own: boolean, after = -1): Generator<{ line: Line; leaf: string }> {
  const from = after < 0 ? undefined : behind(path, after)
  let seq = from === undefined ? 0 : after + 1
  for (const raw of readLines(openRegular(path), undefined, from ?? 0)) {
    if (seq > after) yield recordIn(raw, seq, own)
    seq++
  }
}

/** Where the record after this one begins; undefined where it is not found so, and the file is read from its beginning. */
function behind(path: string, seq: number): number | undefined {
  const fd = openRegular(path)
  try {
    const { size } = fstatSync(fd)
    const end = findLine(fd, size, seq)?.end
    // Of a last line without its LF nothing stands behind it.
    return end === undefined ? undefined : Math.min(end, size)
  } catch {
    return undefined
  } finally {
    closeSync(fd)
  }
}

/** LEDGER-TORN, LINE-CANONICAL, RECORD-SHAPE, FORMAT-NEWER: the record with this number, which may break every other rule. */
function recordIn({ bytes, whole }: RawLine, seq: number, own: boolean): { line: Line; leaf: string } {
  try {
    const text = decode(bytes)
    return { line: parseLine(text), leaf: toBase64url(leafOf(text)) }
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    if (!whole) throw torn(seq - 1, own)
    throw error.with({ message: `record ${seq}: ${error.message}` })
  }
}
