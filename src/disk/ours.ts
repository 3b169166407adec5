// Whose a file or folder is, and who else may open it: what Keyrite keeps is for one user alone.

import { execFileSync } from 'node:child_process'
import { type Stats, statfsSync } from 'node:fs'
import { basename } from 'node:path'
import { geteuid } from 'node:process'
import { refused } from '../domain/errors.ts'
import { apart, type Hint, sh } from '../domain/hints.ts'

/** FILE-OWNER. Files that root left in a home of ours are taken back. */
export const checkFileOwner = (facts: Stats, path: string): void =>
  checkOurs(facts, path, (user) =>
    facts.uid === 0 || user === 0 ? sh('sudo', 'chown', `${user}`, path) : sh('sudo', '-u', nameOf(facts.uid), '-s'),
  )

/** FILE-OWNER. */
export const checkFolderOwner = (facts: Stats, path: string): void => checkOurs(facts, path, () => ownerHint(facts.uid))

/** FILE-OWNER: one command that root runs in the home of somebody else would leave files there that their owner can't use. */
function checkOurs({ uid }: Stats, path: string, hint: (user: number) => Hint): void {
  const user = geteuid?.()
  if (user === undefined || uid === user) return
  throw refused('FILE-OWNER', `${path} belongs to user ${uid}, not to ${user}`, hint(user))
}

/** HOME-OPEN: a file system without modes has to be mounted for one user alone. */
export function checkClosed({ mode }: Stats, path: string, wanted: string): void {
  if ((mode & 0o077) === 0) return
  const message = `${path} is open to others (mode ${modeOf(mode)})`
  if (keepsModes(path)) throw refused('HOME-OPEN', message, sh('chmod', wanted, path))
  const hint = 'choose a home on another file system, or mount this one with umask=077'
  throw refused('HOME-OPEN', `${message}, and this file system keeps no modes`, hint)
}

const SMALL = 64 * 1024

/** FILE-READ: what is larger was named by mistake, and is not taken into memory. */
export function checkSmall({ size }: Stats, path: string): void {
  if (size > SMALL) throw refused('FILE-READ', `${path} has more than 64 KiB, and no key has`, sh('ls', '-l', path))
}

/** FILE-WRITABLE: whoever may write there is this user or root; the group of root is root. */
export function checkOthersOnlyRead({ uid, gid, mode }: Stats, path: string): void {
  const user = geteuid?.()
  const isOpen = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== 0)
  if (!isOpen && (user === undefined || uid === 0 || uid === user)) return
  const message = isOpen ? `${path} can be written by others (mode ${modeOf(mode)})` : `${path} belongs to user ${uid}`
  const hint = isOpen && keepsModes(path) ? sh('chmod', 'go-w', path) : sh('install', '-m', '600', path, basename(path))
  throw refused('FILE-WRITABLE', message, hint)
}

/** vfat, exfat, ntfs (two drivers), hfs, smb, smb2: what holds for one file there holds for all of them. */
const WITHOUT_MODES = [0x4d44, 0x2011bab0, 0x5346544e, 0x7366746e, 0x4244, 0x517b, 0xfe534d42]

/** `chmod` changes something there, or nothing is known of it. */
export function keepsModes(path: string): boolean {
  try {
    return !WITHOUT_MODES.includes(statfsSync(path).type)
  } catch {
    return true
  }
}

const modeOf = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

/** Whose it is works there; to read, a copy of the ledger is enough. What is given away is gone for its owner: no command for that. */
const ownerHint = (owner: number): Hint =>
  apart(
    sh('sudo', '-u', nameOf(owner), '-s'),
    'only to look: have a copy of its ledger.jsonl made, and give it as --ledger FILE',
    ...(owner === 0 ? ['if root made it by mistake, root gives the whole folder away with chown'] : []),
  )

/** As sudo takes it: the number where the user has no name. */
function nameOf(uid: number): string {
  try {
    return execFileSync('id', ['-un', `${uid}`], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return `#${uid}`
  }
}
