// The same command again, as a line that can be pasted in any folder: how to go on after a change that stopped half way.

import { resolve } from 'node:path'
import type { ShareOptions } from '../cli/options.ts'
import { keyrite, type Run } from '../domain/hints.ts'
import { absoluteCard, absolutePinFile } from './card-names.ts'
import { parseFor } from './passphrases.ts'

/** Values by flag: what is undefined, false or an empty list is left out. */
export type Flags = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

/** Whoever hints at it says in which home. */
export const again = (words: readonly string[], flags: Flags): Run => keyrite(...words, ...wordsOf(flags))

const wordsOf = (flags: Flags): string[] =>
  Object.entries(flags).flatMap(([flag, value]) => {
    if (value === undefined || value === false) return []
    if (value === true) return [flag]
    return (Array.isArray(value) ? value : [value]).flatMap((one) => [flag, String(one)])
  })

/** Without --share-fd: a descriptor can't be read a second time. */
export const shareFlags = ({ share, passphraseFile, identity, card, cardPinFile }: ShareOptions): Flags => ({
  '--share': share.map((path) => resolve(path)),
  '--passphrase-file': passphraseFile.map(absoluteFor),
  '--identity': identity.map((path) => resolve(path)),
  '--card': card.map(absoluteCard),
  '--card-pin-file': cardPinFile.map(absolutePinFile),
})

/** `PATH`, or `NAME=PATH` for one custodian. */
export function absoluteFor(text: string): string {
  const { custodian, value } = parseFor(text)
  return custodian === undefined ? resolve(value) : `${custodian}=${resolve(value)}`
}
