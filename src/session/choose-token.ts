// Which token a new partition gets: a blank one, the one that an interrupted beginning left, or one that is to be erased.

import { faultsIn } from '../change/slots.ts'
import { unfinishedToken } from '../change/taken-token.ts'
import { deviceFailed, refused, usage } from '../domain/errors.ts'
import { add, keyrite, to } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import type { Pending } from '../domain/pending.ts'
import { checkTakesPins } from '../domain/pins.ts'
import type { UninitialisedToken } from '../domain/shapes.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { SlotFacts, TokenFacts } from '../hsm/port.ts'

export interface TargetOptions {
  slot?: number
  eraseToken?: string
}

/** It has no serial before C_InitToken, which takes a new SO PIN. */
interface BlankTarget {
  slot: number
  kind: 'blank'
}

/** C_InitToken wants the temporary SO PIN of before, or the present one. */
interface KnownTarget {
  slot: number
  kind: 'unfinished' | 'erase'
  token: TokenAddress
}

export type Target = BlankTarget | KnownTarget

/** By its serial, or without one. */
export const tokenOf = (target: Target): string | UninitialisedToken =>
  target.kind === 'blank' ? { slot: target.slot } : target.token.serial

/** PIN-PAD, SHORT-PIN, LONG-PIN: nothing of a token is touched that could not have the PINs of the shares then. */
function taking<T extends Target>(target: T, token: TokenFacts): T {
  checkTakesPins(token)
  return target
}

export function chooseTarget(
  slots: readonly SlotFacts[],
  options: TargetOptions,
  pending: Pending | undefined,
  label: string,
): Target {
  if (options.eraseToken !== undefined) return toErase(slots, options.eraseToken)
  if (pending) {
    const token = unfinishedToken(
      pending,
      slots.flatMap((slot) => slot.token ?? []),
      label,
    )
    const found = slots.find((candidate) => candidate.token === token)
    if (token && found) return taking({ slot: found.slot, kind: 'unfinished', token: { serial: token.serial } }, token)
    if (options.slot === undefined) checkAllSeen(slots)
  }
  return blank(slots, options.slot)
}

/** TOKEN-PRESENT: what can't be read may be the token that was taken before. */
function checkAllSeen(slots: readonly SlotFacts[]): void {
  const faults = faultsIn(slots)
  if (faults === '') return
  const again = 'try again; to take another token: --slot ID'
  throw deviceFailed('TOKEN-PRESENT', `the token that was taken before is not seen${faults}`, again)
}

function toErase(slots: readonly SlotFacts[], serial: string): Target {
  const found = slots.find(({ token }) => token?.initialised && token.serial === serial)
  if (found?.token) return taking({ slot: found.slot, kind: 'erase', token: { serial } }, found.token)
  throw deviceFailed(
    'TOKEN-PRESENT',
    `no token with serial ${serial} is there`,
    keyrite('token', 'list', '--module', 'PATH'),
  )
}

/** TOKEN-BLANK: an initialised token is never taken by mistake. */
export function blank(slots: readonly SlotFacts[], wanted: number | undefined): BlankTarget {
  const list = keyrite('token', 'list', '--module', 'PATH')
  if (wanted !== undefined) {
    const found = slots.find(({ slot }) => slot === wanted)
    if (!found?.token) throw deviceFailed('TOKEN-PRESENT', `there is no token in slot ${wanted}`, list)
    if (!found.token.initialised) return taking({ slot: wanted, kind: 'blank' }, found.token)
    const { serial, label } = found.token
    throw refused(
      'TOKEN-BLANK',
      `the token in slot ${wanted} is initialised already: ${escaped(label)}, ${escaped(serial)}`,
      `to erase it: --erase-token ${escaped(serial)}`,
    )
  }
  const blanks = slots.flatMap(({ slot, token }) => (token && !token.initialised ? [{ slot, token }] : []))
  const [first, ...others] = blanks
  if (first && others.length === 0) return taking({ slot: first.slot, kind: 'blank' }, first.token)
  if (first) throw usage('several blank tokens are there', add('--slot', `${first.slot}`), 'TOKEN-BLANK')
  if (!slots.some(({ token }) => token)) throw deviceFailed('TOKEN-PRESENT', 'no token is there', list)
  throw refused(
    'TOKEN-BLANK',
    'every token that is there is initialised already',
    to('to erase one: --erase-token SERIAL; to see them', list),
  )
}
