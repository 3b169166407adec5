// The token that an init or a restore takes: noted before it is touched, so that work can go on after a crash, and kept under a temporary PIN.

import { fromBase64url, toBase32, toBase64url } from '../domain/encoding.ts'
import { deviceFailed, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import {
  type BegunPending,
  PENDING_FORMAT,
  type Pending,
  type SpareNote,
  type TakenPending,
} from '../domain/pending.ts'
import { checkTakesPins, longestPin } from '../domain/pins.ts'
import { Secret } from '../domain/secret.ts'
import type { Token } from '../domain/shapes.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { Hsm, Pin, TokenFacts } from '../hsm/port.ts'
import type { Partition, PendingNote } from '../ledger/port.ts'
import type { HostSources } from './ports.ts'
import { faultsIn, slotWith } from './slots.ts'

/** What taking it needs. */
export interface TakingPorts {
  sources: HostSources
  hsm: Hsm
  partition: PendingNote
}

export const temporaryPin = ({ temporaryPin: text }: Pick<Pending, 'temporaryPin'>): Pin => ({
  bytes: new Secret(fromBase64url(text)),
  form: 'derived',
})

/** The same as a person would type it, in a file of the home: the token is empty, and can be erased with it. Gives the path. */
export function leavePin(pending: Pending | SpareNote, partition: Pick<Partition, 'leavePin'>): string {
  const { temporaryPin: bytes, longestPin, token, name } = pending
  return partition.leavePin(
    typeof token === 'string' ? token : `token-of-${name}`,
    toBase32(fromBase64url(bytes)).slice(0, longestPin),
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

/** C_InitToken with the present SO PIN, which then gives way to the temporary one: a person's PIN is never written down. */
export async function eraseToken(
  { slot, token: erased }: { slot: number; token: TokenAddress },
  label: string,
  present: Pin,
  pending: BegunPending,
  ports: TakingPorts,
): Promise<Taken> {
  const pin = temporaryPin(pending)
  using _ = pin.bytes
  const token = await ports.hsm.initToken(slot, present, label, erased)
  await ports.hsm.setPins({ serial: token.serial }, present, pin, pin)
  return noteToken(token, pending, ports)
}

async function noteToken(token: TokenFacts, pending: BegunPending, { hsm, partition }: TakingPorts): Promise<Taken> {
  const noted: TakenPending = { ...pending, stage: 'taken', token: token.serial, ...(await fitFor(token, hsm)) }
  partition.writePending(noted)
  return { token, pending: noted }
}

/** TOKEN-SERIAL, SHORT-PIN, LONG-PIN, MECHANISM: what a token that was blank may say only now. */
export async function fitFor(token: TokenFacts, hsm: Hsm): Promise<Pick<TakenPending, 'auditAlg' | 'longestPin'>> {
  if (token.serial === '') throw deviceFailed('TOKEN-SERIAL', 'the token has no serial number even after C_InitToken')
  checkTakesPins(token)
  const longest = longestPin(token.pinLength)
  const { audit } = await hsm.probe(await slotOf({ serial: token.serial }, hsm), [])
  if (audit === 'none') {
    throw deviceFailed('MECHANISM', 'the token can sign with none of ES256, EdDSA and PS256: it can hold no audit key')
  }
  return { auditAlg: audit, ...(longest !== undefined && { longestPin: longest }) }
}

/** A token that is initialised already: noted as it is; it is emptied later. */
export async function takeInitialised(slot: number, pending: BegunPending, ports: TakingPorts): Promise<Taken> {
  const found = (await ports.hsm.slots()).find((candidate) => candidate.slot === slot)
  return noteToken(found!.token!, pending, ports)
}

/** The slot in which the token of this address is now. TOKEN-PRESENT. */
export async function slotOf(address: TokenAddress, hsm: Hsm): Promise<number> {
  const slots = await hsm.slots()
  const slot = slotWith(address, slots)
  if (!slot)
    throw deviceFailed(
      'TOKEN-PRESENT',
      `the token with serial ${address.serial} is not there${faultsIn(slots)}`,
      keyrite('token', 'list', '--module', 'PATH'),
    )
  return slot.slot
}

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
  if (typeof pending.token === 'string') return tokens.find(({ serial }) => serial === pending.token)
  const fresh = tokens.filter(
    (token) => token.initialised && !pending.serialsBefore.includes(token.serial) && token.label === label,
  )
  if (fresh.length > 1)
    throw refused('TOKEN-EMPTY', 'several new tokens could be the one that was started', keyrite('token', 'list'))
  return fresh[0]
}
