// What a key is: its type, what it may do, its state, and how one state may follow another.

import { alike, oncePer } from './alike.ts'

/** The words of `--type`. */
export const KEY_TYPES = [
  'aes-256',
  'aes-192',
  'aes-128',
  'hmac-sha256',
  'hmac-sha384',
  'hmac-sha512',
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
  'ec-p256',
  'ec-p384',
  'ec-p521',
  'ed25519',
  'ml-dsa-44',
  'ml-dsa-65',
  'ml-dsa-87',
  'tdes-168',
  'tdes-112',
] as const
export type KeyType = (typeof KEY_TYPES)[number]

/** Types that came later: a profile of before says nothing of them. */
export const LATER_TYPES: readonly KeyType[] = [
  'aes-192',
  'hmac-sha384',
  'hmac-sha512',
  'ec-p521',
  'tdes-168',
  'tdes-112',
  'ml-dsa-44',
  'ml-dsa-65',
  'ml-dsa-87',
]

export type KeyClass = 'secret' | 'pair'

export const classOf = (type: KeyType): KeyClass => (/^(aes|hmac|tdes)-/.test(type) ? 'secret' : 'pair')

/** DES keys of three and of two parts: for interchange with those who have nothing newer. */
export const isTdes = (type: KeyType): boolean => type.startsWith('tdes')

/** Bytes of a secret key; an HMAC key is as long as its hash. */
const LENGTHS: { readonly [type in KeyType]?: number } = {
  'aes-256': 32,
  'aes-192': 24,
  'aes-128': 16,
  'hmac-sha256': 32,
  'hmac-sha384': 48,
  'hmac-sha512': 64,
  'tdes-168': 24,
  'tdes-112': 16,
}

/** Undefined of a pair. */
export const secretLength = (type: KeyType): number | undefined => LENGTHS[type]

/** What a key may be used for: the usage attributes of PKCS#11, without CKA_, in lower case. */
export const USAGES = ['encrypt', 'decrypt', 'sign', 'verify', 'wrap', 'unwrap', 'derive'] as const
export type Usage = (typeof USAGES)[number]

/** Each once, in the order above. */
export const inOrder = (usage: readonly Usage[]): Usage[] => USAGES.filter((one) => usage.includes(one))

/** The states of NIST SP 800-57 part 1, section 7. */
export const KEY_STATES = ['pre-active', 'active', 'suspended', 'deactivated', 'compromised', 'destroyed'] as const
export type KeyState = (typeof KEY_STATES)[number]

/** Boolean attributes by their PKCS#11 name without CKA_, for one object. */
export type Flags = Record<string, boolean>

/** The flags of a secret key, or of both halves of a pair. */
export type Attributes = Flags | { private: Flags; public: Flags }

export const isPair = (attributes: Attributes): attributes is { private: Flags; public: Flags } =>
  typeof attributes.private === 'object'

/** SP 800-57 part 1, section 7: the transitions that exist. A deactivated key never becomes active again. */
const TRANSITIONS: Record<KeyState, readonly KeyState[]> = {
  'pre-active': ['active', 'compromised', 'destroyed'],
  active: ['suspended', 'deactivated', 'compromised'],
  suspended: ['active', 'deactivated', 'compromised', 'destroyed'],
  deactivated: ['compromised', 'destroyed'],
  compromised: ['destroyed'],
  destroyed: [],
}

export const mayBecome = (from: KeyState, to: KeyState): boolean => TRANSITIONS[from].includes(to)
export const transitionsFrom = (from: KeyState): readonly KeyState[] => TRANSITIONS[from]

