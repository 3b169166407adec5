// Passphrases of share files: which of the given ones is for which file, one that is asked for, and one that a person chooses.

import { basename } from 'node:path'
import type { ShareOptions } from '../cli/options.ts'
import { KeyriteError } from '../domain/errors.ts'
import type { Hint } from '../domain/hints.ts'
import type { Secret } from '../domain/secret.ts'
import type { OpenedShare, Openers, Quorum } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'

/** Whose share file this is, by its name. */
export const ownerOf = (path: string): string => basename(path).split('.')[0]!

/** `FILE`, or `NAME=FILE` for the files of one custodian. */
export function parseFor(text: string): { custodian?: string; value: string } {
  const match = /^([a-z][a-z0-9-]{0,31})=(.+)$/.exec(text)
  return match ? { custodian: match[1]!, value: match[2]! } : { value: text }
}

/** Whether a name is that of a custodian. */
type IsCustodian = (name: string) => boolean
const nobodyKnown: IsCustodian = () => false

/** The passphrase files for a share file: every general one, and those of the custodian whose name the file begins with. */
function passphraseFilesFor(
  path: string,
  { passphraseFile }: Pick<ShareOptions, 'passphraseFile'>,
  isCustodian: IsCustodian,
): string[] {
  const owner = ownerOf(path)
  const given = passphraseFile.map(parseFor)
  const named = given.some(({ custodian }) => custodian === owner)
  // A renamed file gives no name: then each passphrase is tried. But a custodian's passphrase is never tried on a file with another's name.
  const isAnyones = !named && !isCustodian(owner)
  const fitting = given.filter(({ custodian }) => custodian === undefined || custodian === owner || isAnyones)
  return fitting.map(({ value }) => value)
}

export const hasPassphrase = (path: string, options: ShareOptions): boolean =>
  passphraseFilesFor(path, options, nobodyKnown).length > 0

/** What may open a share file. */
export const openersFor = (
  path: string,
  options: Pick<ShareOptions, 'passphraseFile' | 'identity'>,
  quorum: Quorum,
  isCustodian: IsCustodian = nobodyKnown,
): Openers => ({
  passphrases: passphraseFilesFor(path, options, isCustodian).map((file) => quorum.readSecretFile(file)),
  identities: options.identity.map((file) => quorum.readIdentityFile(file)),
})

/** Characters that a passphrase must have which a person chooses at the terminal. */
export const PASSPHRASE_LENGTH = 12

/** A passphrase that is long enough and was typed twice alike. */
export async function chooseSecret(question: string, flag: Hint, terminal: Terminal, quorum: Quorum): Promise<Secret> {
  for (;;) {
    const first = await terminal.askSecret(question, flag)
    const fault = faultOf(first, quorum)
    if (fault !== undefined) {
      first[Symbol.dispose]()
      terminal.show(`  ${fault}`)
      continue
    }
    using second = await terminal.askSecret('the same once more:', flag)
    if (Buffer.compare(first.reveal(), second.reveal()) === 0) return first
    first[Symbol.dispose]()
    terminal.show('  these two differ; begin again')
  }
}

/** Why a passphrase can't be chosen. */
function faultOf(passphrase: Secret, quorum: Quorum): string | undefined {
  if (Buffer.from(passphrase.reveal()).toString().length < PASSPHRASE_LENGTH)
    return `that is too short: ${PASSPHRASE_LENGTH} characters or more`
  try {
    quorum.checkPassphrase(passphrase, 'that')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** What it is made into takes seconds by design, in which nothing else is seen to happen. */
export async function askPassphrase(question: string, flag: Hint, terminal: Terminal): Promise<Secret> {
  const passphrase = await terminal.askSecret(question, flag)
  if (passphrase.reveal().length > 0) terminal.show('  opening the share, which takes a moment')
  return passphrase
}

/** Asks for the passphrase until it opens the file, or `mistyped` gives up. */
export async function openAsking(
  bytes: Uint8Array,
  ask: () => Promise<Secret>,
  quorum: Quorum,
  mistyped: (error: KeyriteError, empty: boolean) => Promise<void>,
): Promise<OpenedShare> {
  for (;;) {
    using passphrase = await ask()
    try {
      return await quorum.openShareFile(bytes, { passphrases: [passphrase], identities: [] })
    } catch (error) {
      if (!(error instanceof KeyriteError) || error.code !== 'SHARE-PASSPHRASE') throw error
      await mistyped(error, passphrase.reveal().length === 0)
    }
  }
}
