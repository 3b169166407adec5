// Which token a restore may take, and by whose SO PIN: said before anybody is asked and anything is touched.

import { slotWith } from '../change/slots.ts'
import { opensAsSo } from '../change/so-pin.ts'
import * as taken from '../change/taken-token.ts'
import type { Context, Globals } from '../cli/context.ts'
import { refused } from '../domain/errors.ts'
import { add, apart, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { escaped } from '../domain/names.ts'
import type { Pending } from '../domain/pending.ts'
import type { PinRules } from '../domain/pins.ts'
import { type RestorePlan, serialOf } from '../domain/plan.ts'
import { addressName, addressOf, leftByRestore, type TokenAddress, tokenName } from '../domain/token-address.ts'
import { checkPartitionable } from '../domain/token-fit.ts'
import type { Hsm, SlotFacts } from '../hsm/port.ts'
import type { Partition } from '../ledger/port.ts'
import { blank, chooseTarget, type Target, type TargetOptions } from './choose-token.ts'
import { ownerElsewhere } from './other-partitions.ts'

interface TargetRequest {
  /** The backup. */
  file: string
  options: TargetOptions
  partition: Partition
  history: History
  pending: Pending | undefined
  /** The ledger knows of the restore that left it. */
  recorded: boolean
  /** What its PINs may be. */
  pins: PinRules
  globals: Globals
  context: Context
}

/** `seen`: names of the tokens that were there before; `opens`: it leaves public halves open. */
export type RestoreTarget = Target & { seen: readonly string[]; pins: PinRules; opens: boolean }

/** TOKEN-THERE, TOKEN-BLANK, TOKEN-PRESENT, MECHANISM. */
export async function restoreTarget(hsm: Hsm, request: TargetRequest): Promise<RestoreTarget> {
  const { options, partition, history, pending, recorded } = request
  const slots = await hsm.slots()
  if (!recorded) checkReplacing(slots, request, partition, history)
  // The partition's own token was to be emptied, and is as it was: it is not what a restore left unfinished.
  const left = recorded || pending?.token !== tokenName(history.token) ? pending : undefined
  const chosen = chooseTarget(slots, options, left, history.name, request.pins)
  const target = (await isForeign(chosen, left, hsm)) ? blank(slots, options.slot, request.pins) : chosen
  checkNobodys(target, request)
  const foreseen = await hsm.foresee(target.slot)
  checkPartitionable(foreseen, request.pins.accepted ?? [])
  return {
    ...target,
    pins: request.pins,
    opens: foreseen.needs?.includes('open-to-all') === true,
    seen: slots.flatMap(({ token }) => (token?.initialised ? [tokenName(token)] : [])),
  }
}

/** TOKEN-THERE: a partition whose own token is there gets another one only where that is said. A home that has no ledger of it has no token. */
function checkReplacing(
  slots: readonly SlotFacts[],
  { file, options: { slot, eraseToken } }: TargetRequest,
  partition: Partition,
  history: History,
): void {
  if (slot !== undefined || eraseToken !== undefined || !partition.hasLedger) return
  const own = slotWith(addressOf(history.token), slots)?.token
  if (!own?.initialised) return
  const serial = escaped(tokenName(own))
  const message = `the token of partition ${partition.name} is there (${escaped(own.label)}, ${serial}), and a restore would put another in its place`
  const hint = apart(
    to('to put a blank token in its place', add('--slot', 'ID')),
    to('to empty it and restore onto it', add('--erase-token', tokenName(own))),
    to('to rehearse', keyrite('backup', 'test', file)),
  )
  throw refused('TOKEN-THERE', message, hint)
}

/** Found by its label alone, and the temporary PIN does not open it: C_InitToken was cut off in the middle, or it is somebody else's. */
async function isForeign(target: Target, pending: Pending | undefined, hsm: Hsm): Promise<boolean> {
  if (target.kind !== 'unfinished' || !pending || typeof pending.token === 'string') return false
  const pin = taken.temporaryPin(pending)
  using _ = pin.bytes
  return !(await opensAsSo(target.token, pin, hsm))
}

/** TOKEN-THERE: the token of another partition of this home can't be taken by a typing mistake. */
function checkNobodys(target: Target, { partition, globals, context }: TargetRequest): void {
  if (target.kind !== 'erase') return
  const name = addressName(target.token)
  const owner = ownerElsewhere(globals.home, partition.name, name, context.ledgers)
  if (!owner) return
  const message = `the token ${escaped(name)} is that of partition ${owner.name}, and is not erased for ${partition.name}`
  throw refused('TOKEN-THERE', message, keyrite('--partition', owner.name, 'partition', 'show'))
}

/** The shares give the SO PIN of the tokens that the custodians' signatures name: today's, earlier ones, and that of a restore that was begun. */
export const sharesOpen = (address: TokenAddress, { name, token, earlierTokens, openRestores }: History): boolean =>
  [token, ...earlierTokens, ...openRestores.map((plan) => ({ serial: serialOf(plan), label: name }))]
    .map(tokenName)
    .includes(addressName(address))

/** Of that token a copy of the ledger may tell what is past. `isHome`: the partition was here before. Nobody is told to erase the token of production after a restore test. */
export function replacedInWords(plan: RestorePlan, { seen }: RestoreTarget, isHome: boolean): string {
  const left = leftByRestore(plan)
  const isOne = left.length === 1
  const named = left.map((serial) => `${escaped(serial)}${seen.includes(serial) ? ' (present)' : ''}`).join(', ')
  const holds = isOne
    ? `the token ${named} may still hold the keys, and opens with the shares of its time`
    : `the tokens ${named} may still hold the keys, and open with the shares of their time`
  const test = `after a restore test erase the new token, ${escaped(serialOf(plan))}; only where that one replaces ${isOne ? 'it' : 'them'} for good, erase the old ${isOne ? 'one' : 'ones'}`
  return isHome ? `${holds}: erase ${isOne ? 'it' : 'them'}` : `${holds}; ${test}`
}
