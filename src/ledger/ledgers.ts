// The room's door: which partitions a home holds, and a ledger held against every rule from its file alone.

import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { copyFile, dropUnfinished, makeWhole } from '../disk/drafts.ts'
import { checkFree, checkOwn, checkOwnFolder, createFile, exists, openRegular, readRegular } from '../disk/files.ts'
import { fromUtf8, toBase64url } from '../domain/encoding.ts'
import { EXIT, KeyriteError, notVerified, usage } from '../domain/errors.ts'
import { add, apart, keyrite } from '../domain/hints.ts'
import { quoted, SHORT_NAME } from '../domain/names.ts'
import { type Line, leafOf, parseLine } from '../domain/record.ts'
import type { Artefact } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { beginBackup, dropBackupDraft, readBackup } from './backup-file.ts'
import { type Checkpoint, parseCheckpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { LedgerFile, type LedgerOptions, torn } from './file.ts'
import { PartitionFolder, type Surroundings } from './folder.ts'
import { inspect } from './inspect.ts'
import { kindOf, notThat } from './kind.ts'
import { type RawLine, readLines } from './lines.ts'
import type { Audit, Ledgers, Partition, Proofs } from './port.ts'
import { decode } from './replay.ts'
import { checkApproved } from './signatures.ts'
import { readRequest, signRequest } from './station-request.ts'

export function ledgersOf(surroundings: Surroundings): Ledgers {
  const partition = (home: string, name: string) => new PartitionFolder(home, name, surroundings)
  const partitions = (home: string): Partition[] =>
    namesIn(home)
      .map((name) => partition(home, name))
      .filter(({ holdsSomething }) => holdsSomething)
  return {
    partition,
    partitions,
    choose: (home, name) => choose(home, partitions(home), name),
    audit,
    checkApproved,
    signRequest,
    readRequest,
    signCheckpoint,
    beginBackup,
    dropBackupDraft,
    readBackup,
    checkOwn,
    checkFree: (paths) => paths.forEach(checkFree),
    copyFile,
    dropUnfinished,
    createFiles: (files) => files.map(createArtefact),
    inspect,
    readText,
    records,
  }
}

function* records(path: string, own = false): Generator<{ line: Line; leaf: string }> {
  let seq = 0
  for (const raw of readLines(openRegular(path))) yield recordIn(raw, seq++, own)
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

/** FILE-TEXT: what is no UTF-8 is no text of ours. */
function readText(path: string): string {
  const bytes = readRegular(path)
  try {
    return fromUtf8(bytes)
  } catch {
    throw notVerified('FILE-TEXT', `${quoted(path)} is not UTF-8`)
  }
}

function createArtefact({ path, content }: { path: string; content: string | Uint8Array }): Artefact {
  const sha256 = createHash('sha256').update(content).digest('hex')
  makeWhole(path, (draft) => createFile(draft, content))
  return { name: basename(path), sha256, bytes: Buffer.byteLength(content) }
}

function namesIn(home: string): string[] {
  if (!exists(home)) return []
  checkOwnFolder(home)
  const folders = readdirSync(home, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return folders
    .map((folder) => folder.name)
    .filter((name) => SHORT_NAME.test(name))
    .sort()
}

function choose(home: string, all: readonly Partition[], name: string | undefined): Partition {
  const found = name === undefined && all.length === 1 ? all[0] : all.find((partition) => partition.name === name)
  if (found) {
    found.check()
    return found
  }
  const names = all.map((partition) => partition.name).join(', ')
  if (all.length === 0)
    throw usage(`there is no partition in ${home}`, keyrite('partition', 'init', '--help'), 'PARTITION-KNOWN')
  if (name === undefined) {
    const hint = 'say which: --partition NAME, or export KEYRITE_PARTITION=NAME for every command that follows'
    throw usage(`there are several partitions: ${names}`, hint, 'PARTITION-KNOWN')
  }
  throw usage(`no partition is called ${name}; there is: ${names}`, keyrite('partition', 'list'), 'PARTITION-KNOWN')
}

function audit(path: string, proofs: Proofs): Audit {
  const checkpoints = proofs.checkpoints.map(parseCheckpoint)
  const roots = new Map<number, string>()
  const wanted = new Set(checkpoints.map((checkpoint) => checkpoint.size))
  const ledger = opened(path, {
    signatures: 'all',
    copy: proofs.own !== true,
    seen: ({ size, root }) => {
      if (wanted.has(size)) roots.set(size, Buffer.from(root()).toString('base64'))
    },
  })
  ledger.finish(proofs)
  // A torn record that somebody saw whole is more than a crash leaves: that is told first.
  for (const checkpoint of checkpoints) checkAgainst(checkpoint, ledger, roots)
  if (!proofs.mayBeTorn) ledger.checkWhole(proofs.own)
  return { history: ledger.history, size: ledger.tree.size, root: ledger.tree.root() }
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
      kind === 'backup' ? apart(add('--ledger', `${path}.ledger`), 'the copy beside the backup') : undefined
    throw error.with({ message: notThat(path, kind, 'a ledger'), hint: beside })
  }
}

/** CHECKPOINT-BEHIND, CHECKPOINT-ROOT: the ledger still holds what the note saw, in the same order. */
function checkAgainst(checkpoint: Checkpoint, ledger: LedgerFile, roots: Map<number, string>): void {
  verifyCheckpoint(checkpoint, ledger.history.partition, ledger.history.auditKeys)
  if (checkpoint.size > ledger.tree.size) {
    const count = `${ledger.tree.size} of the ${counted(checkpoint.size, 'record')} that the checkpoint saw`
    const message = `the ledger is an older copy, or has been cut: it holds ${count}`
    throw notVerified(
      'CHECKPOINT-BEHIND',
      message,
      'bring a newer copy: ledger.jsonl of the home, or FILE.ledger of a newer backup',
    )
  }
  if (checkpoint.size === 0 || roots.get(checkpoint.size) !== checkpoint.root) {
    throw notVerified(
      'CHECKPOINT-ROOT',
      `the first ${counted(checkpoint.size, 'record')} differ from what the checkpoint saw`,
    )
  }
}
