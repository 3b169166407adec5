// A change that can't be undone has its name typed first, and a change that was asked for may still be declined.

import { type KeyriteError, refused } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import { quoted } from '../domain/names.ts'
import { operationOf } from '../domain/operations.ts'
import type { Plan, ShownPlan } from '../domain/plan.ts'
import type { Terminal } from '../terminal/port.ts'

/** What has to be typed, and what --confirm gave. */
export interface Confirmation {
  name: string
  given: string | undefined
}

/** Undefined where the plan can be undone. */
export function confirmationOf(
  plan: Plan | ShownPlan,
  partition: string,
  options: { confirm?: string },
): Confirmation | undefined {
  const name = operationOf(plan).confirms?.(plan, partition)
  return name === undefined ? undefined : { name, given: options.confirm }
}

/** CONFIRMED: the name, by --confirm or typed. It is asked for when the plan has been shown, and before the shares. */
export async function confirm({ name, given }: Confirmation, terminal: Terminal): Promise<void> {
  const typed = given ?? (await askName(name, terminal))
  if (typed.trim() === name) return
  const what = given === undefined ? 'you typed' : '--confirm says'
  throw refused('CONFIRMED', `${what} ${quoted(typed)}, not ${name}`, add('--confirm', name))
}

const TRIES = 3

/** A typing mistake is asked about again; gives the last answer, right or wrong. */
async function askName(name: string, terminal: Terminal): Promise<string> {
  const ask = () => terminal.ask(`this can't be undone; type ${name} to go on:`, add('--confirm', name))
  for (let left = TRIES - 1; left > 0; left--) {
    const typed = await ask()
    if (typed.trim() === name) return typed
    terminal.show(`  that is not ${name}; try again`)
  }
  return await ask()
}

/** CONFIRMED: somebody read what was about to be made, and said no. */
export const declined = (what: string): KeyriteError =>
  refused('CONFIRMED', `not confirmed: ${what}`, 'run the same command again when you are ready')
