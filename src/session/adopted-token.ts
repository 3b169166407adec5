// Which token a partition takes over: one that is initialised, and that no partition of this home has.

import { faultsIn } from '../change/slots.ts'
import type { Context, Globals } from '../cli/context.ts'
import { deviceFailed, refused, usage } from '../domain/errors.ts'
import { add, keyrite } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import { checkTakesPins } from '../domain/pins.ts'
import type { SlotFacts, TokenFacts } from '../hsm/port.ts'
import type { Partition } from '../ledger/port.ts'

interface Surroundings {
  partition: Partition
  globals: Globals
  context: Context
}

/** TOKEN-PRESENT, TOKEN-BLANK, TOKEN-THERE, PIN-PAD, SHORT-PIN, LONG-PIN. */
export function choosePresentToken(
  slots: readonly SlotFacts[],
  serial: string | undefined,
  surroundings: Surroundings,
): { slot: number; token: TokenFacts } {
  const found = slots.flatMap(({ slot, token }) => (token?.initialised ? [{ slot, token }] : []))
  const meant = serial === undefined ? found : found.filter(({ token }) => token.serial === serial)
  const [first, ...others] = meant
  const listed = keyrite('token', 'list', '--module', 'PATH')
  if (!first)
    throw deviceFailed(
      'TOKEN-PRESENT',
      `no initialised token${serial === undefined ? '' : ` with serial ${escaped(serial)}`} is there${faultsIn(slots)}`,
      listed,
    )
  if (others.length > 0)
    throw usage('several initialised tokens are there', add('--token', first.token.serial), 'TOKEN-BLANK')
  checkNobodys(first.token.serial, surroundings)
  checkTakesPins(first.token)
  return first
}

function checkNobodys(serial: string, { partition, globals, context }: Surroundings): void {
  const owner = context.ledgers
    .partitions(globals.home)
    .find((one) => one.name !== partition.name && one.hasLedger && tokenOf(one) === serial)
  if (!owner) return
  const message = `the token ${escaped(serial)} is that of partition ${owner.name}`
  throw refused('TOKEN-THERE', message, keyrite('--partition', owner.name, 'partition', 'show'))
}

/** Undefined where its ledger can't be read. */
function tokenOf(partition: Partition): string | undefined {
  try {
    const { token, retired } = partition.openLedger().history
    return retired ? undefined : token.serial
  } catch {
    return undefined
  }
}
