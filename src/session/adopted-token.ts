// Which token a partition takes over: one that is initialised, and that no partition of this home has.

import { notThere } from '../change/slots.ts'
import type { Context, Globals } from '../cli/context.ts'
import { refused, usage } from '../domain/errors.ts'
import { add, keyrite } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import type { PinRules } from '../domain/pins.ts'
import { tokenName } from '../domain/token-address.ts'
import { checkFit } from '../domain/token-fit.ts'
import type { SlotFacts, TokenFacts } from '../hsm/port.ts'
import type { Partition } from '../ledger/port.ts'
import { ownerElsewhere } from './other-partitions.ts'

interface Surroundings {
  partition: Partition
  /** What its PINs may be. */
  pins: PinRules
  globals: Globals
  context: Context
}

/** TOKEN-PRESENT, TOKEN-BLANK, TOKEN-THERE, and what rules a token out. `name`: a serial, or SERIAL:LABEL. */
export function choosePresentToken(
  slots: readonly SlotFacts[],
  name: string | undefined,
  surroundings: Surroundings,
): { slot: number; token: TokenFacts } {
  const found = slots.flatMap(({ slot, token }) => (token?.initialised ? [{ slot, token }] : []))
  const meant =
    name === undefined ? found : found.filter(({ token }) => [tokenName(token), token.serial].includes(name))
  const [first, ...others] = meant
  if (!first)
    throw notThere(`no initialised token${name === undefined ? '' : ` with serial ${escaped(name)}`} is there`, slots)
  if (others.length > 0)
    throw usage('several initialised tokens are there', add('--token', tokenName(first.token)), 'TOKEN-BLANK')
  checkNobodys(tokenName(first.token), surroundings)
  checkFit(first.token, surroundings.pins)
  return first
}

function checkNobodys(token: string, { partition, globals, context }: Surroundings): void {
  const owner = ownerElsewhere(globals.home, partition.name, token, context.ledgers)
  if (!owner) return
  const message = `the token ${escaped(token)} is that of partition ${owner.name}`
  throw refused('TOKEN-THERE', message, keyrite('--partition', owner.name, 'partition', 'show'))
}
