// Whether new share files can be written, checked before a token is touched; and what an interrupted init left there.

import { createHash } from 'node:crypto'
import { accessSync, constants, lstatSync, readFileSync, rmSync, statSync } from 'node:fs'
import { refused, usage } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import type { Pending } from '../domain/pending.ts'
import type { Terminal } from '../terminal/port.ts'

/** SHARES-DIR, FILE-EXISTS: files left by an earlier init, unchanged or still empty, are no obstacle. */
export function checkFree(folder: string, paths: readonly string[], before: Pending | undefined): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw usage(`there is no folder ${folder} for the share files`, sh('mkdir', '-m', '700', folder), 'SHARES-DIR')
  checkWritable(folder)
  const left = new Map(before?.files.map((file) => [file.path, isLeft(file)]))
  const taken = paths.find((path) => hashOf(path) !== undefined && !left.get(path))
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
export function clearAway(before: Pending | undefined, terminal: Terminal): void {
  for (const file of before?.files ?? []) {
    if (!isLeft(file)) continue
    const { path } = file
    rmSync(path)
    terminal.say(`  removed ${path}: it is of the beginning that was interrupted`)
  }
}

/** A crash between creating a file and filling it leaves it empty: it holds nothing that anybody could miss. */
const isLeft = ({ path, sha256 }: Pending['files'][number]): boolean =>
  [sha256, hashed('')].includes(hashOf(path) ?? '')

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