/** What each type can do at all, and what it does when `--usage` is silent: by the first part of its name. */
const ABILITIES: Record<string, { able: readonly Usage[]; usual: readonly Usage[] }> = {
  aes: { able: ['encrypt', 'decrypt', 'sign', 'verify', 'wrap', 'unwrap'], usual: ['encrypt', 'decrypt'] },
  tdes: { able: ['encrypt', 'decrypt', 'wrap', 'unwrap'], usual: ['wrap', 'unwrap'] },
  hmac: { able: ['sign', 'verify'], usual: ['sign', 'verify'] },
  rsa: { able: ['encrypt', 'decrypt', 'sign', 'verify', 'wrap', 'unwrap'], usual: ['sign', 'verify'] },
  ec: { able: ['sign', 'verify', 'derive'], usual: ['sign', 'verify'] },
  ed25519: { able: ['sign', 'verify'], usual: ['sign', 'verify'] },
  ml: { able: ['sign', 'verify'], usual: ['sign', 'verify'] },
}

const abilityOf = (type: KeyType) => ABILITIES[type.split('-')[0]!]!
export const possibleUsages = (type: KeyType): readonly Usage[] => abilityOf(type).able
export const usualUsages = (type: KeyType): readonly Usage[] => abilityOf(type).usual

/** Usages that only process what exists already; a key that is no longer active keeps these. */
const PROCESSING: readonly Usage[] = ['decrypt', 'verify', 'unwrap']

/** What a key may still do in a state, of what it was made for. `processing`: a compromised key that keeps decrypting. */
export function usagesIn(state: KeyState, made: readonly Usage[], processing = false): Usage[] {
  if (state === 'active') return [...made]
  const keeps = state === 'suspended' || state === 'deactivated' || (state === 'compromised' && processing)
  return keeps ? made.filter((usage) => PROCESSING.includes(usage)) : []
}

/** Where a key stands, and what it was made for. */
interface Standing {
  state: KeyState
  usage: readonly Usage[]
  published?: true | undefined
}

/** The same of a key: one that waits for its promotion processes only. */
export const usagesOf = ({ state, usage, published }: Standing, processing = false): Usage[] =>
  usagesIn(published && state === 'active' ? 'suspended' : state, usage, processing)

/** Its state in words, and whether it waits for its promotion. */
export const standingOf = ({ state, published }: Pick<Standing, 'state' | 'published'>): string =>
  published ? `published, ${state}` : state

/** A promotion is for what is in use, or will be again. */
export const mayBePublished = (state: KeyState): boolean => state === 'active' || state === 'suspended'

/** On a pair the public half encrypts, verifies and wraps; the private half does the rest. */
const PUBLIC_USAGES: readonly Usage[] = ['encrypt', 'verify', 'wrap']

const usageFlags = (allowed: readonly Usage[], concerned: readonly Usage[]): Flags =>
  Object.fromEntries(USAGES.map((usage) => [usage.toUpperCase(), concerned.includes(usage) && allowed.includes(usage)]))

/** By class and uses: thousands of keys have the same few. */
const usageFlagsOf = new Map<string, Attributes>()

/** The usage flags of every half of a key, each one stated. */
export function usageAttributes(type: KeyType, allowed: readonly Usage[]): Attributes {
  const name = `${classOf(type)} ${allowed.join()}`
  const found = usageFlagsOf.get(name) ?? eachUsage(classOf(type), allowed)
  usageFlagsOf.set(name, found)
  return isPair(found) ? { private: { ...found.private }, public: { ...found.public } } : { ...found }
}

const eachUsage = (kind: KeyClass, allowed: readonly Usage[]): Attributes =>
  kind === 'secret'
    ? usageFlags(allowed, USAGES)
    : {
        private: pick(usageFlags(allowed, USAGES), ['DECRYPT', 'SIGN', 'UNWRAP', 'DERIVE']),
        public: pick(usageFlags(allowed, PUBLIC_USAGES), ['ENCRYPT', 'VERIFY', 'WRAP']),
      }

const pick = (flags: Flags, names: string[]): Flags => Object.fromEntries(names.map((name) => [name, flags[name]!]))

