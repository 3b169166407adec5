// The present SO PIN of a token that is to be initialised, from whoever has it: proved before anything is touched, where it can be.

import { slotWith } from '../change/slots.ts'
import { opensAsSo } from '../change/so-pin.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import type { Secret } from '../domain/secret.ts'
import { addressName, type TokenAddress } from '../domain/token-address.ts'
import type { Hsm } from '../hsm/port.ts'
import type { Quorum } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import type { Target } from './choose-token.ts'

export interface PinPorts {
  hsm: Hsm
  quorum: Quorum
  terminal: Terminal
}

/** SO-PIN. */
export async function presentPin(
  token: TokenAddress,
  options: { soPinFile?: string },
  ports: PinPorts,
): Promise<Secret> {
  const present = await read(`token ${addressName(token)}`, options, ports)
  if (await opensAsSo(token, { bytes: present, form: 'text' }, ports.hsm)) return present
  present[Symbol.dispose]()
  throw wrongPin(options, `the token ${escaped(addressName(token))}`)
}

/**
 * Of a blank token that has one already, such as 87654321 on openCryptoki; undefined of one that has none. Nobody can log in there: it is
 * proved by C_InitToken, which changes nothing where it is wrong.
 */
export async function presetPin(
  { slot, preset }: { slot: number; preset?: boolean },
  options: { soPinFile?: string },
  ports: PinPorts,
): Promise<Secret | undefined> {
  if (!preset && options.soPinFile === undefined) return undefined
  return await read(`the blank token in slot ${slot}`, options, ports)
}

const read = async (
  of: string,
  { soPinFile }: { soPinFile?: string },
  { quorum, terminal }: PinPorts,
): Promise<Secret> =>
  soPinFile === undefined
    ? await terminal.askSecret(`present SO PIN of ${of}:`, add('--so-pin-file', 'FILE'))
    : quorum.readPinFile(soPinFile)

function wrongPin({ soPinFile }: { soPinFile?: string }, of: string): KeyriteError {
  const what = soPinFile === undefined ? 'that is not' : `${soPinFile} does not hold`
  return refused('SO-PIN', `${what} the SO PIN of ${of}`, LOOK_UP)
}

/** Of the token that a new partition gets. */
export const pinOf = async (
  target: Target,
  options: { soPinFile?: string },
  ports: PinPorts,
): Promise<Secret | undefined> =>
  target.kind === 'erase'
    ? await presentPin(target.token, options, ports)
    : target.kind === 'blank'
      ? await presetPin(target, options, ports)
      : undefined

/** SO-PIN: the blank token wanted another one than it was given. `asked`: than a person's. */
export function orWrongPreset(error: unknown, slot: number, options: { soPinFile?: string }, asked: boolean): unknown {
  if (!(error instanceof KeyriteError) || error.code !== 'CKR_PIN_INCORRECT') return error
  const of = `the blank token in slot ${slot}`
  return asked ? wrongPin(options, of) : refused('SO-PIN', `${of} has an SO PIN already`, add('--so-pin-file', 'FILE'))
}

/** USER-PIN. */
export async function presentUserPin(
  token: TokenAddress,
  { userPinFile }: { userPinFile?: string },
  { hsm, quorum, terminal }: PinPorts,
): Promise<Secret> {
  const present =
    userPinFile === undefined
      ? await terminal.askSecret(`present user PIN of token ${addressName(token)}:`, add('--user-pin-file', 'FILE'))
      : quorum.readPinFile(userPinFile)
  const tries = slotWith(token, await hsm.slots())?.token?.tries.user
  const last = tries === 'final' || tries === 'locked'
  if (!last && (await hsm.pinOpens(token, 'user', { bytes: present, form: 'text' }))) return present
  present[Symbol.dispose]()
  if (last)
    throw refused(
      'PIN-TRIES',
      `the user PIN of the token ${escaped(addressName(token))} is locked, or has one try left`,
    )
  const what = userPinFile === undefined ? 'that is not' : `${userPinFile} does not hold`
  throw refused('USER-PIN', `${what} the user PIN of the token ${escaped(addressName(token))}`, LOOK_UP)
}

const LOOK_UP = 'a wrong PIN costs a try: look it up first'
