// The shapes of the small things that plans and records are made of (docs/formats.md). A member that is not named is refused: it would be signed, and nobody would be shown it.
import * as v from 'valibot'
import { type Attributes, type Flags, inOrder, KEY_STATES, KEY_TYPES, USAGES } from './keys.ts'
import { isTime, KEY_NAME, SHORT_NAME, STATION_NAME } from './names.ts'
import { areMembers } from './newer.ts'
import { isShort } from './texts.ts'

/** Which characters may stand in it is asked of every string: see canonical. */
export const Text = v.pipe(v.string(), v.check(isShort, 'longer than 4096 bytes'))
export const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
export const Ordinal = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
export const When = v.pipe(v.string(), v.check(isTime, 'not a time in UTC with milliseconds'))
/** Of a calendar. */
export const Day = v.pipe(
  v.string(),
  v.check((text) => isTime(`${text}T00:00:00.000Z`), 'not a day'),
)
export const Uuid = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/))
export const ShortName = v.pipe(v.string(), v.regex(SHORT_NAME))
export const StationName = v.pipe(v.string(), v.regex(STATION_NAME))
export const KeyNameShape = v.pipe(v.string(), v.regex(KEY_NAME))

/** Lower-case hex of so many bytes. */
export const hexOf = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)))

/** Without padding. The bits that a last letter has to spare are zero, so that one value has one text. */
function isBase64url(text: string): boolean {
  const last = text.at(-1) ?? ''
  const mayEnd = [true, false, 'AQgw'.includes(last), 'AEIMQUYcgkosw048'.includes(last)]
  return mayEnd[text.length % 4]! && /^[A-Za-z0-9_-]*$/.test(text)
}

export const base64urlOf = (bytes: number) =>
  v.pipe(v.string(), v.length(Math.ceil((bytes * 4) / 3)), v.check(isBase64url, `not base64url of ${bytes} bytes`))
export const Base64url = v.pipe(v.string(), v.check(isBase64url, 'not base64url'))

/** Of a CK_VERSION: major and minor. */
const Version = v.pipe(v.string(), v.regex(/^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/))

export const Leaf = base64urlOf(32)
export const KeyId = hexOf(8)
/** A rule, a CKR, an operation. */
export const Code = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/))
export const Alg = v.picklist(['ES256', 'EdDSA', 'PS256'])
export type Alg = v.InferOutput<typeof Alg>

/** Versions such as `2.6`, as the token told them when it was taken. */
export const Token = v.strictObject({
  serial: Text,
  label: Text,
  manufacturer: Text,
  model: Text,
  firmware: Version,
  hardware: Version,
})
export type Token = v.InferOutput<typeof Token>

/** One that a restore has replaced, by the record `until`, at that time. `notRestored`: labels of keys that never came to it. */
export interface EarlierToken extends Token {
  until: number
  replaced: string
  notRestored: ReadonlySet<string>
}

/** It has no serial before it is initialised: until then its slot is all that names it. */
export const UninitialisedToken = v.strictObject({ slot: Count })
export type UninitialisedToken = v.InferOutput<typeof UninitialisedToken>

/** A public key that signs records. `id`: the first 8 bytes of SHA-256(SPKI DER), hex. */
export const SigningKey = v.strictObject({ id: KeyId, alg: Alg, spki: Base64url })
export type SigningKey = v.InferOutput<typeof SigningKey>

/** A machine whose records the ledger takes. `key`: Ed25519, in a file there. */
export const Station = v.strictObject({ name: StationName, key: SigningKey })
export type Station = v.InferOutput<typeof Station>

export const ROLES = ['so', 'user', 'recovery'] as const
export type GroupRole = (typeof ROLES)[number]
/** Those that have a PIN on the token, the SO's first. */
export const PIN_ROLES = ['so', 'user'] as const

export const Custodian = v.strictObject({ name: ShortName, key: base64urlOf(32) })
export type Custodian = v.InferOutput<typeof Custodian>

/** A set of N custodians with a threshold M. `check`: 16 bytes that tell whether a joined secret is right. */
export const Group = v.strictObject({
  name: ShortName,
  roles: v.pipe(v.array(v.picklist(ROLES)), v.minLength(1)),
  threshold: Ordinal,
  epoch: Ordinal,
  check: base64urlOf(16),
  custodians: v.pipe(v.array(Custodian), v.minLength(1)),
})
export type Group = v.InferOutput<typeof Group>

export const Need = v.strictObject({ group: ShortName, epoch: Ordinal, threshold: Ordinal })
export type Need = v.InferOutput<typeof Need>

const Signed = { custodian: ShortName, group: ShortName, epoch: Ordinal, key: base64urlOf(32), value: base64urlOf(64) }
/** A custodian's signature over the audit key that a token has. */
export const KeyApproval = v.strictObject(Signed)
export type KeyApproval = v.InferOutput<typeof KeyApproval>

