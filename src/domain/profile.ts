// What one token can do, and how it wants to be asked: found by doing it, logged in, approved with the partition, and gone by ever after.
import * as v from 'valibot'
import { notVerified } from './errors.ts'
import { type Attributes, asKept, attributesFor, KEY_TYPES, type KeyType, LATER_TYPES } from './keys.ts'
import { provableTypes } from './ml-dsa.ts'
import { isShortPin } from './pins.ts'
import { Alg, hexOf, Ordinal, setOf, Text } from './shapes.ts'
import { WRAP_KINDS, WRAP_NAMES, type WrapKind } from './wrap-kinds.ts'

/** Weaknesses of a token that are accepted knowingly when a partition begins on it, by `--accept`. */
export const WEAKNESSES = [
  'no-so',
  'not-extractable',
  'open-to-all',
  'origin-untold',
  'short-pin',
  'unnamed',
  'usage-unkept',
  'user-trusted',
  'wrap-with-trusted',
] as const
export type Weakness = (typeof WEAKNESSES)[number]
export const isWeakness = (word: string): word is Weakness => WEAKNESSES.some((one) => one === word)

const WEAK: Record<Weakness, string> = {
  'no-so': 'no SO once the user has a PIN: a lost user PIN is lost, and tries are reset by nobody',
  'not-extractable': 'keys that are never to leave the token can be taken out by whoever is logged in',
  'open-to-all':
    'whoever reaches the token, or its files, can erase it and exchange public keys, without a PIN: the ledger finds that out, and nobody else does',
  'origin-untold': 'the token does not say of a key that it was made there: only its answer to the call does',
  'short-pin': 'the PINs are short, and can be guessed by whoever has the token',
  unnamed:
    'the token has neither a number nor a name of its own: the PIN goes to whatever lies in its place, and only then its audit key tells which it is',
  'usage-unkept':
    'a key goes on working whatever its state is: what it may do is the word of the ledger, and of whoever holds the PIN',
  'user-trusted': 'those who can log in as the user can take every exportable key out, without the SO',
  'wrap-with-trusted': 'whoever is logged in can take every exportable key out, under a key of their own',
}

export const weaknessInWords = (word: Weakness): string => `${word}: ${WEAK[word]}`

/** Why not, in the token's words or ours. */
const Reason = v.strictObject({ lacks: v.pipe(Text, v.maxBytes(1000)) })

const OfType = v.strictObject({
  make: v.union([v.literal(true), Reason]),
  wrap: v.union([v.picklist(WRAP_KINDS), Reason]),
})
/** Of a type that came later nothing is said where the token was taken before, or where no such key could be proved: see wholeProfile. */
const types = Object.fromEntries(
  KEY_TYPES.map((type) => [type, LATER_TYPES.includes(type) ? v.exactOptional(OfType) : OfType]),
) as unknown as Record<KeyType, typeof OfType>

/** `sealed-after`: what comes by C_UnwrapKey gets SENSITIVE, or loses EXTRACTABLE, by a call of its own. */
const UnwrapForm = v.picklist(['whole', 'sealed-after'])
export type UnwrapForm = v.InferOutput<typeof UnwrapForm>
/** CKA_EC_POINT of Edwards keys in C_CreateObject. */
const PointForm = v.picklist(['der', 'bare'])
export type PointForm = v.InferOutput<typeof PointForm>

/** Calls that take a template. */
export type Call = 'generate' | 'create' | 'unwrap'

/** Attributes by their name without CKA_, in order. */
const Names = v.optional(setOf(v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]*$/))))
/** The same of mechanisms. */
const named = () => v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_]+$/)))

const mechanisms = Object.fromEntries(WRAP_KINDS.map((kind) => [kind, named()])) as {
  [kind in WrapKind]: ReturnType<typeof named>
}

export const HEADS = ['data', 'hmac-id', 'label'] as const
export type HeadKind = (typeof HEADS)[number]

export const Profile = v.strictObject({
  /** SHA-256 of the library that it was found with. */
  module: hexOf(32),
  /** `label`: serial and label together name it. */
  identity: v.picklist(['serial', 'label']),
  types: v.strictObject(types),
  /** What each way to wrap is called here. */
  mechanisms: v.strictObject(mechanisms),
  /** What it has no word for in that call. */
  unknown: v.strictObject({ generate: Names, create: Names, unwrap: Names }),
  unwrap: UnwrapForm,
  point: PointForm,
  /** How the backup key comes to it. */
  kek: v.union([v.picklist(['create', 'oaep']), Reason]),
  checkValue: v.picklist(['cmac5', 'ecb3', 'none']),
  audit: Alg,
  /** Where the ledger's head is kept. */
  head: v.picklist(HEADS),
  /** Keys that are on no token: `token` where it makes none. */
  objects: v.picklist(['session', 'token']),
  /** The SO can still log in once there is a user. */
  so: v.boolean(),
  /** Only where these are not all 32: how many characters of a PIN are derived, of five bits each. */
  pin: v.exactOptional(Ordinal),
  /** Rules that it was seen not to keep. */
  broken: v.optional(setOf(v.picklist(WEAKNESSES))),
})
export type Profile = v.InferOutput<typeof Profile>

const reason = { lacks: 'it was not tried when the token was taken' }
const UNTRIED: v.InferOutput<typeof OfType> = { make: reason, wrap: reason }

