// The part of the room's door that keeps ceremonies: a folder of the home for each, and records in folders of people.
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  checkOwnFolder,
  dropQuietly,
  exists,
  moveFile,
  readOwnText,
  readRegular,
  removeFile,
  replaceFile,
  syncFolder,
} from '../disk/files.ts'
import { canonical } from '../domain/canonical.ts'
import { lineIn } from '../domain/carried-line.ts'
import {
  type CeremonyKeeping,
  type KeptCeremony,
  RunningStep,
  type WitnessSignature,
} from '../domain/ceremony-keeping.ts'
import { rehearsalMessage, type SignedRehearsal } from '../domain/ceremony-marks.ts'
import { fromBase64url, sha256, toHex, utf8 } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import { artefactFrom } from '../domain/file-names.ts'
import { sh } from '../domain/hints.ts'
import type { NewEntry } from '../domain/journal.ts'
import { quoted } from '../domain/names.ts'
import type { Artefact } from '../domain/shapes.ts'
import { readRecord, signaturesIn, writeRecord } from './ceremony-folder.ts'
import { JournalFile } from './journal.ts'
import { Lock } from './lock.ts'
import { checkOutside } from './outside.ts'
import type { Signer } from './port.ts'
import { checkKey, isSigned } from './signatures.ts'
import { signerOfText } from './sshsig.ts'
import { createStationKey, openStationKey } from './station.ts'

const FOLDER = '.ceremonies'
const RUNNING = 'running.json'

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

  get running(): RunningStep | undefined {
    const path = this.#file(RUNNING)
    return exists(path) ? lineIn(readOwnText(path), RunningStep) : undefined
  }

  begins = (running: RunningStep): void => replaceFile(this.#file(RUNNING), `${canonical(running)}\n`)

  ends = (): void => dropQuietly(this.#file(RUNNING))

  #file = (name: string): string => join(this.path, name)
}

export const ceremonyKeeping = (surroundings: Surroundings): CeremonyKeeping => ({
  ceremoniesIn: (home) =>
    foldersIn(join(home, FOLDER)).flatMap((partition) =>
      foldersIn(join(home, FOLDER, partition))
        .filter((name) => exists(join(home, FOLDER, partition, name, 'journal.jsonl')))
        .map((name) => new CeremonyFolder(join(home, FOLDER, partition, name), partition, name, surroundings)),
    ),
  beginCeremony: (home, partition, name, texts) => {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    checkOwnFolder(home)
    const path = join(home, FOLDER, partition, name)
    setAside(path)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    for (const folder of [home, join(home, FOLDER), join(home, FOLDER, partition)]) syncFolder(folder)
    replaceFile(join(path, 'script.toml'), texts.script)
    replaceFile(join(path, 'site.toml'), texts.site)
    return new CeremonyFolder(path, partition, name, surroundings)
  },
  journalKey: (home, partition) => {
    mkdirSync(join(home, FOLDER, partition), { recursive: true, mode: 0o700 })
    for (const folder of [home, join(home, FOLDER), join(home, FOLDER, partition)]) checkOwnFolder(folder)
    const path = journalKeyIn(home, partition)
    return { path, signer: exists(path) ? openStationKey(path) : createStationKey(path) }
  },
  dropJournalKey: (home, partition) => {
    const path = journalKeyIn(home, partition)
    if (exists(path)) removeFile(path)
  },
  readCeremonyRecord: (folder) => readRecord(folder),
  writeCeremonyRecord: (folder, home, files) => {
    checkOutside(join(folder, 'journal.jsonl'), home)
    return writeRecord(folder, files)
  },
  signerOfText: (...given) => signerOfText(...given),
  isRehearsed,
})

const journalKeyIn = (home: string, partition: string): string => join(home, FOLDER, partition, 'station.key')

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