/** The template of every key, each attribute stated and none left to the token's default. */
export function attributesFor(type: KeyType, allowed: readonly Usage[], backup: boolean): Attributes {
  const guarded: Flags = {
    TOKEN: true,
    PRIVATE: true,
    SENSITIVE: true,
    EXTRACTABLE: backup,
    WRAP_WITH_TRUSTED: backup,
    MODIFIABLE: true,
    COPYABLE: false,
    DESTROYABLE: true,
  }
  const usages = usageAttributes(type, allowed)
  if (!isPair(usages)) return { ...guarded, ...usages }
  return {
    private: { ...guarded, ...usages.private },
    public: { TOKEN: true, PRIVATE: true, MODIFIABLE: true, COPYABLE: false, DESTROYABLE: true, ...usages.public },
  }
}

/** As a token is asked: where it leaves public halves open nobody claims that one is PRIVATE. */
export function asKept(attributes: Attributes, leavesOpen: boolean): Attributes {
  if (!isPair(attributes) || attributes.public.PRIVATE === !leavesOpen) return attributes
  const { PRIVATE: _, ...others } = attributes.public
  return { ...attributes, public: leavesOpen ? others : { ...others, PRIVATE: true } }
}

/** What a token says of a key's past, and nobody can state in a template. */
const TOLD_ONLY = ['LOCAL', 'ALWAYS_SENSITIVE', 'NEVER_EXTRACTABLE', 'TRUSTED']

const statable = (flags: Flags): Flags =>
  Object.fromEntries(Object.entries(flags).filter(([name]) => !TOLD_ONLY.includes(name)))

/** A key's attributes as a template can state them. */
export const statableOnly = oncePer(
  (attributes: Attributes): Attributes =>
    alike(
      isPair(attributes)
        ? { private: statable(attributes.private), public: statable(attributes.public) }
        : statable(attributes),
    ),
)

/** A key's attributes as a template can state them, with the usage that is allowed now. */
export function withUsage(attributes: Attributes, type: KeyType, allowed: readonly Usage[]): Attributes {
  const usages = usageAttributes(type, allowed)
  if (!isPair(attributes) || !isPair(usages)) return { ...statable(attributes as Flags), ...(usages as Flags) }
  return {
    private: { ...statable(attributes.private), ...usages.private },
    public: { ...statable(attributes.public), ...usages.public },
  }
}

/** True when the key may leave the token in a backup. */
export const isExtractable = (attributes: Attributes): boolean =>
  (isPair(attributes) ? attributes.private : attributes).EXTRACTABLE === true

/** Newer than some tokens, which have no word for them. A key that is not to be wrapped by trusted keys alone loses nothing by that. */
export const mayBeUntold = (flag: string, wanted: boolean): boolean =>
  flag === 'COPYABLE' || flag === 'DESTROYABLE' || (flag === 'WRAP_WITH_TRUSTED' && !wanted)

const USAGE_FLAGS: readonly string[] = USAGES.map((usage) => usage.toUpperCase())

/** The usage flags among a key's attributes: what a change of state sets, and all that may be set later. */
export function usageOnly(attributes: Attributes): Attributes {
  const only = (flags: Flags) =>
    pick(
      flags,
      Object.keys(flags).filter((name) => USAGE_FLAGS.includes(name)),
    )
  if (!isPair(attributes)) return only(attributes)
  return { private: only(attributes.private), public: only(attributes.public) }
}

/** The flags of each half, by the half's name. */
export const halvesOf = (attributes: Attributes): (readonly [half: string, flags: Flags])[] =>
  isPair(attributes)
    ? [
        ['private', attributes.private],
        ['public', attributes.public],
      ]
    : [['secret', attributes]]

/** The flags that differ from what is wanted, such as `private DECRYPT`; flags that a token does not know are passed over. */
export function flagsThatDiffer(wanted: Attributes, actual: Attributes): string[] {
  if (wanted === actual) return []
  const have = halvesOf(actual)
  return halvesOf(wanted).flatMap(([half, flags], i) =>
    Object.entries(flags)
      .filter(([name, value]) => (have[i]?.[1][name] ?? value) !== value)
      .map(([name]) => (half === 'secret' ? name : `${half} ${name}`)),
  )
}

/** Of a flag as `flagsThatDiffer` names it. */
export const isUsageFlag = (flag: string): boolean => USAGE_FLAGS.includes(flag.split(' ').at(-1)!)
