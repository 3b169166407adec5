// Seals a share file for one passphrase or one recipient, and opens it with whichever of the openers fits.
import { refused } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import type { Secret } from '../domain/secret.ts'
import { ageDecrypt, ageEncrypt, ageStanzas, unarmored } from './age.ts'
import { lockFileKey, type Stanza, unlockFileKey } from './age-scrypt.ts'
import { isForCard, unlockByCard } from './age-tag.ts'
import { spellings } from './passphrase.ts'
import type { CardFound, CardKeys, OpenedBy, Openers, Protection } from './port.ts'

/** Armored, for a passphrase or for a recipient. */
export function ageSeal(plain: Uint8Array, protection: Exclude<Protection, { kind: 'plain' }>): Promise<Uint8Array> {
  if (protection.kind === 'recipient') return ageEncrypt(plain, protection.recipient)
  const { passphrase, cost } = protection
  return ageEncrypt(plain, { wrapFileKey: async (fileKey) => [await lockFileKey(fileKey, passphrase, cost)] })
}

const isLocked = (stanza: Stanza): boolean => stanza.args[0] === 'scrypt'

/** What would open the file. */
export const ageNeeds = async (bytes: Uint8Array): Promise<AgeNeed> =>
  neededBy(await ageStanzas(await unarmored(bytes)))

type AgeNeed = Exclude<OpenedBy, 'plain'>

/** Who made a file for an identity as well opens it without a card. */
function neededBy(stanzas: readonly Stanza[]): AgeNeed {
  if (stanzas.some(isLocked)) return 'passphrase'
  return stanzas.some(isForCard) && !stanzas.some(isForIdentity) ? 'card' : 'recipient'
}

const isForIdentity = ({ args }: Stanza): boolean => args[0] === 'X25519' || args[0] === 'mlkem768x25519'

interface Opened {
  plain: Secret
  protection: AgeNeed
  card?: CardFound
}

/** The plaintext. Refuses with what is missing, so that the caller knows what to ask for. */
export async function ageOpen(bytes: Uint8Array, { passphrases, identities, cards }: Openers): Promise<Opened> {
  const file = await unarmored(bytes)
  const stanzas = await ageStanzas(file)
  const protection = neededBy(stanzas)
  if (protection === 'card') return { protection, ...(await openWithCard(file, stanzas, cards)) }
  const plain =
    protection === 'passphrase'
      ? await openWithPassphrases(file, stanzas, passphrases)
      : await openWithIdentities(file, identities)
  return { protection, plain }
}

async function openWithCard(file: Uint8Array, stanzas: readonly Stanza[], cards: CardKeys | undefined) {
  if (cards === undefined) throw refused('SHARE-CARD', 'this share file is for a card', add('--card', 'MODULE'))
  const { fileKey, card } = await unlockByCard(stanzas, cards)
  return { plain: await ageDecrypt(file, [{ unwrapFileKey: () => fileKey }]), card }
}

async function openWithPassphrases(file: Uint8Array, [stanza, ...others]: Stanza[], passphrases: readonly Secret[]) {
  // age demands it too: a passphrase says who wrote the file only if nobody else could have.
  if (others.length > 0) throw refused('SHARE-FILE', 'the age file is for a passphrase and for others as well')
  if (passphrases.length === 0) throw refused('SHARE-PASSPHRASE-NEEDED', 'this share file wants a passphrase')
  for (const passphrase of passphrases.flatMap(spellings)) {
    using spelling = passphrase
    const fileKey = await unlockFileKey(stanza!, spelling)
    if (fileKey !== undefined) return ageDecrypt(file, [{ unwrapFileKey: () => fileKey }])
  }
  throw refused('SHARE-PASSPHRASE', 'wrong passphrase')
}

async function openWithIdentities(file: Uint8Array, texts: readonly Secret[]): Promise<Secret> {
  const identities = texts.flatMap((text) => identityLines(Buffer.from(text.reveal()).toString('utf8')))
  const hint = 'give the age identity with --identity FILE'
  if (identities.length === 0) throw refused('SHARE-IDENTITY', 'this share file is for an age recipient', hint)
  return ageDecrypt(file, identities)
}

const identityLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
