// Where a command that only reads finds the ledger: in the partition's folder, or in a copy that an auditor brings, without a home.

import { openIntent } from '../change/open-intent.ts'
import { type Context, choosePartition, type Globals, ofVariable, terminalOf } from '../cli/context.ts'
import type { SourceOptions } from '../cli/options.ts'
import { KeyriteError, usage } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { Checked, LedgerSource, Partition } from '../ledger/port.ts'
import type { Found } from '../views/known.ts'
import { withoutOutcome } from '../views/words.ts'
import { isGoingOn, workIn } from './at-work.ts'
import { readNote } from './checkpoint-file.ts'
import { warnOfUncopied } from './ledger-copy.ts'
import { warnOfOlderCopy } from './older-copy.ts'
import { isRestoring, warnOfRestore } from './pending-change.ts'

export interface Source {
  ledger: LedgerSource
  history: History
  /** How many records it has. */
  records: number
  /** The partition whose own ledger it is; undefined for a copy. */
  partition?: Partition
  /** Its open change is being carried out just now. */
  goesOn?: boolean
  /** It is a restore, of which its note tells. */
  restoring?: boolean
  /** `seen` was told of every record, once, and no torn line stands behind them. */
  allSeen?: boolean
}

/** Every signature was checked. */
export interface Audited extends Source {
  /** RFC 6962, 32 bytes. */
  root: Uint8Array
}

const NOT_AUTHENTICATED = 'consistent, not authenticated'

/** How far a ledger that breaks no rule can be trusted. */
export const levelOf = ({ anchor }: SourceOptions): string =>
  anchor === undefined ? NOT_AUTHENTICATED : 'authenticated by its anchor'

interface SourceManners {
  /** The partition, where the home has to tell. */
  choose?: (globals: Globals, context: Context) => Partition
  /** Signatures of a partition's own ledger. */
  signatures?: Checked
  /** Every signature is checked, and each record is told of once it holds. */
  each?: (found: Found) => void
  /** Hears of the records of a partition's own ledger that are read. */
  seen?: (found: Found) => void
  /** What it shows says itself whether a change is open. */
  tellsOpen?: boolean
}

/** A copy is held against every rule; the partition's own ledger too, where there is something to hold it against. What a reader must know of it is said. */
export function openSource(
  options: SourceOptions,
  globals: Globals,
  context: Context,
  manners: SourceManners = {},
): Source {
  const { ledger, anchor, checkpoint } = options
  const hasProof = anchor !== undefined || checkpoint.length > 0
  const isAudited = ledger !== undefined || hasProof || manners.each !== undefined
  const source = isAudited ? auditSource(options, globals, context, manners) : ownSource(globals, context, manners)
  if (ledger !== undefined && !hasProof)
    terminalOf(globals, context).warn(
      `this ledger is ${NOT_AUTHENTICATED}: no anchor was given`,
      add('--anchor', 'CODE'),
    )
  if (!manners.tellsOpen) warnOfOpen(source, globals, context)
  return source
}

function ownSource(
  globals: Globals,
  context: Context,
  { choose = choosePartition, signatures = 'newest', seen }: SourceManners,
): Source {
  const partition = choose(globals, context)
  const atWork = workIn(partition)
  let count = 0
  const { history, tree, torn } = partition.openLedger(signatures, (line, leaf) => {
    count++
    seen?.({ line, leaf })
  })
  const terminal = terminalOf(globals, context)
  warnOfOlderCopy(partition, tree.size, terminal)
  if (!torn) warnOfUncopied(history, partition, terminal)
  const goesOn = isGoingOn(history, atWork)
  const allSeen = !torn && count === tree.size
  return {
    ledger: partition.ledger,
    history,
    records: tree.size,
    partition,
    goesOn,
    restoring: isRestoring(history, partition),
    allSeen,
  }
}

/** A change whose outcome is unknown: what is shown may be out of date. */
function warnOfOpen({ history, partition, goesOn, restoring }: Source, globals: Globals, context: Context): void {
  const { open } = openOf(history, goesOn)
  const left = open && withoutOutcome(open, globals.address, goesOn)
  if (left) terminalOf(globals, context).warn(left.message, restoring ? undefined : partition && left.hint)
  if (partition) warnOfRestore(partition, globals, context)
}

/** For programs: a change whose outcome is unknown, and whether somebody is at work on it just now. */
export function openOf(
  history: History,
  goesOn: boolean | undefined,
): { open?: { op: string; seq: number; atWork: boolean } } {
  const open = openIntent(history)
  return open ? { open: { op: open.plan.op, seq: open.seq, atWork: goesOn === true } } : {}
}

/** Every rule and every signature, the anchor and the checkpoints; of the partition's own also its newest checkpoint. */
export function auditSource(
  { ledger, anchor, checkpoint }: SourceOptions,
  globals: Globals,
  context: Context,
  { choose = choosePartition, each }: SourceManners = {},
): Audited {
  if ([ledger, ...checkpoint].filter((path) => path === '-').length > 1)
    throw usage('standard input can be one file only', 'name one of them as a file')
  const partition = ledger === undefined ? choose(globals, context) : undefined
  const file = partition?.ledger ?? context.ledgers.copyAt(ledger!)
  const atWork = partition ? workIn(partition) : () => false
  const own = partition?.checkpoint()
  const notes = [
    ...checkpoint.map((file) => ({ file, text: readNote(file, context.ledgers) })),
    ...(own === undefined ? [] : [{ file: partition!.checkpointFile, text: own }]),
  ]
  const proofs = anchor === undefined ? {} : { anchor }
  const audit = named(notes, (checkpoints) => file.audit({ ...proofs, checkpoints }, each))
  const { history, size: records, root } = audit
  if (!partition) ofVariable(globals, () => checkName(history, globals))
  const goesOn = isGoingOn(history, atWork)
  return {
    ledger: file,
    history,
    records,
    root,
    goesOn,
    restoring: isRestoring(history, partition),
    ...(partition && { partition }),
  }
}

/** PARTITION-KNOWN: of two names that are given nobody can say which is meant. */
function checkName({ name }: History, { partition = name }: Globals): void {
  if (partition !== name)
    throw usage(`this ledger is of partition ${name}, not of ${partition}`, add('--partition', name), 'PARTITION-KNOWN')
}

export interface NamedNote {
  file: string
  text: string
}

/** CHECKPOINT-...: which of the notes is wrong: what fails with all of them fails with that one alone. */
export function named<T>(notes: readonly NamedNote[], audit: (checkpoints: string[]) => T): T {
  const [first, ...others] = notes
  try {
    return audit(notes.map(({ text }) => text))
  } catch (error) {
    if (!(error instanceof KeyriteError) || !error.code.startsWith('CHECKPOINT-') || !first) throw error
    if (others.length > 0) for (const note of notes) named([note], audit)
    throw error.with({ message: `${first.file}: ${error.message}` })
  }
}
