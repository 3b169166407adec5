// keyrite audit verify: holds the ledger against every rule, offline.
import type { Command } from 'commander'
import { parseCode, recordCode } from '../../domain/code.ts'
import { toBase64url } from '../../domain/encoding.ts'
import { KeyriteError, notVerified } from '../../domain/errors.ts'
import { counted } from '../../domain/words.ts'
import type { Audit } from '../../ledger/port.ts'
import { type Fields, fields, marked } from '../../terminal/text.ts'
import type { Address } from '../address.ts'
import { type Context, type Globals, globalsOf, ledgerFile, terminalOf } from '../context.ts'
import { withExamples } from '../examples.ts'
import { noteFile, readNote } from '../note.ts'
import { asIs, repeatable } from '../options.ts'
import { hinted, withoutOutcome } from '../views.ts'

interface Options {
  anchor?: string
  checkpoint: string[]
  ledger?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    parent.command('verify'),
    'keyrite audit verify',
    "keyrite audit verify --anchor 'CBM63 NVH7A MC344 HKXYY C1V8N' --checkpoint carried-away.checkpoint",
    'keyrite audit verify --ledger pay.backup.ledger',
  )
    .summary('check the whole ledger, offline')
    .description(
      'Holds the ledger against every rule: chain, signatures, approvals, states. With the anchor that was noted at the beginning an edit, a gap ' +
        'or a swap is found; with a checkpoint that somebody carried away also a tail that was cut. Needs no device and no shares.',
    )
    .option('--anchor <code>', 'the code that partition init printed', parseCode)
    .option('--checkpoint <file>', 'a checkpoint that somebody kept; repeatable', repeatable(asIs), [])
    .option('--ledger <file>', "a copy of a ledger, instead of the partition's own")
    .action((options: Options, command: Command) => run(options, command, context))
}

async function run(options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const own = options.ledger === undefined
  const { file, note } = options.ledger === undefined ? ownLedger(globals, context) : { file: options.ledger }
  const notes = [...options.checkpoint, ...(note ? [note.path] : [])]
  const audit = named(notes, () =>
    context.ledgers.audit(file, {
      ...(options.anchor === undefined ? {} : { anchor: options.anchor }),
      own,
      checkpoints: [...options.checkpoint.map((path) => readNote(path, context.ledgers)), ...(note ? [note.text] : [])],
    }),
  )
  const level = options.anchor === undefined ? 'consistent, not authenticated' : 'authenticated by its anchor'
  const data = summary(audit, level, options.checkpoint.length)
  terminalOf(globals, context).answer({ data, text: view(data, globals.address, own) })
}

interface Ledger {
  file: string
  /** The newest checkpoint that this host has of it. */
  note?: { path: string; text: string }
}

function ownLedger({ home, partition: name }: Globals, { ledgers }: Context): Ledger {
  const partition = ledgers.choose(home, name)
  const text = partition.checkpoint()
  return {
    file: ledgerFile(partition),
    ...(text === undefined ? {} : { note: { path: noteFile(partition), text } }),
  }
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

const summary = ({ history, size, root }: Audit, level: string, checkpoints: number) => ({
  name: history.name,
  partition: history.partition,
  verified: level,
  records: size,
  seq: history.seq,
  leaf: history.leaf,
  code: recordCode(history.leaf),
  anchor: recordCode(history.anchor),
  root: toBase64url(root),
  rootCode: recordCode(toBase64url(root)),
  checkpoints,
  keys: history.keys.size,
  ...(history.open ? { open: { op: history.open.plan.op, seq: history.open.seq } } : {}),
})

const isAuthenticated = ({ verified }: { verified: string }): boolean => !verified.startsWith('consistent')

/** A copy says nothing of how it goes on where it is from. */
function openInWords(open: { op: string; seq: number }, address: Address, own: boolean): string {
  const left = withoutOutcome(open, address)
  return own ? hinted(left) : left.message
}

const view = (found: ReturnType<typeof summary>, address: Address, own: boolean): Fields =>
  fields([
    ['ledger', `${counted(found.records, 'record')}, every one holds`],
    ['verified', marked(found.verified, isAuthenticated(found) ? 'proven' : 'care')],
    ['anchor', isAuthenticated(found) ? found.anchor : `${found.anchor}  compare it with the noted one: --anchor CODE`],
    [
      'checkpoints',
      found.checkpoints > 0
        ? `${found.checkpoints}, all contained`
        : 'none given: only one that was kept, or the token, shows whether the end was cut off',
    ],
    ['last', `record ${found.seq} (the first is 0)  ${found.code}`],
    ['root', `of ${counted(found.records, 'record')}  ${found.rootCode}`],
    ['open', found.open && marked(openInWords(found.open, address, own), 'bad')],
  ])
