// The record of a ceremony in a folder that people carry: written whole, its manifest last, and read back against that.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createFile, exists, fileMissing, readRegular, syncFolder } from '../disk/files.ts'
import { sameJson } from '../domain/canonical.ts'
import { formatCarried, parseCarried } from '../domain/carried-line.ts'
import {
  type CeremonyContent,
  RECORD_FOLDER,
  RecordManifest,
  type WitnessSignature,
} from '../domain/ceremony-keeping.ts'
import { fromUtf8, utf8 } from '../domain/encoding.ts'
import { notVerified, refused } from '../domain/errors.ts'
import { artefactFrom, lastName } from '../domain/file-names.ts'
import { sh } from '../domain/hints.ts'
import { quoted } from '../domain/names.ts'
import type { Artefact } from '../domain/shapes.ts'
import { journalAt } from './journal.ts'

const MANIFEST = 'manifest.json'
/** Without these nothing can be said of it. */
const NEEDED = ['script.toml', 'site.toml', 'journal.jsonl']

/** FILE-EXISTS: the folder is new, so that nothing of another record is in it. The manifest is written last. */
export function writeRecord(folder: string, files: ReadonlyMap<string, string | Uint8Array>): string[] {
  if (exists(folder)) throw refused('FILE-EXISTS', `${quoted(folder)} exists`, sh('ls', '-l', folder))
  mkdirSync(folder, { mode: 0o700 })
  const told = [...files].map(([name, content]) => {
    const bytes = typeof content === 'string' ? utf8(content) : content
    createFile(join(folder, name), bytes)
    return artefactFrom(name, bytes)
  })
  createFile(join(folder, MANIFEST), formatCarried('manifest', RECORD_FOLDER, { files: told }))
  syncFolder(folder)
  return [...files.keys(), MANIFEST]
}

/** RECORD-FILES, FORMAT-NEWER: its files are those that the manifest names, byte by byte. */
export function readRecord(folder: string): CeremonyContent {
  const files = checkedFiles(folder)
  const text = (name: string) => fromUtf8(readRegular(join(folder, name)))
  const signatures = signaturesIn(folder, text)
  const journal = journalAt(join(folder, 'journal.jsonl'))
  return { script: text('script.toml'), site: text('site.toml'), ...journal, signatures, files }
}

function checkedFiles(folder: string): ReadonlyMap<string, string> {
  const path = join(folder, MANIFEST)
  if (!exists(path)) throw fileMissing('the manifest of the record', path)
  const told = filesOf(fromUtf8(readRegular(path)))
  for (const { name, ...artefact } of told) {
    const file = join(folder, name)
    if (!exists(file)) throw notVerified('RECORD-FILES', `${quoted(name)} is missing`)
    if (!sameJson(artefactFrom(name, readRegular(file)), { name, ...artefact }))
      throw notVerified('RECORD-FILES', `${quoted(name)} is not the file that the manifest names`)
  }
  const names = told.map(({ name }) => name)
  const strange = readdirSync(folder).find((name) => name !== MANIFEST && !names.includes(name))
  if (strange !== undefined)
    throw notVerified('RECORD-FILES', `${quoted(strange)} is in the folder, and not in the manifest`)
  const needed = NEEDED.find((name) => !names.includes(name))
  if (needed !== undefined) throw notVerified('RECORD-FILES', `${quoted(needed)} is missing`)
  return new Map(told.map(({ name, sha256 }) => [name, sha256]))
}

function filesOf(text: string): Artefact[] {
  const files = filesTold(text)
  const names = files.map(({ name }) => name)
  if (new Set(names).size < names.length || names.some((name) => lastName(name) !== name)) throw misshapen()
  return files
}

/** RECORD-FILES, FORMAT-NEWER: as a manifest tells of them. */
export const filesTold = (text: string): Artefact[] =>
  parseCarried(text, { shape: RecordManifest, member: 'manifest', format: RECORD_FOLDER, refused: misshapen }).manifest
    .files

const misshapen = () => notVerified('RECORD-FILES', 'the manifest is not as docs/formats.md has it')

/** Of a home, too. */
export const signaturesIn = (folder: string, text: (name: string) => string): WitnessSignature[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sig'))
    .sort()
    .map((name) => ({ name: name.slice(0, -4), text: text(name) }))
