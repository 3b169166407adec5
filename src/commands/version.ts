// keyrite version: which program this is.
import type { Command } from 'commander'
import { type Context, globalsOf, type Installation, terminalOf } from '../cli/context.ts'
import { withExamples } from '../cli/examples.ts'
import { escaped, shellQuoted } from '../domain/names.ts'
import { fields } from '../terminal/text.ts'

export function declare(root: Command, context: Context): void {
  withExamples(root.command('version'), 'keyrite version', 'keyrite version --verbose')
    .summary('which keyrite this is')
    .description(
      'Prints the version of keyrite; with --verbose also the digest of its files, which can be read aloud and compared, and what it runs on. ' +
        'What a program says of itself is a convenience: the proof is what sha256sum of the system says.',
    )
    .option('--verbose', 'also the digest of its files, and what it runs on')
    .action(({ verbose }: { verbose?: boolean }, command: Command) => run(verbose ?? false, command, context))
}

function run(verbose: boolean, command: Command, context: Context): void {
  const { version, node, platform, arch } = context.program
  const answer = verbose
    ? verboseReport({ version, node, platform: `${platform} ${arch}` }, context.installation())
    : { data: { version }, text: `keyrite ${version}` }
  terminalOf(globalsOf(command, context), context).answer(answer)
}

function verboseReport(program: Record<string, string>, found: Installation | undefined) {
  if (!found) return { data: program, text: fields(Object.entries(program)) }
  const { folder, code: digest, sha256, changed } = found
  const text = fields([
    ...Object.entries(program),
    ['digest', digest],
    ['sha256', `${sha256}  SHA256SUMS`],
    ['changed', changed.length === 0 ? undefined : `${changed.map(escaped).join(', ')}: not what SHA256SUMS says`],
    ['proof', `cd ${shellQuoted(folder)} && sha256sum -c SHA256SUMS && sha256sum SHA256SUMS`],
  ])
  return { data: { ...program, digest, sha256, folder, changed }, text }
}
