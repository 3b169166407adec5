// What a token can do by another library than the one it was tried out with: asked again without a login, and told where it is no longer as the ledger has it.
import { KEY_TYPES, type KeyType } from '../domain/keys.ts'
import { provableTypes } from '../domain/ml-dsa.ts'
import { brokenIn, isTried, type Profile, tellsUnasked } from '../domain/profile.ts'
import { recordable } from '../domain/texts.ts'
import type { Ability, Capabilities } from '../hsm/port.ts'
import { abilitiesIn } from './abilities.ts'

/** A note of the ledger is short. */
const LONGEST = 200

/** What a check says of it, at the terminal and in the ledger. */
interface Anew {
  what: string
  notes: string[]
}

/** By the library that is approved, where it is another than the one that the profile was found with. */
export async function askedAnew(profile: Profile, sha256: string, probe: () => Promise<Asked>): Promise<Anew> {
  if (!tellsUnasked(profile)) return { what: UNTOLD, notes: [`${another(sha256)}, ${UNTOLD}`] }
  const differences = differencesFrom(profile, await probe())
  const what = differences.length === 0 ? 'it can do what the ledger says of it' : differences.join('; ')
  return { what: `asked again without a login, ${what}`, notes: notesOf(sha256, differences) }
}

const UNTOLD = 'without a login the token does not tell what it can do, and the ledger goes on by what it has'
const another = (sha256: string): string =>
  `by the library with SHA-256 ${sha256}, another than the one that it was tried out with`

type Asked = Pick<Capabilities, 'generate' | 'wrap' | 'enforces'>

/** The differences in words, from what the ledger has of it. */
function differencesFrom(profile: Profile, can: Asked): string[] {
  return [
    ...provableTypes()
      .filter((type) => isTried(profile, type))
      .flatMap((type) => ofType(type, profile, can)),
    ...brokenIn({ notExtractable: can.enforces.notExtractable, wrapWithTrusted: can.enforces.wrapWithTrusted })
      .filter((word) => !profile.broken?.includes(word))
      .map((word) => `it keeps one rule less: ${word}`),
  ]
}

/** The same of a profile that was found anew. */
export function differencesBetween(before: Profile, after: Profile): string[] {
  const { generate, wrap } = abilitiesIn(after)
  const lost = (one: Profile, other: Profile) => (one.broken ?? []).filter((word) => !other.broken?.includes(word))
  return [
    ...KEY_TYPES.filter((type) => isTried(before, type)).flatMap((type) => ofType(type, before, { generate, wrap })),
    ...lost(after, before).map((word) => `it keeps one rule less: ${word}`),
    ...lost(before, after).map((word) => `it keeps one rule more: ${word}`),
  ]
}

function ofType(type: KeyType, { types }: Profile, { generate, wrap }: Pick<Asked, 'generate' | 'wrap'>): string[] {
  const before = types[type]
  return [
    ...changed(before.make === true, generate[type], `keys of ${type} are made`),
    ...changed(typeof before.wrap === 'string', wrap[type], `keys of ${type} are wrapped`),
  ]
}

function changed(was: boolean, now: Ability | undefined, what: string): string[] {
  if (now === undefined || was === (now === true)) return []
  return [now === true ? `${what} now` : `${what} no more: ${[...recordable(now.lacks)].slice(0, LONGEST).join('')}`]
}

/** One note for the ledger, and one for each difference. */
const notesOf = (sha256: string, differences: readonly string[]): string[] => [
  `${another(sha256)}, the token was asked again without a login: ` +
    (differences.length === 0 ? 'nothing differs from what the ledger has of it' : 'what follows differs'),
  ...differences,
]

export const renewalNotes = (sha256: string, differences: readonly string[]): string[] => [
  `what the token can do was found anew by the library with SHA-256 ${sha256}: ` +
    (differences.length === 0 ? 'nothing differs from before' : 'what follows differs'),
  ...differences,
]
