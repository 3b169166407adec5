// keyrite ceremony print: the script on paper, with lines and boxes for what people fill in.
import { extname, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { rolesOf } from '../../ceremony/script.ts'
import { askFile, askNewFile } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { usage } from '../../domain/errors.ts'
import { add } from '../../domain/hints.ts'
import { quoted } from '../../domain/names.ts'
import { orMeant, thereIs } from '../../domain/words.ts'
import { readScript, type ScriptFile } from '../../session/ceremony-files.ts'
import { sheetHtml } from '../../views/ceremony/html.ts'
import { type Sheet, sheetOf } from '../../views/ceremony/sheet.ts'
import { sheetText } from '../../views/ceremony/text.ts'

interface Options {
  out?: string
  for?: string
  rehearsal?: boolean
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    parent.command('print'),
    'keyrite ceremony print rotation.toml --out rotation.html',
    'keyrite ceremony print rotation.toml --for witness --out witness.txt',
    'keyrite ceremony print rotation.toml --rehearsal --out rehearsal.html',
  )
    .summary('the script on paper')
    .description(
      'Writes the script as a page to be printed: HTML that asks nothing of any network, or text of 80 columns, by the ending of the file. The first page has the code and the SHA-256 of the script, the roles and lines for signatures; each step has its ' +
        'boxes for the time, initials and what is written down. Needs no home, no device and no shares.',
    )
    .argument('[file]', 'the script')
    .option('--out <file>', 'where the page goes: a new file whose name ends with .html or .txt')
    .addOption(new Option('--for <role>', 'mark the steps of this role'))
    .option('--rehearsal', 'for a rehearsal: each page says so')
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const file = given ?? (await askFile('the script:', add('FILE'), context, terminal))
  const out = options.out ?? (await askNewFile('where the page goes:', add('--out', 'FILE.html'), context, terminal))
  const write = WRITTEN[extname(out)]
  if (!write) throw usage(`${quoted(out)} ends neither with .html nor with .txt`, add('--out', 'FILE.html'))
  context.ledgers.checkFree([resolve(out)], globals.home)
  const found = readScript(file, context.ledgers)
  const { code, sha256, script } = found
  checkRole(options.for, found)
  const marks = { reader: options.for, isRehearsal: options.rehearsal }
  const content = write(sheetOf(script, { code, sha256 }, marks), script.name)
  const [made] = context.ledgers.createFiles([{ path: resolve(out), content }])
  terminal.answer({
    data: { file: out, sha256: made!.sha256, script: { name: script.name, version: script.version, sha256, code } },
    text: [`${out} is ${script.name}, version ${script.version}, with the code ${code}`],
  })
}

const WRITTEN: { readonly [ending: string]: (sheet: Sheet, name: string) => string } = {
  '.html': sheetHtml,
  '.txt': sheetText,
}

function checkRole(role: string | undefined, { script }: ScriptFile): void {
  const roles = rolesOf(script)
  if (role === undefined || roles.has(role)) return
  throw usage(
    `no role of the script is called ${quoted(role)}${orMeant(role, roles.keys())}`,
    thereIs([...roles.keys()]),
  )
}
