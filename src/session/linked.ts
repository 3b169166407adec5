// The records of a ledger once what it says was checked: each is bound by the one after it, and the last is the one that was checked.
import { notVerified } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { LedgerSource } from '../ledger/port.ts'
import type { Found } from '../views/known.ts'

interface Checked {
  ledger: LedgerSource
  /** As far as it was checked. */
  history: Pick<History, 'leaf' | 'seq'>
}

/** LEDGER-CHANGED: those behind a number. What is behind the last that was checked goes by as it stands there. Nothing vouches for any of them before that one has come. */
export function* linked({ ledger, history }: Checked, after = -1): Generator<Found> {
  let seq = after
  let before: string | null | undefined = after < 0 ? null : undefined
  for (const found of ledger.records(after)) {
    const { record } = found.line
    seq++
    const follows = record.seq === seq && (before === undefined || record.prev === before)
    if (seq <= history.seq && !follows) throw changed(ledger)
    if (seq === history.seq && found.leaf !== history.leaf) throw changed(ledger)
    before = found.leaf
    yield found
  }
  if (seq < history.seq) throw changed(ledger)
}

const changed = ({ own, source }: LedgerSource): Error =>
  notVerified(
    'LEDGER-CHANGED',
    `${source} is not what was checked: it was changed, or changes while it is read`,
    keyrite('audit', 'verify', ...(own ? [] : ['--ledger', source])),
  )
