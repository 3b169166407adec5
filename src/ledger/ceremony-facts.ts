// What the files of a ceremony say of themselves: its journal, the head that witnesses sign, its record, what a rehearsal left, and a signature. Nothing is checked.
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openRegular, readRegular } from '../disk/files.ts'
import { parseRehearsal } from '../domain/ceremony-marks.ts'
import { recordCode } from '../domain/code.ts'
import { fromUtf8, toBase64url } from '../domain/encoding.ts'
import { notVerified, refused } from '../domain/errors.ts'
import { exceptionsIn, type JournalLine, parseEntry, parseHead, stepsIn } from '../domain/journal.ts'
import { leafOfBytes } from '../domain/record.ts'
import { filesTold } from './ceremony-folder.ts'
import { readLines } from './lines.ts'
import type { Facts } from './port.ts'
import { decode } from './replay.ts'
import { signatureFacts } from './sshsig.ts'

const textOf = (path: string): string => fromUtf8(readRegular(path))

/** A record is a folder, and is known by its manifest. FILE-KIND: any other folder. */
export function manifestIn(path: string): string {
  if (path === '-' || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path
  const manifest = join(path, 'manifest.json')
  if (statSync(manifest, { throwIfNoEntry: false })?.isDirectory() === false) return manifest
  throw refused('FILE-KIND', `${path} is a folder, and not the record of a ceremony`, 'name a file in it')
}

export const CEREMONY_FACTS = {
  'ceremony-journal': journalFacts,
  'ceremony-head'(path: string): Facts {
    const { name, partition, script, journal } = parseHead(textOf(path))
    return { name, partition, script, journal: recordCode(journal) }
  },
  'ceremony-record'(path: string): Facts {
    const files = filesTold(textOf(path))
    const signed = files.flatMap(({ name }) => (name.endsWith('.sig') ? [name.slice(0, -4)] : []))
    const journal = journalFacts(join(dirname(path), 'journal.jsonl'))
    return { ...journal, files: files.length, signed: signed.join(', ') || 'by no witness' }
  },
  'ceremony-rehearsal'(path: string): Facts {
    const told = parseRehearsal(textOf(path))?.rehearsal
    if (!told) throw notVerified('CEREMONY-REHEARSED', 'it is not what a rehearsal leaves')
    const { name, script, ended, exceptions, journal } = told
    return { name, script, ended, exceptions, journal: recordCode(journal) }
  },
  'witness-signature': (path: string): Facts => signatureFacts(textOf(path)),
}

/** Of its first line, and how far it goes: a line that was cut off is no part of it. */
function journalFacts(path: string): Facts {
  const lines: JournalLine[] = []
  for (const { bytes, whole } of readLines(openRegular(path)))
    if (whole) lines.push({ entry: parseEntry(decode(bytes)).entry, leaf: toBase64url(leafOfBytes(bytes)) })
  const [first, last] = [lines[0]?.entry, lines.at(-1)]
  const told = { lines: lines.length, steps: stepsIn(lines), exceptions: exceptionsIn(lines) }
  if (first?.type !== 'opened' || !last) return told
  const { name, mode, partition, script, time: began } = first
  const { type, time } = last.entry
  return { name, mode, partition, script, began, ...told, last: type, at: time, journal: recordCode(last.leaf) }
}
