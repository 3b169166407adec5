// The room's door: which partitions a home holds, and what else of ours lies in files.

import { createReadStream, readdirSync } from 'node:fs'
import { dropDraft, dropUnfinished, makeAllWhole, makeAllWholeOf } from '../disk/drafts.ts'
import { checkOwn, checkOwnFolder, dropQuietly, exists, openRegular, readRegular, readSmall } from '../disk/files.ts'
import { checkAllFree, firstIn } from '../disk/free.ts'
import { formatConfirmation, parseConfirmation } from '../domain/confirmation-file.ts'
import { formatAnswer, formatAsked, parseAnswer, parseAsked } from '../domain/drill-files.ts'
import { fromUtf8, utf8 } from '../domain/encoding.ts'
import { notVerified, refused, usage } from '../domain/errors.ts'
import { artefactFrom } from '../domain/file-names.ts'
import { keyrite, sh } from '../domain/hints.ts'
import { quoted, SHORT_NAME } from '../domain/names.ts'
import { formatContribution, formatSentPlan, parseSentPlan } from '../domain/proposal-files.ts'
import type { Artefact } from '../domain/shapes.ts'
import { orMeant, thereIs } from '../domain/words.ts'
import { beginBackup, readBackup } from './backup-file.ts'
import { checkInbox, inboxOf, readContribution } from './contributions.ts'
import { evidenceOf } from './evidence.ts'
import { PartitionFolder, type Surroundings } from './folder.ts'
import { inspect } from './inspect.ts'
import { ofKind } from './kind.ts'
import { checkOutside } from './outside.ts'
import type { Ledgers, Partition } from './port.ts'
import { checkApproved, checkConfirmations, checkSigned } from './signatures.ts'
import { sourceAt } from './source.ts'
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
    copyAt: (path) => sourceAt(path, false),
    ...evidenceOf(surroundings),
    // Named late: what a command does not call need not be read at its start.
    checkApproved: (...given) => checkApproved(...given),
    checkSigned: (...given) => checkSigned(...given),
    checkConfirmations: (...given) => checkConfirmations(...given),
    readChallenge: (path) => ofKind(path, 'challenge', () => parseAsked(readText(path))),
    readAnswer: (path) => ofKind(path, 'answer', () => parseAnswer(readText(path))),
    formatChallenge: (asked) => formatAsked(asked),
    formatAnswer: (answer) => formatAnswer(answer),
    readConfirmation: (path) => ofKind(path, 'confirmation', () => parseConfirmation(readText(path))),
    formatConfirmation: (confirmation) => formatConfirmation(confirmation),
    formatSentPlan: (sent) => formatSentPlan(sent),
    readSentPlan: (path) => ofKind(path, 'proposal', () => parseSentPlan(readText(path))),
    formatContribution: (contribution) => formatContribution(contribution),
    readContribution: (path) => ofKind(path, 'contribution', () => readContribution(path)),
    checkInbox: (...given) => checkInbox(...given),
    inboxOf: (...given) => inboxOf(...given),
    dropFile: (path) => dropQuietly(path),
    signRequest: (...given) => signRequest(...given),
    readRequest: (path) => readRequest(path),
    beginBackup: (...given) => beginBackup(...given),
    dropBackupDraft: (...given) => dropDraft(...given),
    readBackup: (...given) => readBackup(...given),
    checkOwn: (path) => checkOwn(path),
    checkFree: (paths, home) => {
      for (const path of firstIn(paths)) checkOutside(path, home)
      checkAllFree(paths)
    },
    dropUnfinished: (...given) => dropUnfinished(...given),
    artefactOf,
    chunks,
    createFiles,
    createFilesOf,
    inspect: (...given) => inspect(...given),
    readBytes,
    readText,
  }
}

/** It may be a key: nothing of it stays behind. */
function readBytes(path: string): Uint8Array {
  const bytes = readSmall(path)
  const own = Uint8Array.from(bytes)
  bytes.fill(0)
  return own
}

/** FILE-TEXT: what is no UTF-8 is no text of ours. */
function readText(path: string): string {
  const bytes = readRegular(path)
  try {
    return fromUtf8(bytes)
  } catch {
    throw notVerified('FILE-TEXT', `${quoted(path)} is not UTF-8`, 'take another copy of the file')
  }
}

async function* chunks(path: string): AsyncIterable<Uint8Array> {
  for await (const chunk of createReadStream('', { fd: openRegular(path), highWaterMark: 1024 * 1024 })) yield chunk
}

/** FILE-EMPTY: of nothing there is nothing to sign. */
function artefactOf(path: string): Artefact {
  const bytes = readRegular(path)
  if (bytes.length === 0) throw refused('FILE-EMPTY', `${quoted(path)} is empty`, sh('ls', '-l', path))
  return artefactFrom(path, bytes)
}

async function createFilesOf(
  paths: readonly string[],
  contents: AsyncIterable<string | Uint8Array>,
): Promise<Artefact[]> {
  const made: Artefact[] = []
  async function* told(): AsyncIterable<string | Uint8Array> {
    for await (const content of contents) {
      made.push(artefactOfContent(paths[made.length]!, content))
      yield content
    }
  }
  await makeAllWholeOf(paths, told())
  return made
}

const artefactOfContent = (path: string, content: string | Uint8Array): Artefact =>
  artefactFrom(path, typeof content === 'string' ? utf8(content) : content)

function createFiles(files: readonly { path: string; content: string | Uint8Array }[]): Artefact[] {
  makeAllWhole(files)
  return files.map(({ path, content }) => artefactOfContent(path, content))
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
  const names = all.map((partition) => partition.name)
  // What to do about that depends on what was to be done.
  if (all.length === 0) throw usage(`there is no partition in ${home}`, undefined, 'PARTITION-KNOWN')
  if (name === undefined) {
    const hint = 'say which: --partition NAME, or export KEYRITE_PARTITION=NAME for every command that follows'
    throw usage(`there are several partitions: ${names.join(', ')}`, hint, 'PARTITION-KNOWN')
  }
  throw usage(
    `no partition is called ${name}${orMeant(name, names) || `; ${thereIs(names)}`}`,
    keyrite('partition', 'list'),
    'PARTITION-KNOWN',
  )
}
