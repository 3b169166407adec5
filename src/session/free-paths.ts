// Whether new share files can be written, checked before a token is touched; and what an interrupted init left there.

import { createHash } from 'node:crypto'
import { accessSync, constants, lstatSync, readFileSync, statSync } from 'node:fs'
import { refused, usage } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import type { Pending } from '../domain/pending.ts'
import type { Quorum } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'

/** SHARES-DIR, FILE-EXISTS: files left by an earlier init, unchanged or still empty, are no obstacle. */
export function checkFree(folder: string, paths: readonly string[], left: readonly string[]): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw usage(`there is no folder ${folder} for the share files`, sh('mkdir', '-m', '700', folder), 'SHARES-DIR')
  checkWritable(folder)
  const taken = paths.find((path) => hashOf(path) !== undefined && !left.includes(path))
  if (taken) throw refused('FILE-EXISTS', `${taken} exists already`, 'move it away, or choose another --shares-dir')
}

function checkWritable(folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw refused('SHARES-DIR', `no share file can be written to ${folder} (${code})`, 'choose another --shares-dir')
  }
}

/** Share files of an earlier init are useless now: those that are unchanged are deleted. */
export async function clearAway(before: Pending | undefined, quorum: Removes, terminal: Terminal): Promise<void> {
  for (const path of await leftOf(before, quorum)) {
    quorum.removeShareFile(path)
    terminal.say(`  removed ${escaped(path)}: it is of the beginning that was interrupted`)
  }
}

type Opens = Pick<Quorum, 'openShareFile' | 'shareFileProtection'>
type Removes = Opens & Pick<Quorum, 'removeShareFile'>

/** The share files of an init that are still as they were written. What a note says of any other file is not believed. */
export async function leftOf(before: Pending | undefined, quorum: Opens): Promise<string[]> {
  return before === undefined || before.kind === 'restore' ? [] : leftFiles(before, quorum)
}

/** Of files that were noted before they were written, those that are still so. */
export async function leftFiles(
  { files, partition }: Pick<Pending, 'files' | 'partition'>,
  quorum: Opens,
): Promise<string[]> {
  const left: string[] = []
  for (const file of files) if (await isLeft(file, partition, quorum)) left.push(file.path)
  return left
}

/** A crash between creating a file and filling it leaves it empty: it holds nothing that anybody could miss. */
async function isLeft({ path, sha256 }: Pending['files'][number], partition: string, quorum: Opens): Promise<boolean> {
  const hash = hashOf(path)
  if (!/\.share\.(txt|age)$/.test(path) || hash === undefined) return false
  return hash === hashed('') || (hash === sha256 && (await isShareOf(readFileSync(path), partition, quorum)))
}

/** A sealed one does not say whose it is. */
async function isShareOf(bytes: Uint8Array, partition: string, quorum: Opens): Promise<boolean> {
  try {
    if ((await quorum.shareFileProtection(bytes)) !== 'plain') return true
    const { share, hints } = await quorum.openShareFile(bytes, { passphrases: [], identities: [] })
    share[Symbol.dispose]()
    return hints.partition === partition
  } catch {
    return false
  }
}

/** Undefined where there is no such file; nothing that is a hash where it can't be read. */
function hashOf(path: string): string | undefined {
  try {
    // A pipe would wait for its other end.
    return lstatSync(path).isFile() ? hashed(readFileSync(path)) : ''
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : ''
  }
}

const hashed = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')
