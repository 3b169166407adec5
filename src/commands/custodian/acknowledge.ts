// keyrite custodian acknowledge: a custodian accepts the duties of one, by a form, and signs its hash with their own share.

import type { Command } from 'commander'
import { askFile, askFor } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { parseCustodian, type ShareOptions, withShares } from '../../cli/options.ts'
import { add } from '../../domain/hints.ts'
import { checkTexts } from '../../domain/texts.ts'
import { checkCustodian, signedAlone } from '../../session/sign-about.ts'
import { StationSession } from '../../session/station-session.ts'

interface Options extends ShareOptions {
  form?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withShares(parent.command('acknowledge')),
    'keyrite custodian acknowledge alice --form form.pdf --share shares/alice.share.age',
  )
    .summary('accept the duties of a custodian, by a form')
    .description(
      'The custodian signs the hash of the form that they have signed on paper with their own share, and the ledger keeps both: what PCI DSS 3.7.8 asks ' +
        'of key custodians. The form itself is kept elsewhere. Nobody logs in, and no secret is rebuilt.',
    )
    .argument('[name]', 'the custodian', parseCustodian)
    .option('--form <file>', 'the form, such as a scan of it')
    .action((name: string | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  using work = new StationSession(context, globals)
  const { challenge, terminal } = work
  const name = given ?? (await askFor('which custodian:', 'NAME', parseCustodian, terminal))
  checkCustodian(name, work)
  const file = options.form ?? (await askFile('the form:', add('--form', 'FILE'), context, terminal))
  const form = context.ledgers.artefactOf(file)
  checkTexts(form.name)
  const told = { type: 'custodian.acknowledged', challenge, form } as const
  terminal.show([`  ${name} accepts the duties of a custodian by ${form.name}`, `  sha256 ${form.sha256}`])
  const proof = await signedAlone(name, work, { message: work.messageOf(told), options, globals })
  const { data, where } = await work.record({ ...told, proof })
  terminal.answer({
    data: { custodian: name, form, ...data },
    text: `${name} has acknowledged ${form.name}   ${where}`,
  })
}
