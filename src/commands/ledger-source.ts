// Where a command that only reads finds the ledger: in the partition's folder, or in a copy that an auditor brings, without a home.
import type { Command } from 'commander'
import { parseCode } from '../domain/code.ts'
import { KeyriteError, notVerified, usage } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import type { Partition } from '../ledger/port.ts'
import { type Context, type Globals, ledgerFile, terminalOf } from './context.ts'
import { warnOfUncopied } from './ledger-copy.ts'
import { noteFile, readNote } from './note.ts'
import { warnOfOlderCopy } from './older-copy.ts'
import { asIs, repeatable } from './options.ts'

export interface SourceOptions {
  ledger?: string
  anchor?: string
  checkpoint: string[]
}

/** `-` is standard input. */
export const withSource = (command: Command): Command =>
  command
    .option('--ledger <file>', "a copy of a ledger, instead of the partition's own; - is standard input")
    .option('--anchor <code>', 'the anchor that was noted when the partition began', parseCode)
    .option('--checkpoint <file>', 'a checkpoint that somebody kept; repeatable', repeatable(asIs), [])

export interface Source {
  /** Of the file. */
  path: string
  history: History
  /** How many records it has. */
  records: number
  /** Whose own ledger it is; of a copy nobody knows. */
  partition?: Partition
}

/** Every signature was checked. */
export interface Audited extends Source {
  /** RFC 6962, 32 bytes. */
  root: Uint8Array
}

/** A copy is held against every rule; the partition's own ledger too, where there is something to hold it against. */
export function openSource(options: SourceOptions, globals: Globals, context: Context): Source {
  const asked = options.anchor !== undefined || options.checkpoint.length > 0
  if (options.ledger !== undefined || asked) return auditSource(options, globals, context)
  const partition = context.ledgers.choose(globals.home, globals.partition)
  const { history, tree, torn } = partition.openLedger()
  const terminal = terminalOf(globals, context)
  warnOfOlderCopy(partition, tree.size, terminal)
  if (!torn) warnOfUncopied(history, partition, terminal)
  return { path: ledgerFile(partition), history, records: tree.size, partition }
}

/** Every rule and every signature, the anchor and the checkpoints; of the partition's own also its newest checkpoint. */
export function auditSource(
  { ledger, anchor, checkpoint }: SourceOptions,
  globals: Globals,
  context: Context,
): Audited {
  if ([ledger, ...checkpoint].filter((path) => path === '-').length > 1)
    throw usage('standard input can be one file only', 'name one of them as a file')
  const partition = ledger === undefined ? context.ledgers.choose(globals.home, globals.partition) : undefined
  const path = ledger ?? ledgerFile(partition!)
  const own = partition?.checkpoint()
  const names = [...checkpoint, ...(own === undefined ? [] : [noteFile(partition!)])]
  const notes = checkpoint.map((file) => readNote(file, context.ledgers))
  const proofs = { own: partition !== undefined, checkpoints: [...notes, ...(own === undefined ? [] : [own])] }
  const audit = named(names, () =>
    context.ledgers.audit(path, { ...proofs, ...(anchor === undefined ? {} : { anchor }) }),
  )
  const { history, size: records, root } = audit
  return { path, history, records, root, ...(partition ? { partition } : {}) }
}

/** Which notes were looked at, where one of them is wrong. */
function named<T>(notes: readonly string[], audit: () => T): T {
  try {
    return audit()
  } catch (error) {
    if (!(error instanceof KeyriteError) || !error.code.startsWith('CHECKPOINT-')) throw error
    const which = notes.length === 1 ? notes[0] : `one of ${notes.join(', ')}`
    throw notVerified(error.code, `${which}: ${error.message}`, error.hint)
  }
}
