// keyrite ceremony record: what a ceremony leaves for others, in a folder.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { stillToSign } from '../../ceremony/verify/people.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { usage } from '../../domain/errors.ts'
import { add, keyrite } from '../../domain/hints.ts'
import { parseCeremonyName, quoted } from '../../domain/names.ts'
import { recordFiles } from '../../session/ceremony-record.ts'
import { finishedCeremony } from '../../session/ceremony-work.ts'

interface Options {
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('record'), 'keyrite ceremony record q4 --out record')
    .summary('write the record of a ceremony into a folder')
    .description(
      'The annotated script as text and HTML, the script and the site file, the journal, attachments, the signatures of witnesses, and a manifest with the SHA-256 of each. It is checked offline by ceremony verify, with the ledger. Signatures that come later are in a record that is written later.',
    )
    .argument('<name>', 'the ceremony', parseCeremonyName)
    .option('--out <dir>', 'the folder, which is made')
    .action((name: string, options: Options, command: Command) => run(name, options, command, context))
}

function run(name: string, options: Options, command: Command, context: Context): void {
  const globals = globalsOf(command, context)
  if (options.out === undefined) throw usage('where the record goes is not said', add('--out', 'DIR'), 'INPUT-MISSING')
  using work = finishedCeremony(name, globals, context)
  const folder = resolve(options.out)
  const files = context.ledgers.writeCeremonyRecord(folder, globals.home, recordFiles(work))
  for (const { role, person } of stillToSign(work.given, work.kept.signatures))
    work.terminal.warn(
      `${quoted(person.name)} (${role}) has not signed yet, and ceremony verify will not take this record; then write it anew`,
      keyrite('ceremony', 'sign', name, '--out', 'FILE'),
    )
  work.terminal.answer({
    data: { name, folder, files },
    text: [
      `the record of ${name} is in ${folder}`,
      { hint: keyrite('ceremony', 'verify', options.out, '--ledger', 'FILE'), indent: '  ' },
    ],
  })
}
