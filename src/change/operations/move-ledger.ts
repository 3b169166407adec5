// The ledger goes from the file of a home into a database, or back. Its outcome is the last thing that the place which it leaves is told.
import { refused } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { MovePlan } from '../../domain/plan.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Operation } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'

/** LEDGER-PLACE: it does not lie there yet, and goes from one database to another by way of a file. */
export function planMove(to: MovePlan['to'], history: History, inputs: PlanInputs): MovePlan {
  checkNoneOpen(history)
  const { place = 'file' } = history.conducted
  if (place === to || (place === 'file') === (to === 'file')) {
    const where = place === 'file' ? 'in a file' : `in ${place}`
    throw refused('LEDGER-PLACE', `the ledger lies ${where} already`, keyrite('partition', 'show'))
  }
  return { ...planHeader('partition.move', history, inputs), to }
}

/** `carry`: every line, this intent's too, is where it is to be once this is through; what is appended after that goes there. */
export const moveLedger = (carry: () => Promise<void>): Operation => ({
  async run() {
    await carry()
    return { changed: false, keys: [] }
  },
  async determineOutcome() {
    return { changed: false, keys: [] }
  },
})
