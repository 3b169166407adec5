// keyrite ceremony new: a script from a template, and a site file beside it that fits.
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { parseScript } from '../../ceremony/script.ts'
import { siteText } from '../../ceremony/templates/site-text.ts'
import { TEMPLATES, type TemplateName, templateText, usualPartition } from '../../ceremony/templates/templates.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { oneOf } from '../../cli/options.ts'
import { keyrite, to } from '../../domain/hints.ts'
import { parseCeremonyName } from '../../domain/names.ts'

interface Options {
  template: TemplateName
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    parent.command('new'),
    'keyrite ceremony new rotation --template rotate',
    'keyrite ceremony new root-2027 --template root-ca --out root-ca.toml',
  )
    .summary('a script, from a template')
    .description(
      'Writes the script of a ceremony and, beside it, an example of its site file: who takes part, and where things are. Both are there to be edited, the script by those who review it, ' +
        'the site file for the day. Names of keys in it are examples too. Needs no home, no device and no shares.',
    )
    .argument('<name>', 'what the ceremony is called', parseCeremonyName)
    .addOption(
      new Option('--template <template>', `${TEMPLATES.join(', ')}`)
        .argParser(oneOf('template', TEMPLATES))
        .makeOptionMandatory(),
    )
    .option('--out <file>', 'where the script goes, by default NAME.toml')
    .action((name: string, options: Options, command: Command) => run(name, options, command, context))
}

async function run(name: string, { template, out = `${name}.toml` }: Options, command: Command, context: Context) {
  const globals = globalsOf(command, context)
  const { ledgers } = context
  const site = siteBeside(out)
  const text = templateText(template, name, partitionFor(template, globals, context))
  ledgers.checkFree([resolve(out), resolve(site)], globals.home)
  const [first, second] = ledgers.createFiles([
    { path: resolve(out), content: text },
    { path: resolve(site), content: siteText(parseScript(text)) },
  ])
  terminalOf(globals, context).answer({
    data: { name, template, file: out, sha256: first!.sha256, site: { file: site, sha256: second!.sha256 } },
    text: [
      `${out} is the script, ${site} an example of the site file that goes with it`,
      { hint: to('edit both, then', keyrite('ceremony', 'lint', out, '--site', site)), indent: '  ' },
    ],
  })
}

const siteBeside = (file: string): string => `${file.replace(/\.toml$/, '')}.site.toml`

/** The one that is named, or the only one there is; where a new one is made, the usual name. */
function partitionFor(template: TemplateName, { partition, home }: Globals, { ledgers }: Context): string {
  if (partition !== undefined) return partition
  const makesOne = template === 'init' || template === 'root-ca'
  const [only, ...others] = makesOne ? [] : ledgers.partitions(home).map(({ name }) => name)
  return only !== undefined && others.length === 0 ? only : usualPartition(template)
}
