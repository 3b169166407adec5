// The present SO PIN of a token that is to be initialised, from whoever has it: proved before anything is touched, where it can be.

import { seenNow } from '../change/slots.ts'
import { opensAsSo } from '../change/so-pin.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import type { Secret } from '../domain/secret.ts'
import { addressName, type TokenAddress } from '../domain/token-address.ts'
import type { Hsm, TokenFacts } from '../hsm/port.ts'
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
  const present = await read(SO, `token ${addressName(token)}`, options.soPinFile, ports)
  if (await opensAsSo(token, { bytes: present, form: 'text' }, ports.hsm)) return present
  present[Symbol.dispose]()
  throw wrongPin(SO, `the token ${escaped(addressName(token))}`, options.soPinFile, (await triesLeft(token, ports))?.so)
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
  return await read(SO, `the blank token in slot ${slot}`, options.soPinFile, ports)
}

/** A PIN that a person has: what it is called, its flag, and the rule that says so of a wrong one. */
const SO = { pin: 'SO PIN', flag: '--so-pin-file', rule: 'SO-PIN' } as const
const USER = { pin: 'user PIN', flag: '--user-pin-file', rule: 'USER-PIN' } as const
type Persons = typeof SO | typeof USER

const read = async (
  { pin, flag }: Persons,
  of: string,
  file: string | undefined,
  { quorum, terminal }: PinPorts,
): Promise<Secret> =>
  file === undefined
    ? await terminal.askSecret(`present ${pin} of ${of}:`, add(flag, 'FILE'))
    : quorum.readPinFile(file, `${pin} file`)

function wrongPin({ pin, rule }: Persons, of: string, file: string | undefined, left?: PinTries): KeyriteError {
  const what = file === undefined ? 'that is not' : `${file} does not hold`
  return refused(rule, `${what} the ${pin} of ${of}; ${triedOnce(left)}`, LOOK_UP)
}

/** Once a wrong PIN was sent. */
const triesLeft = async (token: TokenAddress, { hsm }: PinPorts) =>
  (await seenNow(token, hsm).catch(() => undefined))?.tries

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
  return asked
    ? wrongPin(SO, of, options.soPinFile)
    : refused('SO-PIN', `${of} has an SO PIN already`, add('--so-pin-file', 'FILE'))
}

/** USER-PIN. */
export async function presentUserPin(
  token: TokenAddress,
  { userPinFile }: { userPinFile?: string },
  ports: PinPorts,
): Promise<Secret> {
  const { hsm } = ports
  const present = await read(USER, `token ${addressName(token)}`, userPinFile, ports)
  const tries = (await seenNow(token, hsm))?.tries.user
  const last = tries === 'final' || tries === 'locked'
  if (!last && (await hsm.pinOpens(token, 'user', { bytes: present, form: 'text' }))) return present
  present[Symbol.dispose]()
  if (last)
    throw refused(
      'PIN-TRIES',
      `the user PIN of the token ${escaped(addressName(token))} is locked, or has one try left`,
    )
  throw wrongPin(USER, `the token ${escaped(addressName(token))}`, userPinFile, (await triesLeft(token, ports))?.user)
}

/** SO-PIN. Where it is accepted that there is no SO, and the PIN of none is given, that of the user is the only one: a token with an SO does not take it. */
export async function presentSoPin(
  token: TokenAddress,
  user: Secret,
  options: { soPinFile?: string; accept: readonly string[] },
  ports: PinPorts,
): Promise<Secret> {
  if (!options.accept.includes('no-so') || options.soPinFile !== undefined) return presentPin(token, options, ports)
  if (await opensAsSo(token, { bytes: user, form: 'text' }, ports.hsm)) return user.clone()
  const message = `the token ${escaped(addressName(token))} has an SO: whoever has that PIN could go on changing those of the shares`
  throw refused('SO-PIN', message, add('--so-pin-file', 'FILE'))
}

type PinTries = TokenFacts['tries']['user']

/** A wrong PIN was sent: what that cost, as far as the token says. */
export const triedOnce = (left: PinTries | undefined): string => `that cost a try${left ? LEFT[left] : ''}`
const LEFT: Record<PinTries, string> = {
  ok: ', and it does not say how many are left',
  low: ', and it says that tries are missing',
  final: ', and one is left',
  locked: ', and it is locked now',
}

const LOOK_UP = 'a wrong PIN costs a try: look it up first'
