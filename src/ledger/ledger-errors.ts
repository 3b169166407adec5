// What is said of a ledger that has no whole record, or whose last line is torn.
import { type KeyriteError, notVerified } from '../domain/errors.ts'
import { COPY_HINT } from '../domain/head.ts'
import { apart, keyrite } from '../domain/hints.ts'
import type { LedgerSource } from './port.ts'

/** Where a partition's own ledger is lost. */
export const RESTORE_HINT = apart(
  keyrite('backup', 'restore', 'FILE', '--ledger', 'FILE.ledger'),
  'the newest backup, and the copy of the ledger beside it',
)

export const notBegun = (what: string, own: boolean): KeyriteError =>
  notVerified(
    'LEDGER-BEGINS',
    what,
    own ? RESTORE_HINT : 'bring one that is whole: ledger.jsonl of the home, or a copy of it elsewhere',
  )

/** LEDGER-TORN, LEDGER-BEGINS. */
export const torn = (after: number, own = false): KeyriteError =>
  after === -1
    ? notBegun('not one record of the ledger is whole', own)
    : notVerified(
        'LEDGER-TORN',
        `the last line, after record ${after}, is torn`,
        own
          ? `the next command that logs in mends it; where checkpoint or token saw more: ${COPY_HINT}`
          : 'copy it once more, from where it is whole',
      )

/** The leaf of the last record stands for all of them: what is taken is what was checked, byte for byte. */
export const ledgerChanged = ({ source }: LedgerSource): Error =>
  notVerified(
    'LEDGER-CHANGED',
    `${source} is not what was checked a moment ago: it has changed, or reads badly`,
    'copy it to this machine, and give the copy: --ledger FILE',
  )