/** A profile that says something of every type, whenever it was found. */
export const wholeProfile = (profile: Profile): Profile => ({
  ...profile,
  types: Object.fromEntries(KEY_TYPES.map((type) => [type, profile.types[type] ?? UNTRIED])) as Profile['types'],
})

export const isTried = ({ types }: Pick<Profile, 'types'>, type: KeyType): boolean =>
  types[type] !== undefined && types[type] !== UNTRIED

/** What it can do is seen without a login: by keys of a session, which are on no token. */
export const tellsUnasked = ({ objects }: Pick<Profile, 'objects'>): boolean => objects === 'session'

/** Why no key leaves it under another one, where that is so. */
export function whyNoWraps({ kek, mechanisms }: Pick<Profile, 'kek' | 'mechanisms'>): string | undefined {
  if (Object.keys(mechanisms).length > 0) return undefined
  return typeof kek === 'string' ? `no mechanism of it is ${Object.values(WRAP_NAMES).join(' or ')}` : kek.lacks
}

/** Why keys of this type can't leave it, where that is known. */
export function unwrapped(profile: Pick<Profile, 'types'>, type: KeyType): string | undefined {
  const { wrap } = profile.types[type] ?? UNTRIED
  return typeof wrap === 'string' || !isTried(profile, type) ? undefined : wrap.lacks
}

/** What a token could do by its list of mechanisms alone, and by what is known of its library. */
export interface Foreseen {
  /** Why nothing of ours begins on a token of this library, but for a partition where `needs` is accepted. */
  unfit?: string
  /** All that a partition there has to accept: without it none begins. */
  needs?: Weakness[]
  /** Its C_InitToken takes blank tokens alone. */
  once?: true
  /** Of a blank token of which C_InitToken leaves something: how many objects it holds, where there are any. */
  holds?: number
  makes: KeyType[]
  wraps: WrapKind[]
  /** The signatures of which one will be the audit key's. */
  audit: ('ES256' | 'EdDSA' | 'PS256')[]
  /** All of them, by their names, or their numbers where we know no name. */
  mechanisms: string[]
}

/** What its token makes, and can be proved here; all of these where it makes none, so that whoever asks is told why. */
export function typesMadeBy({ types }: Pick<Profile, 'types'>): KeyType[] {
  const provable = provableTypes()
  const made = provable.filter((type) => types[type]?.make === true)
  return made.length === 0 ? provable : made
}

/** A rule that was tried: kept, broken, or it could not be tried. */
type Tried = true | { lacks: string; untried?: true }

const isBroken = (rule: Tried = true): boolean => rule !== true && rule.untried !== true

/** Of rules that were tried those that are broken, by the words that accept them. */
export const brokenIn = (rules: {
  notExtractable: Tried
  userTrusted?: Tried
  wrapWithTrusted?: Tried
}): Weakness[] => [
  ...(isBroken(rules.notExtractable) ? (['not-extractable'] as const) : []),
  ...(isBroken(rules.userTrusted) ? (['user-trusted'] as const) : []),
  ...(isBroken(rules.wrapWithTrusted) ? (['wrap-with-trusted'] as const) : []),
]

/** What of its weaknesses no probe finds, and is known of its library. */
export const SAID_OF_LIBRARY: readonly Weakness[] = ['open-to-all', 'origin-untold', 'unnamed', 'usage-unkept']

/** Keys go on working whatever their state is. */
export const keepsNoUsage = ({ broken = [] }: Pick<Profile, 'broken'>): boolean => broken.includes('usage-unkept')

/** The others: a token shows them to whoever tries. */
export const PROBED_WEAKNESSES: readonly Weakness[] = WEAKNESSES.filter((word) => !SAID_OF_LIBRARY.includes(word))

/** Public halves lie where anyone can exchange them. */
export const leavesOpen = ({ broken = [] }: Pick<Profile, 'broken'>): boolean => broken.includes('open-to-all')

/** `attributesFor` of a new key, as such a token is asked for it. */
export const attributesOn = (
  profile: Pick<Profile, 'broken'>,
  ...wanted: Parameters<typeof attributesFor>
): Attributes => asKept(attributesFor(...wanted), leavesOpen(profile))

/** What has to be accepted before this token is taken. */
export const weaknessesOf = ({ broken = [], so, pin }: Profile): Weakness[] =>
  WEAKNESSES.filter(
    (word) =>
      broken.includes(word) ||
      (word === 'no-so' && !so) ||
      (word === 'short-pin' && pin !== undefined && isShortPin(pin)),
  )

/** Those that nobody accepted. */
export const unacceptedIn = (profile: Profile, accepted: readonly string[] = []): Weakness[] =>
  weaknessesOf(profile).filter((word) => !accepted.includes(word))

/** TOKEN-WEAK: what a ledger goes by from where the token was taken. */
export const takenWith = (
  profile: Profile,
  accepted?: readonly string[],
): { profile: Profile; accepted: Weakness[] } => ({
  profile: wholeProfile(profile),
  accepted: acceptedOf(profile, accepted),
})

/** TOKEN-WEAK: what weakens a token has been accepted; what was. */
function acceptedOf(profile: Profile, accepted: readonly string[] = []): Weakness[] {
  const [weakness] = unacceptedIn(profile, accepted)
  if (weakness) throw notVerified('TOKEN-WEAK', `the token is weak, and nobody accepted that: ${weakness}`)
  return WEAKNESSES.filter((word) => accepted.includes(word))
}