const VIA = ['prompt', 'file', 'fd', 'contribution'] as const
export const Approval = v.strictObject({ ...Signed, via: v.picklist(VIA) })
export type Approval = v.InferOutput<typeof Approval>

const FLAG = /^(?!CK[A-Z]_)[A-Z][A-Z0-9_]*$/

function areFlags(value: unknown): value is Flags {
  if (!areMembers(value)) return false
  for (const name in value) if (typeof value[name] !== 'boolean' || !FLAG.test(name)) return false
  return true
}

const arePair = (value: unknown): boolean =>
  areMembers(value) && areFlags(value.private) && areFlags(value.public) && Object.keys(value).length === 2

/** Asked in plain loops: a line of thousands of keys is flags for the most part. */
export const AttributesShape = v.custom<Attributes>(
  (value) => areFlags(value) || arePair(value),
  'not attributes by name, or those of both halves of a pair',
)

export const Fingerprint = v.pipe(
  v.string(),
  v.regex(/^(sha256:[0-9a-f]{64}|cmac5:[0-9a-f]{10}|hmac5:[0-9a-f]{10}|ecb3:[0-9a-f]{6})$/),
)

/** A set that isn't empty, in its one spelling. */
export const setOf = <T extends v.GenericSchema<unknown, string>>(item: T) =>
  v.pipe(
    v.array(item),
    v.minLength(1),
    v.check(
      (all) => all.every((one, i) => i === 0 || all[i - 1]! < one),
      'not in ascending order, or one stands twice',
    ),
  )

/** It was in the memory of the machine in the clear for a moment. */
const InTheClear = { clearOnHost: v.literal(true) }

/**
 * How a key came to be. `label`: what a key that was adopted is called on the token, for others use it by that. `components`: the check value of
 * each, in their order; `issued`: they were made here. `sha256`: of the file that it came in. `request`: SHA-256 of the file of the
 * request, for whose transport key it was wrapped. `sender`: who is said to have sent it.
 */
/** The header of the key block that it came in, with its optional blocks, and the key that protected it, `NAME#V`. */
const Block = v.strictObject({ header: Text, under: Text })

const Origin = v.variant('kind', [
  v.strictObject({ kind: v.literal('generated') }),
  v.strictObject({ kind: v.literal('adopted'), label: Text }),
  v.strictObject({
    kind: v.literal('components'),
    components: v.pipe(v.array(Fingerprint), v.minLength(2)),
    issued: v.optional(v.literal(true)),
    ...InTheClear,
  }),
  v.strictObject({
    kind: v.literal('file'),
    sha256: v.optional(hexOf(32)),
    sender: v.optional(Text),
    block: v.optional(Block),
    ...InTheClear,
  }),
  v.strictObject({ kind: v.literal('transport'), request: hexOf(32), sender: v.optional(Text) }),
])
export type Origin = v.InferOutput<typeof Origin>

/** Each once, in the order of USAGES. */
export const UsageInOrder = v.pipe(
  v.array(v.picklist(USAGES)),
  v.check((usage) => usage.join() === inOrder(usage).join(), 'not in order, or one stands twice'),
)

const OfAKind = {
  class: v.picklist(['secret', 'pair']),
  type: v.picklist(KEY_TYPES),
  state: v.picklist(KEY_STATES),
  attributes: AttributesShape,
  /** For life, as it was when the key was made: how it came to be, what it may be used for, before which time not, and the weaknesses taken knowingly. */
  origin: Origin,
  usage: UsageInOrder,
  activateAt: v.optional(When),
  accepted: v.optional(setOf(Code)),
}

/** What new keys of one plan have in common. */
export const KeyTemplate = v.strictObject(OfAKind)
export type KeyTemplate = v.InferOutput<typeof KeyTemplate>

export const KeyNames = setOf(KeyNameShape)

/** Of ours 16 bytes; others give what they like. */
export const CkaId = v.pipe(v.string(), v.regex(/^([0-9a-f]{2}){1,64}$/))

/** `published`: a version that waits for its promotion, and processes only until then. */
const KeyIdentity = {
  name: KeyNameShape,
  version: Ordinal,
  id: CkaId,
  ...OfAKind,
  published: v.optional(v.literal(true)),
}

/** A key as a plan wants it: its final state and attributes. A key that exists already is named by its fingerprint too. */
export const KeyTarget = v.strictObject({
  ...KeyIdentity,
  fingerprint: v.optional(Fingerprint),
})
export type KeyTarget = v.InferOutput<typeof KeyTarget>

/** A key as it was read back from the token. `spki`: of a pair; its SHA-256 is the fingerprint. */
export const KeyReport = v.strictObject({
  ...KeyIdentity,
  fingerprint: Fingerprint,
  spki: v.optional(Base64url),
})
export type KeyReport = v.InferOutput<typeof KeyReport>

/** A file that was written. None is empty. */
export const Artefact = v.strictObject({ name: Text, sha256: hexOf(32), bytes: Ordinal })
export type Artefact = v.InferOutput<typeof Artefact>
