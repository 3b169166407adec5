// keyrite audit publish: the ledger and its checkpoint for people who may read and not act.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Context, choosePartition, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { formatLine } from '../../domain/record.ts'
import { counted } from '../../domain/words.ts'
import { lastToTell, recordsOf } from '../../session/exported.ts'
import { auditSource, type Source } from '../../session/ledger-source.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('publish'), 'keyrite audit publish published')
    .summary('the ledger and its checkpoint for whoever may read and not act')
    .description(
      'Writes ledger.jsonl and checkpoint into a folder that is there, readable for everybody who may enter it: its owner and mode decide who. Nothing in them is secret, and nothing ' +
        'can be done with them; audit verify, monitor, audit export and audit witness read them by --ledger and --checkpoint. Every rule and signature is checked first. What was ' +
        'published before is only ever added to: a folder with another ledger, or a longer one, is refused, and so is whoever comes while somebody publishes there. Needs no device and no shares.',
    )
    .argument('<dir>', 'the folder, outside of the home')
    .action((folder: string, _: unknown, command: Command) => run(resolve(folder), command, context))
}

function run(folder: string, command: Command, context: Context): void {
  const globals = globalsOf(command, context)
  const partition = choosePartition(globals, context)
  let seq = -1
  const { changed, covered } = context.ledgers.publish(folder, globals.home, () => {
    // The ledger that is read after it has all that it covers.
    const note = partition.checkpoint()
    const source = auditSource({ checkpoint: [] }, globals, context)
    seq = lastToTell(source)
    return { lines: linesOf(source), note }
  })
  const data = { folder, records: seq + 1, ...(covered === undefined ? {} : { checkpoint: covered }), changed }
  const seen = covered === undefined ? 'no checkpoint' : `a checkpoint of ${counted(covered, 'record')}`
  const text = `${folder}: ${counted(seq + 1, 'record')}, and ${seen}${changed ? '' : '; as it was before'}`
  terminalOf(globals, context).answer({ data, text })
}

function* linesOf(source: Source): Generator<string> {
  for (const { line } of recordsOf(source)) yield formatLine(line)
}
