// What custodians elsewhere send: found in a folder, or named, and read within bounds.
import { statSync } from 'node:fs'
import { type Arrival, arrivalsIn, readSmall } from '../disk/arrivals.ts'
import { diskError, errnoOf, fileMissing, NO_FILES } from '../disk/files.ts'
import { checkFree } from '../disk/free.ts'
import { fromUtf8 } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import { quoted } from '../domain/names.ts'
import { CONTRIBUTION_START, type Contribution, parseContribution } from '../domain/proposal-files.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { Inbox, Sent } from './port.ts'

/** Of a file; a share has a tenth of it. */
const MOST_BYTES = 64 * 1024

/** REMOTE-FOLDER, FILE-EXISTS, DISK: it is a folder, and `file` can be made in it. */
export function checkInbox(folder: string, file: string): void {
  const facts = statSync(folder, { throwIfNoEntry: false })
  if (!facts) throw refused('REMOTE-FOLDER', `there is no folder ${quoted(folder)}`, sh('mkdir', '-m', '700', folder))
  if (!facts.isDirectory()) throw refused('REMOTE-FOLDER', `${quoted(folder)} is not a folder`, sh('ls', '-ld', folder))
  arrivalsIn(folder)
  checkFree(file)
}

/** CONTRIBUTION-FILE, FORMAT-NEWER: one that somebody names. */
export function readContribution(path: string): Contribution {
  const text = textOf(path)
  if (text === undefined)
    throw refused('CONTRIBUTION-FILE', `${quoted(path)} is no small regular file`, sh('ls', '-l', path))
  return parseContribution(text)
}

/** Each file is given once, and once more when it has changed. What is no contribution is passed over; that one is cut off is said once. */
export function inboxOf(folder: string): Inbox {
  const seen = new Set<string>()
  const growing = new Set<string>()
  return {
    next() {
      return arrivalsIn(folder)
        .filter(({ mark }) => !seen.has(mark))
        .flatMap((arrival) => {
          const sent = lookAt(arrival)
          // It may still be on its way: then it is another one when it is whole.
          seen.add(arrival.mark)
          const isToldAgain = sent === CUT_OFF && growing.has(arrival.name)
          if (sent === CUT_OFF) growing.add(arrival.name)
          return sent && !isToldAgain ? [{ name: arrival.name, sent }] : []
        })
    },
  }
}

const CUT_OFF: Sent = { passed: 'it has no end; where nothing is still writing it, let it be sent again' }

const isBegun = (text: string): boolean => text.startsWith(CONTRIBUTION_START) || CONTRIBUTION_START.startsWith(text)

/** Undefined of what is none. */
function lookAt({ kind, path, bytes }: Arrival): Sent | undefined {
  if (kind === 'folder') return undefined
  if (kind === 'link') return { passed: 'it is a symbolic link' }
  if (kind === 'other') return { passed: 'it is no regular file' }
  if (bytes > MOST_BYTES) return { passed: 'it is too big for a contribution' }
  try {
    const text = textOf(path)
    if (text === undefined) return undefined
    if (!text.endsWith('\n')) return isBegun(text) ? CUT_OFF : undefined
    return text.startsWith(CONTRIBUTION_START) ? { contribution: parseContribution(text) } : undefined
  } catch (error) {
    return { failure: failureFrom(error) }
  }
}

/** Undefined where it is no small regular file, or no text. FILE-MISSING, DISK. */
function textOf(path: string): string | undefined {
  const bytes = bytesOf(path)
  try {
    return bytes && fromUtf8(bytes)
  } catch {
    return undefined
  }
}

function bytesOf(path: string): Uint8Array | undefined {
  try {
    return readSmall(path, MOST_BYTES)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ELOOP' || NO_FILES.includes(errno!)) return undefined
    throw errno === 'ENOENT' ? fileMissing('contribution', path) : diskError(error, path, 'read')
  }
}
