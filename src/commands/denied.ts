// Who was turned away, and why, goes into the ledger: signed by the station key, since nobody is logged in yet.
import type { KeyriteError } from '../domain/errors.ts'
import type { Asking } from './consent.ts'
import type { Work } from './work.ts'

export const asking = (work: Work, op: string): Asking => ({
  quorum: work.context.quorum,
  terminal: work.terminal,
  denied: (error) => recordDenied(work, op, error),
})

async function recordDenied(work: Work, op: string, error: KeyriteError): Promise<void> {
  const { ledger, partition, terminal } = work
  try {
    await ledger.append([{ type: 'denied', op, reason: error.code }], partition.station(ledger.history.stationKey))
  } catch (failure) {
    // The refusal stands whether it could be written down or not.
    terminal.warn(`this refusal is not in the ledger: ${(failure as Error).message}`)
  }
}
