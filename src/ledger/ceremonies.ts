// The part of the room's door that keeps ceremonies: a folder of the home for each, and records in folders of people.
import { mkdirSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  checkOwnFolder,
  createFile,
  exists,
  fileMissing,
  moveFile,
  readOwnText,
  readRegular,
  replaceFile,
  syncFolder,
} from '../disk/files.ts'
import { canonical } from '../domain/canonical.ts'
import type { CeremonyContent, CeremonyKeeping, KeptCeremony, WitnessSignature } from '../domain/ceremony-keeping.ts'
import { rehearsalMessage, type SignedRehearsal } from '../domain/ceremony-marks.ts'
import { fromBase64url, fromUtf8, sha256, toHex, utf8 } from '../domain/encoding.ts'
import { notVerified, refused } from '../domain/errors.ts'
import { artefactFrom } from '../domain/file-names.ts'
import { sh } from '../domain/hints.ts'
import type { NewEntry } from '../domain/journal.ts'
import { quoted } from '../domain/names.ts'
import type { Artefact } from '../domain/shapes.ts'
import { JournalFile, journalAt } from './journal.ts'
import { Lock } from './lock.ts'
import { checkOutside } from './outside.ts'
import type { Signer } from './port.ts'
import { checkKey, isSigned } from './signatures.ts'
import { signerOfText } from './sshsig.ts'

const FOLDER = '.ceremonies'

interface Surroundings {
  pid: number
  clock(): Date
}

class CeremonyFolder implements KeptCeremony {
  #journal: JournalFile | undefined

  constructor(
    readonly path: string,
    readonly partition: string,
    readonly name: string,
    readonly surroundings: Surroundings,
  ) {}

