// The token that an init or a restore takes: noted before it is touched, so that work can go on after a crash, and kept under a temporary PIN.

import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { deviceFailed, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import {
  type BegunPending,
  PENDING_FORMAT,
  type Pending,
  type SpareNote,
  type TakenPending,
} from '../domain/pending.ts'
import { derivedLength, derivedPin, longestPin, type PinRules } from '../domain/pins.ts'
import { brokenIn, type Profile, unacceptedIn } from '../domain/profile.ts'
import { keyIdOf } from '../domain/record.ts'
import { Secret } from '../domain/secret.ts'
import type { SigningKey, Token } from '../domain/shapes.ts'
import { addressName, addressOf, type TokenAddress, tokenName } from '../domain/token-address.ts'
import { checkFit, checkOpen } from '../domain/token-fit.ts'
import type { Hsm, Pin, TokenFacts, UserSession } from '../hsm/port.ts'
import type { Partition, PendingNote } from '../ledger/port.ts'
import { PROBE_LABEL } from './inventory.ts'
import type { HostSources } from './ports.ts'
import { faultsIn, notThere, slotWith } from './slots.ts'

/** What taking it needs. */
export interface TakingPorts {
  sources: HostSources
  hsm: Hsm
  partition: PendingNote
  /** What its PINs may be. */
  pins: PinRules
}

export const temporaryPin = ({ temporaryPin: text }: Pick<Pending, 'temporaryPin'>): Pin => ({
  bytes: new Secret(fromBase64url(text)),
  form: 'derived',
})

/** The same as a person would type it, in a file of the home: the token is empty, and can be erased with it. Gives the path. */
export function leavePin(pending: Pending | SpareNote, partition: Pick<Partition, 'leavePin'>): string {
  const { temporaryPin: bytes, longestPin, token, name, profile } = pending
  const prefix = profile?.pinPrefix
  const length = derivedLength({ min: 0, max: longestPin ?? 0 }, { prefix, accepted: ['short-pin'] })
  return partition.leavePin(
    typeof token === 'string' ? token : `token-of-${name}`,
    derivedPin(fromBase64url(bytes), length, prefix),
  )
}

/** Notes what is about to happen, so that work can go on after a crash. `before`: what an interrupted init had noted. */
export function beginPending(
  what: Pick<
    BegunPending,
    'kind' | 'partition' | 'name' | 'module' | 'profile' | 'token' | 'again' | 'auditKey' | 'asked' | 'erases'
  >,
  serialsBefore: string[],
  { sources, partition }: TakingPorts,
  before?: Pending,
): BegunPending {
  const pending: BegunPending = {
    format: PENDING_FORMAT,
    stage: 'begun',
    ...what,
    serialsBefore,
    temporaryPin: toBase64url(sources.random(20)),
    files: [],
    // The token may still carry that PIN.
    ...(before && { serialsBefore: before.serialsBefore, temporaryPin: before.temporaryPin }),
  }
  partition.writePending(pending)
  return pending
}

/** The token that was taken, and what is noted of it. */
export interface Taken {
  token: TokenFacts
  pending: TakenPending
}

/** C_InitToken with the temporary SO PIN. The token is named by its serial from here on; one that is blank has none before. */
export async function initialiseToken(
  { slot, token }: { slot: number; token?: TokenAddress },
  label: string,
  pending: BegunPending,
  ports: TakingPorts,
): Promise<Taken> {
  const pin = temporaryPin(pending)
  using _ = pin.bytes
  return noteToken(await ports.hsm.initToken(slot, pin, label, token), pending, ports)
}

/**
 * The temporary PIN opens it, and all that it holds is what the look at it left that was cut off: that goes, and it is not initialised once more.
 * Some tokens do not live through that under another SO PIN than their first.
 */
export async function isEmptyAgain(
  address: TokenAddress,
  pending: BegunPending,
  { hsm }: TakingPorts,
): Promise<boolean> {
  const pin = temporaryPin(pending)
  using _ = pin.bytes
  await hsm.setPins(address, pin, pin, pin)
  await using session = await hsm.login(address, pin)
  const { private: own, public: others } = await session.scan()
  if (
    others.length > 0 ||
    !own.every(({ label, id }) => label.startsWith('keyrite/') || (label === '' && id.length === 0))
  )
    return false
  await session.destroyKeys(own.filter(({ label }) => label === PROBE_LABEL).map(({ id }) => id))
  await session.destroyStrayAuditKeys()
  await session.dropHeads(await session.heads())
  await session.clearIncompleteObjects([])
  return (await session.scan()).private.length === 0
}

/** C_InitToken with the present SO PIN, which then gives way to the temporary one: a person's PIN is never written down. */
export async function eraseToken(
  { slot, token: erased }: { slot: number; token?: TokenAddress },
  label: string,
  present: Pin,
  pending: BegunPending,
  ports: TakingPorts,
): Promise<Taken> {
  const pin = temporaryPin(pending)
  using _ = pin.bytes
  const token = await ports.hsm.initToken(slot, present, label, erased)
  await ports.hsm.setPins(addressOf(token), present, pin, pin)
  return noteToken(token, pending, ports)
}

function noteToken(token: TokenFacts, pending: BegunPending, { partition, pins }: TakingPorts): Taken {
  const noted: TakenPending = { ...pending, stage: 'taken', token: tokenName(token), ...fitFor(token, pins) }
  partition.writePending(noted)
  return { token, pending: noted }
}

/** TOKEN-LOGIN, SHORT-PIN, LONG-PIN: what a token that was blank may say only now. */
export function fitFor(token: TokenFacts, pins: PinRules): Pick<TakenPending, 'longestPin'> {
  checkFit(token, pins)
  const longest = longestPin(token.pinLength)
  return longest === undefined ? {} : { longestPin: longest }
}

/** What the token that was taken can do, found with the temporary PIN for both roles: it holds nothing, and nothing of this stays. */
export async function profileOf({ token, pending }: Taken, hsm: Hsm): Promise<Profile> {
  const address = addressOf(token)
  const pin = temporaryPin(pending)
  using _ = pin.bytes
  await hsm.setPins(address, pin, pin, pin)
  return profileAt(address, { so: pin, user: pin }, hsm)
}

/** TOKEN-WEAK: what weakens a token is accepted, or the token is not taken. */
export const checkWeaknesses = (profile: Profile, accepted: readonly string[] = []): void =>
  checkOpen(unacceptedIn(profile, accepted))

/** TOKEN-WEAK: as far as a token tells without a login, and so before anything on it goes. */
export const checkRules = (rules: Parameters<typeof brokenIn>[0], accepted: readonly string[] = []): void =>
  checkOpen(brokenIn(rules).filter((word) => !accepted.includes(word)))

/** What a token can do, with the library that it was found with, and how the token is named. `keeps`: it has keys, which stay as they are. */
export async function profileAt(
  address: TokenAddress,
  { so, user }: { so: Pin; user: Pin },
  hsm: Pick<Hsm, 'module' | 'profile'>,
  keeps?: boolean,
): Promise<Profile> {
  const found = await hsm.profile(address, so, user, keeps)
  const { sha256: module } = await hsm.module()
  return { ...found, module, identity: address.label === undefined ? 'serial' : 'label' }
}

/** The audit key of a token that has none. */
export async function newAuditKey(
  session: UserSession,
  alg: SigningKey['alg'],
  sources: HostSources,
): Promise<SigningKey> {
  const spki = await session.generateAuditKey(sources.random(16), alg)
  return { id: keyIdOf(spki), alg, spki: toBase64url(spki) }
}

/** A token that is initialised already: noted as it is; it is emptied later. */
export async function takeInitialised(slot: number, pending: BegunPending, ports: TakingPorts): Promise<Taken> {
  const slots = await ports.hsm.slots()
  const token = slots.find((candidate) => candidate.slot === slot)?.token
  if (!token) throw deviceFailed('TOKEN-PRESENT', `the token in slot ${slot} is not seen any more${faultsIn(slots)}`)
  return noteToken(token, pending, ports)
}

/** The slot in which the token of this address is now. TOKEN-PRESENT. */
export async function slotOf(address: TokenAddress, hsm: Hsm): Promise<number> {
  const slots = await hsm.slots()
  const slot = slotWith(address, slots)
  if (!slot) throw notThere(`the token ${escaped(addressName(address))} is not there`, slots)
  return slot.slot
}

/** C_InitToken gives it that name, where it takes one. */
export const namedAnew = (token: TokenFacts, name: string): Token =>
  tokenOf(token.unnamed ? token : { ...token, label: name })

export const tokenOf = ({ serial, label, manufacturer, model, firmware, hardware }: TokenFacts): Token => ({
  serial,
  label,
  manufacturer,
  model,
  firmware,
  hardware,
})

/** TOKEN-EMPTY: the token of an unfinished init, found again by its serial, or because it was not there before. */
export function unfinishedToken(
  pending: Pick<Pending, 'token' | 'serialsBefore'>,
  tokens: readonly TokenFacts[],
  label: string,
): TokenFacts | undefined {
  // Some tokens keep their serial when they are made blank by other means.
  if (typeof pending.token === 'string')
    return tokens.find((token) => token.initialised && tokenName(token) === pending.token)
  const fresh = tokens.filter(
    (token) =>
      token.initialised &&
      !pending.serialsBefore.includes(tokenName(token)) &&
      (token.unnamed || token.label === label),
  )
  if (fresh.length > 1)
    throw refused('TOKEN-EMPTY', 'several new tokens could be the one that was started', keyrite('token', 'list'))
  return fresh[0]
}
