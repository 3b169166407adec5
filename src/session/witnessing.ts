// What a witness is shown: a ledger with a checkpoint of it, or a checkpoint and the proof that it goes on from what was seen.
import type { Context, Globals } from '../cli/context.ts'
import type { SourceOptions } from '../cli/options.ts'
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { KeyriteError, notVerified, refused, usage } from '../domain/errors.ts'
import { add, apart, keyrite, sh, to } from '../domain/hints.ts'
import { isConsistent } from '../domain/merkle-proofs.ts'
import type { SeenLog } from '../domain/witness-state.ts'
import { readNote } from './checkpoint-file.ts'
import { treeOf } from './exported.ts'
import { auditSource } from './ledger-source.ts'

export interface Shown {
  /** As the witness is to keep it. */
  log: SeenLog
  note: string
  /** What it saw before. */
  before: SeenLog | undefined
}

type Logs = readonly SeenLog[]

/** Every rule and signature; the first time the anchor as well. WITNESS-BEHIND, WITNESS-FORK. */
export function shownLedger(options: SourceOptions, logs: Logs, globals: Globals, context: Context): Shown {
  const [path, ...more] = options.checkpoint
  if (path === undefined || more.length > 0)
    throw usage('a witness signs one checkpoint', add('--checkpoint', 'FILE'), 'INPUT-MISSING')
  const source = auditSource(options, globals, context)
  const { partition, name, anchor, auditKeys } = source.history
  const before = logs.find((log) => log.partition === partition)
  if (!before && options.anchor === undefined)
    throw usage(
      'this witness sees that ledger for the first time, and no anchor was given',
      add('--anchor', 'CODE'),
      'INPUT-MISSING',
    )
  const note = readNote(path, context.ledgers)
  const { size, root } = context.ledgers.readCheckpoint(note)
  if (before) {
    if (anchor !== before.anchor) throw forked(before, size)
    checkForward(before, size)
    if (toBase64url(treeOf(source).root(before.size)) !== before.root) throw forked(before, size)
  }
  return { log: { partition, name, anchor, size, root: toBase64url(root), auditKeys: [...auditKeys] }, note, before }
}

const REQUEST = /^old (0|[1-9]\d{0,15})\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n([\s\S]+)$/

/** WITNESS-REQUEST, WITNESS-KNOWN, WITNESS-OLD, WITNESS-BEHIND, WITNESS-FORK. */
export function shownRequest(path: string, logs: Logs, { ledgers }: Context): Shown {
  const [, old, hashes = '', note = ''] = REQUEST.exec(readNote(path, ledgers)) ?? []
  if (old === undefined)
    throw notVerified('WITNESS-REQUEST', `${path} is not a request for a witness`, keyrite('inspect', path))
  const { origin } = ledgers.readCheckpoint(note)
  const before = logs.find(({ partition }) => origin === `keyrite/${partition}`)
  if (!before)
    throw refused(
      'WITNESS-KNOWN',
      `this witness has not seen ${origin} yet`,
      apart(add('--ledger', 'FILE', '--anchor', 'CODE', '--checkpoint', 'FILE'), 'the first time'),
    )
  const { size, root } = signedFor(before, () => ledgers.readCheckpoint(note, before))
  checkForward(before, size)
  // The same once more: its cosignature may not have come to whoever asked.
  if (size === before.size && toBase64url(root) === before.root) return { log: before, note, before }
  if (Number(old) !== before.size)
    throw refused(
      'WITNESS-OLD',
      `the request goes on from ${old} records, and this witness has seen ${before.size}`,
      // In another home than this one.
      to('at the partition', sh('keyrite', 'audit', 'prove', '--old', `${before.size}`, '--out', 'FILE')),
    )
  const proof = hashes
    .split('\n')
    .slice(0, -1)
    .map((hash) => Uint8Array.from(Buffer.from(hash, 'base64')))
  if (!isConsistent({ size: before.size, root: fromBase64url(before.root) }, { size, root }, proof))
    throw forked(before, size)
  return { log: { ...before, size, root: toBase64url(root) }, note, before }
}

/** CHECKPOINT-SIGNED: a restore brings an audit key of which a request tells nothing. */
function signedFor<T>({ name }: SeenLog, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof KeyriteError) || error.code !== 'CHECKPOINT-SIGNED') throw error
    throw error.with({
      message: `no audit key of ${name} that this witness knows signed the checkpoint, or a line in its name is wrong`,
      hint: apart(add('--ledger', 'FILE', '--checkpoint', 'FILE'), 'once more, where its token was replaced since'),
    })
  }
}

function checkForward(before: SeenLog, size: number): void {
  if (size < before.size)
    throw notVerified(
      'WITNESS-BEHIND',
      `the checkpoint covers ${size} records, and this witness has seen ${before.size}: it is older, or the ledger was rolled back`,
      'ask for the newest checkpoint; where there is none, keep both: they are the evidence',
    )
}

const forked = (before: SeenLog, size: number): Error =>
  notVerified(
    'WITNESS-FORK',
    `the ${size} records that the checkpoint covers do not begin with the ${before.size} that this witness has seen: the ledger was forked`,
    'sign nothing, and keep both: they are the evidence',
  )
