// Files and folders: whose they are, who may write them, and whether there is room for more.

import { readdirSync, type Stats, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { refused } from '../../domain/errors.ts'
import { sh } from '../../domain/hints.ts'
import { counted } from '../../domain/words.ts'
import type { Files } from '../../ledger/port.ts'
import { type Finding, ok, problem, warning } from './checks.ts'

/** The folder and everything in it. */
export function wholeFolder(path: string, files: Files): Finding {
  files.checkOwn(path)
  const names = readdirSync(path)
  for (const name of names) unlessGone(() => files.checkOwn(join(path, name)))
  return ok(`${path}: closed to others, with ${counted(names.length, 'file')} in it`)
}

/** Another running keyrite creates and deletes files. */
function unlessGone(check: () => void): void {
  try {
    check()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

interface Writer {
  path: string
  who: string
  anyone: boolean
}

/** Who else, apart from root and us, can replace a file: by writing to it, or to a folder above it. */
function othersWho(path: string, uid: number | undefined): Writer[] {
  const whole = resolve(path)
  const folder = dirname(whole)
  return [...writers(whole, statSync(whole), uid), ...(folder === whole ? [] : othersWho(folder, uid))]
}

function writers(path: string, facts: Stats, uid: number | undefined): Writer[] {
  // In a folder like /tmp only the owner of a file may delete it.
  const sticky = facts.isDirectory() && (facts.mode & 0o1000) !== 0
  if (!sticky && facts.mode & 0o002) return [{ path, who: 'anyone', anyone: true }]
  if (!sticky && facts.mode & 0o020 && facts.gid !== 0) return [{ path, who: `group ${facts.gid}`, anyone: false }]
  const ours = facts.uid === 0 || facts.uid === uid || uid === undefined
  return ours ? [] : [{ path, who: `user ${facts.uid}`, anyone: false }]
}

/** FILE-WRITABLE: nobody else may write this, or what leads to it. */
export function closedToOthers(paths: readonly string[], uid: number | undefined, found: string): Finding {
  const all = paths.flatMap((path) => othersWho(path, uid))
  const worst = all.find(({ anyone }) => anyone) ?? all[0]
  if (!worst) return ok(found)
  const said = `${worst.path} may be written by ${worst.who}`
  const hint = worst.who.startsWith('user')
    ? sh('sudo', 'chown', 'root', worst.path)
    : sh('sudo', 'chmod', 'go-w', worst.path)
  return worst.anyone ? problem(refused('FILE-WRITABLE', said, hint)) : warning(said, hint)
}

const MEGABYTE = 1024 * 1024

/** DISK: a ledger that can't be written ends a change in its middle. */
export function space(free: number, path: string): Finding {
  const found = `${Math.floor(free / MEGABYTE)} MB are free at ${path}`
  const hint = sh('df', '-h', path)
  if (free < MEGABYTE) return problem(refused('DISK', found, hint))
  return free < 100 * MEGABYTE ? warning(found, hint) : ok(found)
}

/** Of the disk that holds this path, or will. */
export function freeAt(path: string): { free: number; path: string } {
  const whole = resolve(path)
  try {
    const { bavail, bsize } = statfsSync(whole)
    return { free: bavail * bsize, path: whole }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(whole) === whole) throw error
    return freeAt(dirname(whole))
  }
}
