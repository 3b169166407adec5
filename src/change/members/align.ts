// What a member is to have is what the ledger says, never what another token has: keys that it lacks come to it, those that it has get their usage, and what
// is destroyed, or was never made, goes. Each key is proved.
import { fromBase64url, fromHex, toHex } from '../../domain/encoding.ts'
import { deviceFailed, type KeyriteError, notVerified } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import { flagsThatDiffer, halvesOf, type KeyType, statableOnly } from '../../domain/keys.ts'
import type { Holder } from '../../domain/member-shapes.ts'
import { label } from '../../domain/names.ts'
import type { Profile } from '../../domain/profile.ts'
import type { Secret } from '../../domain/secret.ts'
import type { KeyReport } from '../../domain/shapes.ts'
import { listed } from '../../domain/words.ts'
import { commonWrap, type WrapKinds } from '../../domain/wrap-kinds.ts'
import type { KeyFacts, UserSession, WrappedKey } from '../../hsm/port.ts'
import { abilitiesIn, waysOf } from '../abilities.ts'
import { inPart, keysOnToken, setPlannedUsages, specOf } from '../key-targets.ts'
import { provedThere } from '../proofs.ts'

/** `gone`: CKA_IDs, hex, of keys that the ledger says are destroyed or were not made. */
export interface Wanted {
  keys: readonly KeyReport[]
  gone: readonly string[]
  /** Labels of keys that the member may have destroyed: those are kept where they are, and brought nowhere. */
  ending: ReadonlySet<string>
}

/** Where keys come from: a member that is proven to hold them. `transfer`: what they travel under, which both sessions have as a key. */
export interface KeySource {
  session: UserSession
  profile: Profile
  transfer: Secret
}

export interface Aligned {
  touched: boolean
  /** Ids of those that were there, and went. */
  went: ReadonlySet<string>
  differs: NonNullable<Holder['differs']>
}

/** MEMBER-DESTROYED, KEY-REPLACED, KEY-TWINS, RESTORE-EQUAL, DESTROY-PROVEN, KEY-AS-ASKED. */
export async function align(
  { keys, gone, ending }: Wanted,
  { session, profile }: { session: UserSession; profile: Profile },
  source: KeySource | undefined,
): Promise<Aligned> {
  const went = await removed(gone, session)
  const there = await keysOnToken(keys, session)
  const absent = keys.filter((key) => !there.has(key))
  const parts = await inPart(absent, session)
  if (parts.length > 0) await session.destroyKeys(parts.map(({ id }) => fromHex(id)))
  await provedThere([...there.keys()], session)
  const turned = [...there].flatMap(([key, facts]) => (isOther(key, facts) ? [key] : []))
  if (turned.length > 0) await setPlannedUsages(turned, session)
  const [ended, coming] = [absent.filter(isIn(ending)), absent.filter((key) => !isIn(ending)(key))]
  const brought = coming.length === 0 ? [] : await bring(coming, { session, profile }, source)
  const touched = went.size + parts.length + turned.length + coming.length > 0
  if (ended.length > 0) throw endedThere(ended.map(nameOf), touched)
  return { touched, went, differs: pastsOf(coming, brought) }
}

const isIn =
  (ending: ReadonlySet<string>) =>
  (key: KeyReport): boolean =>
    ending.has(nameOf(key))

/** MEMBER-DESTROYED: the others have it still, since nobody knew. */
const endedThere = (names: readonly string[], changed: boolean): KeyriteError =>
  notVerified(
    'MEMBER-DESTROYED',
    `${listed(names)} ${names.length === 1 ? 'is gone from it, as its destruction' : 'are gone from it, as their destruction'} began, and ${names.length === 1 ? 'does' : 'do'} not come back`,
    keyrite('key', 'destroy', names[0]!),
  ).with({ changed })

const isOther = ({ attributes }: KeyReport, facts: KeyFacts): boolean =>
  flagsThatDiffer(statableOnly(attributes), statableOnly(facts.attributes)).length > 0

/** DESTROY-PROVEN. Gives which of them had been there. */
async function removed(gone: readonly string[], session: UserSession): Promise<Set<string>> {
  if (gone.length === 0) return new Set()
  const listed = new Set((await session.scan()).private.map(({ id }) => toHex(id)))
  const there = gone.filter((id) => listed.has(id))
  if (there.length > 0) await session.destroyKeys(there.map(fromHex))
  // A list that was cut off proves no absence: of a few each is searched by itself.
  const asked = gone.length > FEW ? there : gone
  const counts = await session.countObjects(asked.map(fromHex))
  const left = asked.find((_, i) => counts[i]! > 0)
  if (left !== undefined) throw notVerified('DESTROY-PROVEN', `an object with the id ${left} is still on the token`)
  return new Set(there)
}

const FEW = 1000

/** MEMBER-SOURCE, RESTORE-EQUAL: each is wrapped again there, or answers, before the next is begun. */
async function bring(
  keys: readonly KeyReport[],
  { session, profile }: { session: UserSession; profile: Profile },
  source: KeySource | undefined,
): Promise<KeyFacts[]> {
  if (!source) throw deviceFailed('KEY-ABSENT', `${nameOf(keys[0]!)} is not on the token`)
  const wraps = wrapsBetween(keys, source.profile, profile)
  const blobs = await source.session.wrapKeys(
    keys.map(({ id }) => fromHex(id)),
    undefined,
    wraps,
  )
  const wrapped = keys.map((key, i): WrappedKey => {
    const blob = blobs[i]!
    if (!('error' in blob) && blob.fingerprint !== key.fingerprint)
      throw notVerified('KEY-REPLACED', `the token has another key in the place of ${nameOf(key)}`)
    if ('error' in blob) throw deviceFailed('KEY-ABSENT', `${nameOf(key)} does not leave the token: ${blob.error}`)
    return {
      ...specOf({ ...key, attributes: statableOnly(key.attributes) }),
      fingerprint: key.fingerprint,
      wrap: blob.wrap,
      blob: blob.blob,
      ...(key.spki ? { spki: fromBase64url(key.spki) } : {}),
    }
  })
  return await session.restoreKeys(source.transfer, wrapped)
}

const nameOf = ({ name, version }: KeyReport): string => label(name, version)

/** MECHANISM: of each type the way that both tokens have. */
function wrapsBetween(keys: readonly KeyReport[], from: Profile, to: Profile): WrapKinds {
  const types = [...new Set(keys.map(({ type }) => type as KeyType))]
  return Object.fromEntries(
    types.map((type) => {
      const kind = commonWrap(type, waysOf(abilitiesIn(from)), waysOf(abilitiesIn(to)))
      if (typeof kind === 'string') return [type, kind]
      throw deviceFailed('MECHANISM', `${type} can't go from one token to the other: ${kind.lacks}`)
    }),
  )
}

const OF_THE_PAST = ['ALWAYS_SENSITIVE', 'LOCAL', 'NEVER_EXTRACTABLE'] as const

/** Which of the attributes that tell of a key's past are not on this token what the ledger has. */
const pastsOf = (keys: readonly KeyReport[], facts: readonly KeyFacts[]): Aligned['differs'] =>
  OF_THE_PAST.filter((flag) =>
    keys.some((key, i) =>
      halvesOf(key.attributes).some(
        ([, flags], half) =>
          flags[flag] !== undefined && flags[flag] !== halvesOf(facts[i]!.attributes)[half]?.[1][flag],
      ),
    ),
  )
