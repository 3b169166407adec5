// Which token a new partition gets: a blank one, the one that an interrupted beginning left, or one that is to be erased.

import { faultsIn, notThere } from '../change/slots.ts'
import { unfinishedToken } from '../change/taken-token.ts'
import { deviceFailed, refused, usage } from '../domain/errors.ts'
import { add, keyrite, to } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import type { Pending } from '../domain/pending.ts'
import type { PinRules } from '../domain/pins.ts'
import type { UninitialisedToken } from '../domain/shapes.ts'
import { addressName, addressOf, type TokenAddress, tokenName } from '../domain/token-address.ts'
import { checkFit } from '../domain/token-fit.ts'
import type { SlotFacts, TokenFacts } from '../hsm/port.ts'

export interface TargetOptions {
  slot?: number
  /** The serial of a blank token, where it has one before C_InitToken. */
  token?: string
  eraseToken?: string
}

/** Mostly it has no serial before C_InitToken, which takes a new SO PIN. */
interface BlankTarget {
  slot: number
  kind: 'blank'
  /** It has an SO PIN already, which C_InitToken wants. */
  preset?: boolean
}

/** C_InitToken wants the temporary SO PIN of before, or the present one. */
interface KnownTarget {
  slot: number
  kind: 'unfinished' | 'erase'
  token: TokenAddress
}

export type Target = BlankTarget | KnownTarget

/** By its name, or without one. */
export const tokenOf = (target: Target): string | UninitialisedToken =>
  target.kind === 'blank' ? { slot: target.slot } : addressName(target.token)

/** Nothing of a token is touched that could not be a partition's then. */
function taking<T extends Target>(target: T, token: TokenFacts, rules: PinRules): T {
  checkFit(token, rules)
  return target
}

export function chooseTarget(
  slots: readonly SlotFacts[],
  options: TargetOptions,
  pending: Pending | undefined,
  label: string,
  rules: PinRules,
): Target {
  if (options.eraseToken !== undefined) return toErase(slots, options.eraseToken, rules)
  if (pending) {
    const token = unfinishedToken(
      pending,
      slots.flatMap((slot) => slot.token ?? []),
      label,
    )
    const found = slots.find((candidate) => candidate.token === token)
    if (token && found) return taking({ slot: found.slot, kind: 'unfinished', token: addressOf(token) }, token, rules)
    if (options.slot === undefined) checkAllSeen(slots)
  }
  return blank(slots, options.token === undefined ? options.slot : slotOf(options.token, slots, options), rules)
}

/** USAGE, TOKEN-PRESENT, TWO-TOKENS: slots have another number when a token is put in again, its serial stays. */
function slotOf(serial: string, slots: readonly SlotFacts[], { slot }: TargetOptions): number {
  if (slot !== undefined) throw usage('--slot and --token: which of the two')
  const [first, second] = slots.filter(({ token }) => token?.serial === serial)
  if (!first) throw notThere(`no token with serial ${escaped(serial)} is there`, slots)
  if (!second) return first.slot
  throw deviceFailed('TWO-TOKENS', `several tokens have the serial ${escaped(serial)}`, add('--slot', `${first.slot}`))
}

/** TOKEN-PRESENT: what can't be read may be the token that was taken before. */
function checkAllSeen(slots: readonly SlotFacts[]): void {
  const faults = faultsIn(slots)
  if (faults === '') return
  const spare = slots.find(({ token }) => token && !token.initialised)
  const other = spare
    ? to('try again; where it stays so, take the blank token that is there', add('--slot', `${spare.slot}`))
    : to('try again; where it stays so, name another token', add('--slot', 'ID'))
  throw deviceFailed('TOKEN-PRESENT', `the token that was taken before is not seen${faults}`, other)
}

/** By its name, or by a serial that only one has. TWO-TOKENS, TOKEN-PRESENT. */
function toErase(slots: readonly SlotFacts[], name: string, rules: PinRules): Target {
  const tokens = slots.flatMap(({ slot, token }) => (token?.initialised ? [{ slot, token }] : []))
  const named = tokens.filter(({ token }) => tokenName(token) === name)
  const found = named.length > 0 ? named : tokens.filter(({ token }) => token.serial === name)
  const [first, second] = found
  if (first && !second)
    return taking({ slot: first.slot, kind: 'erase', token: addressOf(first.token) }, first.token, rules)
  if (!first) throw notThere(`no token with serial ${escaped(name)} is there`, slots)
  const names = found.map(({ token }) => escaped(tokenName(token)))
  throw deviceFailed(
    'TWO-TOKENS',
    `${found.length} tokens have the serial ${escaped(name)}`,
    `one of: ${names.join(', ')}`,
  )
}

const blankIn = (slot: number, { soPinPreset: preset }: TokenFacts): BlankTarget => ({ slot, kind: 'blank', preset })

/** TOKEN-BLANK: an initialised token is never taken by mistake. */
export function blank(slots: readonly SlotFacts[], wanted: number | undefined, rules: PinRules): BlankTarget {
  if (wanted !== undefined) {
    const found = slots.find(({ slot }) => slot === wanted)
    if (!found?.token) throw notThere(`there is no token in slot ${wanted}`, slots)
    if (!found.token.initialised) return taking(blankIn(found.slot, found.token), found.token, rules)
    const { serial, label } = found.token
    throw refused(
      'TOKEN-BLANK',
      `the token in slot ${wanted} is initialised already: ${escaped(label)}, ${escaped(serial)}`,
      `to erase it: --erase-token ${escaped(tokenName(found.token))}`,
    )
  }
  const blanks = slots.flatMap(({ slot, token }) => (token && !token.initialised ? [{ slot, token }] : []))
  const [first, ...others] = blanks
  if (first && others.length === 0) return taking(blankIn(first.slot, first.token), first.token, rules)
  if (first) throw usage('several blank tokens are there', add('--slot', `${first.slot}`), 'TOKEN-BLANK')
  if (!slots.some(({ token }) => token)) throw notThere('no token is there', slots)
  throw refused(
    'TOKEN-BLANK',
    `every token that is there is initialised already${faultsIn(slots)}`,
    to('to erase one: --erase-token SERIAL; to see them', keyrite('token', 'list', '--module', 'PATH')),
  )
}