  get script(): string {
    return readOwnText(this.#file('script.toml'))
  }

  get site(): string {
    return readOwnText(this.#file('site.toml'))
  }

  get #lines(): JournalFile {
    this.#journal ??= new JournalFile(this.#file('journal.jsonl'), this.surroundings.clock)
    return this.#journal
  }

  get lines() {
    return this.#lines.lines
  }

  get journalText(): string {
    return readOwnText(this.#file('journal.jsonl'))
  }

  get signatures(): WitnessSignature[] {
    return signaturesIn(this.path, (name) => readOwnText(this.#file(name)))
  }

  lock = (): Disposable => Lock.at(this.#file('lock'), this.surroundings.pid, 'goes on with this ceremony')

  add = (entry: NewEntry, signer: Signer) => this.#lines.add(entry, signer)

  keepText(text: string): string {
    const digest = toHex(sha256(utf8(text)))
    const file = this.#file(`${digest}.att`)
    if (!exists(file)) replaceFile(file, text)
    return digest
  }

  keepFile(path: string): Artefact {
    const bytes = readRegular(path)
    if (bytes.length === 0) throw refused('FILE-EMPTY', `${quoted(path)} is empty`, sh('ls', '-l', path))
    const artefact = artefactFrom(path, bytes)
    const file = this.#file(`${artefact.sha256}.att`)
    if (!exists(file)) replaceFile(file, bytes)
    return artefact
  }

  attachment = (digest: string): Uint8Array => readRegular(this.#file(`${digest}.att`))

  keepSignature = ({ name, text }: WitnessSignature): void => replaceFile(this.#file(`${name}.sig`), text)

  #file = (name: string): string => join(this.path, name)
}

const signaturesIn = (folder: string, text: (name: string) => string): WitnessSignature[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sig'))
    .sort()
    .map((name) => ({ name: name.slice(0, -4), text: text(name) }))

export const ceremonyKeeping = (surroundings: Surroundings): CeremonyKeeping => ({
  ceremoniesIn: (home) =>
    foldersIn(join(home, FOLDER)).flatMap((partition) =>
      foldersIn(join(home, FOLDER, partition))
        .filter((name) => exists(join(home, FOLDER, partition, name, 'journal.jsonl')))
        .map((name) => new CeremonyFolder(join(home, FOLDER, partition, name), partition, name, surroundings)),
    ),
  beginCeremony: (home, partition, name, texts) => {
    checkOwnFolder(home)
    const path = join(home, FOLDER, partition, name)
    setAside(path)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    for (const folder of [home, join(home, FOLDER), join(home, FOLDER, partition)]) syncFolder(folder)
    replaceFile(join(path, 'script.toml'), texts.script)
    replaceFile(join(path, 'site.toml'), texts.site)
    return new CeremonyFolder(path, partition, name, surroundings)
  },
  readCeremonyRecord: readRecord,
  writeCeremonyRecord: (folder, home, files) => {
    checkOutside(join(folder, 'journal.jsonl'), home)
    return writeRecord(folder, files)
  },
  signerOfText,
  isRehearsed,
})

function isRehearsed({ rehearsal, value }: SignedRehearsal): boolean {
  checkKey(rehearsal.key, 'EdDSA')
  return isSigned('EdDSA', rehearsal.key.spki, rehearsalMessage(rehearsal), fromBase64url(value))
}

/** Nothing is deleted. */
function setAside(path: string): void {
  if (!exists(path)) return
  for (let number = 1; ; number++) {
    const aside = `${path}.aborted-${number}`
    if (!exists(aside)) return moveFile(path, aside)
  }
}

function foldersIn(path: string): string[] {
  if (!exists(path)) return []
  checkOwnFolder(path)
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
}

const MANIFEST = 'manifest.json'

/** FILE-EXISTS: the folder is new, so that nothing of another record is in it. The manifest is written last. */
function writeRecord(folder: string, files: ReadonlyMap<string, string | Uint8Array>): string[] {
  if (exists(folder)) throw refused('FILE-EXISTS', `${quoted(folder)} exists`, sh('ls', '-l', folder))
  mkdirSync(folder, { mode: 0o700 })
  const told = [...files].map(([name, content]) => {
    const bytes = typeof content === 'string' ? utf8(content) : content
    createFile(join(folder, name), bytes)
    return artefactFrom(name, bytes)
  })
  const manifest = { format: 'keyrite.ceremony-record/1', files: told }
  createFile(join(folder, MANIFEST), `${canonical({ manifest })}\n`)
  syncFolder(folder)
  return [...files.keys(), MANIFEST]
}

/** RECORD-FILES. */
function readRecord(folder: string): CeremonyContent {
  checkFiles(folder)
  const text = (name: string) => fromUtf8(readRegular(join(folder, name)))
  const signatures = signaturesIn(folder, text)
  const journal = journalAt(join(folder, 'journal.jsonl'))
  return { script: text('script.toml'), site: text('site.toml'), ...journal, signatures }
}

function checkFiles(folder: string): void {
  const path = join(folder, MANIFEST)
  if (!exists(path)) throw fileMissing('the manifest of the record', path)
  const told = filesOf(fromUtf8(readRegular(path)))
  for (const { name, sha256: wanted } of told) {
    const file = join(folder, name)
    const found = exists(file) ? toHex(sha256(readRegular(file))) : undefined
    if (found !== wanted)
      throw notVerified(
        'RECORD-FILES',
        `${quoted(name)} is ${found === undefined ? 'missing' : 'not the file that the manifest names'}`,
      )
  }
  const names = new Set([...told.map(({ name }) => name), MANIFEST])
  const strange = readdirSync(folder).find((name) => !names.has(name))
  if (strange !== undefined)
    throw notVerified('RECORD-FILES', `${quoted(strange)} is in the folder, and not in the manifest`)
}

function filesOf(text: string): { name: string; sha256: string }[] {
  try {
    const { manifest } = JSON.parse(text)
    const files: { name: string; sha256: string }[] = manifest.files
    for (const { name } of files) if (basename(name) !== name) throw new Error()
    return files
  } catch {
    throw notVerified('RECORD-FILES', 'the manifest is not as docs/formats.md has it')
  }
}
