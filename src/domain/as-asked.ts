// KEY-AS-ASKED: a key as it was read back, held against what was asked. A token's CKR_OK is no proof.
import { type Attributes, type Flags, halvesOf, isPair, type KeyType, mayBeUntold } from './keys.ts'

/** What was asked for. */
interface Asked {
  label: string
  type: KeyType
  attributes: Attributes
  /** Weaknesses of the token that are accepted for it. */
  accepted?: readonly string[]
}

/** What was read back. */
interface ReadBack extends Omit<Asked, 'accepted'> {
  /** The token doesn't tell the length, so that the type is one of several. */
  typeGuessed?: true
}

/** What the token alone tells of a key that it made itself, and that holds for as long as the key lives. */
const bornHere = ({ SENSITIVE, EXTRACTABLE }: Flags, accepted: readonly string[]): Flags => ({
  ...(!accepted.includes('origin-untold') && { LOCAL: true }),
  ...(SENSITIVE !== undefined && { ALWAYS_SENSITIVE: SENSITIVE }),
  ...(EXTRACTABLE !== undefined && { NEVER_EXTRACTABLE: !EXTRACTABLE }),
})

/** Told of a key's past; a plan that was made from what was read once may still name them. */
const OF_THE_PAST = ['LOCAL', 'ALWAYS_SENSITIVE', 'NEVER_EXTRACTABLE']

/** The differences in words, such as `private EXTRACTABLE is true`. None when the key is what was asked. */
export function differences(asked: Asked, found: ReadBack, origin: 'generated' | 'brought'): string[] {
  const said = found.typeGuessed ? origin === 'brought' : found.type === asked.type
  return [
    ...(found.label === asked.label ? [] : ['its label is another']),
    ...(said ? [] : [`its type is ${found.typeGuessed ? 'not told' : found.type}`]),
    ...flagsInWords(wanted(withoutAccepted(asked), origin, asked.accepted), found.attributes),
  ]
}

/** Whether a token keeps a rule that it is known not to keep is nobody's question. */
const withoutAccepted = ({ attributes, accepted }: Asked): Attributes =>
  accepted?.includes('wrap-with-trusted') ? without('WRAP_WITH_TRUSTED', attributes) : attributes

const without = (flag: string, attributes: Attributes): Attributes => {
  const rest = (flags: Flags): Flags => Object.fromEntries(Object.entries(flags).filter(([name]) => name !== flag))
  return isPair(attributes) ? { private: rest(attributes.private), public: rest(attributes.public) } : rest(attributes)
}

type Half = readonly [half: string, flags: Flags]

const wanted = (attributes: Attributes, origin: 'generated' | 'brought', accepted: readonly string[] = []): Half[] =>
  halvesOf(attributes).map(([half, flags]) => {
    const stated = Object.fromEntries(Object.entries(flags).filter(([name]) => !OF_THE_PAST.includes(name)))
    return [half, origin === 'generated' ? { ...stated, ...bornHere(flags, accepted) } : stated]
  })

/** The flags that differ. */
function flagsInWords(halves: readonly Half[], actual: Attributes): string[] {
  const have = halvesOf(actual)
  return halves.flatMap(([half, flags], i) =>
    Object.entries(flags).flatMap(([name, value]) => {
      const told = have[i]?.[0] === half ? have[i][1][name] : undefined
      if (told === value || (told === undefined && mayBeUntold(name, value))) return []
      return [`${half === 'secret' ? '' : `${half} `}${name} is ${told ?? 'not told'}`]
    }),
  )
}

/** As `differences` of the flags that were set: those, and no others. */
export const flagDifferences = (asked: Attributes, found: Attributes): string[] =>
  flagsInWords(wanted(asked, 'brought'), found)
