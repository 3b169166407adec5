// The file that a custodian keeps: hints for people, then the share, sealed with age.
import { utf8 } from '../domain/encoding.ts'
import { refused, usage } from '../domain/errors.ts'
import { isAgeFile } from './age.ts'
import { ageNeeds, ageOpen, ageSeal } from './age-seal.ts'
import { asSealed, checkPassphrase } from './passphrase.ts'
import type { OpenedBy, OpenedShare, Openers, Protection, Share, ShareHints } from './port.ts'
import { encodeShare, parseShare } from './share.ts'
import { formatHints, parseHints } from './share-hints.ts'
import { looksLikeShare } from './share-text.ts'

export { isForCard, parseRecipient } from './recipient.ts'

/** Far more than any share file needs. */
export const MAX_FILE_BYTES = 64 * 1024

/** The plaintext: the `#` lines, then the share. */
export const formatShareFile = (share: Share, hints: ShareHints): string =>
  `${formatHints(hints)}${encodeShare(share)}\n`

/** The bytes of the file, armored where it is encrypted: they survive mail and paper. */
export async function sealShareFile(text: string, protection: Protection): Promise<Uint8Array> {
  const plain = utf8(text)
  if (protection.kind === 'plain') return plain
  try {
    if (protection.kind === 'recipient') return await ageSeal(plain, protection)
    checkPassphrase(protection.passphrase, 'the passphrase')
    checkCost(protection.cost)
    using passphrase = asSealed(protection.passphrase)
    return await ageSeal(plain, { ...protection, passphrase })
  } finally {
    plain.fill(0)
  }
}

function checkCost(cost: number): void {
  if (!Number.isInteger(cost) || cost < 1 || cost > 22) throw usage(`${cost} is not a scrypt cost: 1 to 22`)
}

/** What opens this file: ask for it before opening. */
export async function shareFileProtection(bytes: Uint8Array): Promise<OpenedBy> {
  checkSize(bytes)
  return isAgeFile(bytes) ? ageNeeds(bytes) : 'plain'
}

/** Opens armored, binary and plain files with whatever fits, and refuses with what is missing or wrong. */
export async function openShareFile(bytes: Uint8Array, openers: Openers): Promise<OpenedShare> {
  checkSize(bytes)
  if (!isAgeFile(bytes)) return { ...parseShareFile(bytes), protection: 'plain' }
  const { plain: opened, ...how } = await ageOpen(bytes, openers)
  using plain = opened
  return { ...parseShareFile(plain.reveal()), ...how }
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length > MAX_FILE_BYTES) throw refused('SHARE-FILE', 'a file of more than 64 KiB is not a share file')
}

/** As far as can be told without opening it. */
export const isShareFile = (bytes: Uint8Array): boolean =>
  isAgeFile(bytes) || looksLikeShare(shareTextIn(linesOf(bytes)))

const linesOf = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)

const shareTextIn = (lines: readonly string[]): string => lines.filter((line) => !line.startsWith('#')).join('')

// A share broken over several lines is still one share; two shares are one too long.
function parseShareFile(bytes: Uint8Array): { share: Share; hints: ShareHints } {
  const lines = linesOf(bytes)
  const text = shareTextIn(lines)
  if (!looksLikeShare(text)) throw refused('SHARE-FILE', 'this is neither an age file nor a share')
  return { share: parseShare(text), hints: parseHints(lines) }
}
