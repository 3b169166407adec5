// keyrite version: which program this is.
import type { Command } from 'commander'
import { fields } from '../terminal/text.ts'
import { type Context, globalsOf, terminalOf } from './context.ts'
import { withExamples } from './examples.ts'

export function declare(root: Command, context: Context): void {
  withExamples(root.command('version'), 'keyrite version', 'keyrite version --verbose')
    .summary('which keyrite this is')
    .description(
      'Prints the version of keyrite; with --verbose also the digest of its files, which can be read aloud and compared, and what it runs on.',
    )
    .option('--verbose', 'also the digest of its files, and what it runs on')
    .action(({ verbose }: { verbose?: boolean }, command: Command) => run(verbose ?? false, command, context))
}

function run(verbose: boolean, command: Command, context: Context): void {
  const { version, node, platform, arch } = context.program
  const found = context.installation()
  const digest = found && (found.changed.length > 0 ? 'its files are not what its SHA256SUMS says' : found.code)
  const program = found ? { digest: digest!, sha256: found.sha256, folder: found.folder } : {}
  const all = { version, ...program, node, platform: `${platform} ${arch}` }
  const text = verbose ? fields(Object.entries(all)) : `keyrite ${version}`
  terminalOf(globalsOf(command, context), context).answer({ data: verbose ? all : { version }, text })
}
