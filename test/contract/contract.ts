// The contract of the HSM port as cases that any module can be held to: each says what it needs of a token, and runs where that is there.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { asKept, attributesFor, isPair, KEY_TYPES, type KeyType, type Usage } from '../../src/domain/keys.ts'
import { leavesOpen, type Profile, type Weakness, weaknessesOf, wholeProfile } from '../../src/domain/profile.ts'
import { Secret } from '../../src/domain/secret.ts'
import { addressOf, type TokenAddress } from '../../src/domain/token-address.ts'
import type { Hsm, KeyFacts, KeySpec, Pin, UserSession } from '../../src/hsm/port.ts'
import { SO, USER } from './hsm-bench.ts'

/** A token that holds nothing, with both its PINs, and how it wants to be asked. A case leaves it so. */
export interface ContractToken {
  hsm: Hsm
  address: TokenAddress & { profile: Profile }
}

export type Need =
  | `makes ${KeyType}`
  | `wraps ${KeyType}`
  | `keeps ${Weakness}`
  | 'takes a check value by CMAC'
  | 'holds two of one id'

/** What the library is asked beside any token. */
export interface CaseOfModule {
  name: string
  ofModule: (hsm: Hsm) => Promise<void>
}

export interface CaseOfToken {
  name: string
  needs: readonly Need[]
  run: (token: ContractToken) => Promise<void>
}

/** Those of which a key is made for it. The larger sizes of RSA are slow to make, and go the same way. */
export const MADE_TYPES = KEY_TYPES.filter((type) => type !== 'rsa-3072' && type !== 'rsa-4096')

export type ContractCase = CaseOfModule | CaseOfToken

export const ofModule = (name: string, run: CaseOfModule['ofModule']): ContractCase => ({ name, ofModule: run })
export const onToken = (name: string, needs: readonly Need[], run: CaseOfToken['run']): ContractCase => ({
  name,
  needs,
  run,
})

/** Why a token can't be held to it; undefined where it can. */
export function whyNotApplicable({ needs }: CaseOfToken, profile: Profile): string | undefined {
  const lacks = needs.map((need) => lackOf(need, profile)).filter((why) => why !== undefined)
  return lacks.length === 0 ? undefined : [...new Set(lacks)].join('; ')
}

function lackOf(need: Need, profile: Profile): string | undefined {
  if (need === 'takes a check value by CMAC') return profile.checkValue === 'cmac5' ? undefined : 'it takes no CMAC'
  if (need === 'holds two of one id')
    return leavesOpen(profile) ? 'a new object takes the place of one that has its id' : undefined
  const [verb, word] = need.split(' ') as ['makes' | 'wraps', KeyType] | ['keeps', Weakness]
  if (verb === 'keeps')
    return weaknessesOf(profile).some((weakness) => weakness === word) ? `it does not keep ${word}` : undefined
  const { make, wrap } = wholeProfile(profile).types[word]
  if (make !== true) return `it makes no ${word}: ${make.lacks}`
  return verb === 'wraps' && typeof wrap !== 'string' ? `it wraps no ${word}: ${wrap.lacks}` : undefined
}

/** Both PINs are given to a token that was initialised under `first`, and what it can do is found. */
export async function takeForContract(
  hsm: Hsm,
  token: { serial: string; label: string },
  first: Pin,
): Promise<ContractToken> {
  const address = addressOf(token)
  await hsm.setPins(address, first, SO(), USER())
  const found = await hsm.profile(address, SO(), USER())
  const { sha256: module } = await hsm.module()
  const profile: Profile = { ...found, module, identity: address.label === undefined ? 'serial' : 'label' }
  return { hsm, address: { ...address, profile } }
}

export async function using<T>(
  { hsm, address }: ContractToken,
  use: (session: UserSession, profile: Profile) => Promise<T>,
): Promise<T> {
  await using session = await hsm.login(address, USER())
  return await use(session, address.profile)
}

const KEK = randomBytes(32)
export const kek = (): Secret => new Secret(Uint8Array.from(KEK))
export const kekBytes = (): Buffer => KEK

export async function usingKek<T>(
  { hsm, address }: ContractToken,
  use: (session: UserSession) => Promise<T>,
): Promise<T> {
  await using session = await hsm.loginWithKek(address, SO(), USER(), kek())
  return await use(session)
}

/** As this token makes it: exportable where it can be wrapped, with what has to be accepted. */
export const specOn = (
  { address: { profile } }: ContractToken,
  type: KeyType,
  usages: readonly Usage[],
  label = `test/${type}#1`,
): KeySpec => ({
  label,
  id: randomBytes(16),
  type,
  attributes: asKept(attributesFor(type, usages, typeof profile.types[type].wrap === 'string'), leavesOpen(profile)),
  accepted: weaknessesOf(profile),
})

/** The first type of these that the token makes. */
export const madeThere = (
  { address: { profile } }: ContractToken,
  types: readonly KeyType[] = KEY_TYPES,
): KeyType | undefined => types.find((type) => profile.types[type].make === true)

export const flat = (facts: KeyFacts): Record<string, boolean> =>
  isPair(facts.attributes) ? facts.attributes.private : facts.attributes

export async function isEmpty(session: UserSession): Promise<void> {
  const { private: own, public: others } = await session.scan()
  assert.deepEqual([own.map(({ label }) => label), others.map(({ label }) => label)], [[], []], 'something stays')
}
