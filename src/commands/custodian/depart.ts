// keyrite custodian depart: somebody leaves. Their shares count on until the custodians are replaced, and that is warned of.

import type { Command } from 'commander'
import { askFor } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { parseCustodian, type ShareOptions, withShares } from '../../cli/options.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import { parseDay } from '../../domain/names.ts'
import { checkCustodian, signedByOthers } from '../../session/sign-about.ts'
import { StationSession } from '../../session/station-session.ts'

interface Options extends ShareOptions {
  on?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(withShares(parent.command('depart')), `keyrite custodian depart carol --on 2026-12-31 ${SHARES}`)
    .summary('record that a custodian leaves')
    .description(
      'Two other custodians sign that somebody leaves, one where there are two in all. It takes nothing from the one who leaves: their shares open old ' +
        'backups, and count until the custodians are replaced. quorum show and doctor tell of it from then on. Nobody logs in, and no secret is rebuilt.',
    )
    .argument('[name]', 'the custodian who leaves', parseCustodian)
    .option('--on <day>', 'the last day, such as 2026-12-31', parseDay)
    .action((name: string | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  using work = new StationSession(context, globals)
  const { challenge, terminal } = work
  const custodian = given ?? (await askFor('who leaves:', 'NAME', parseCustodian, terminal))
  checkCustodian(custodian, work)
  const on = options.on ?? (await askFor('the last day, such as 2026-12-31:', add('--on', 'DATE'), parseDay, terminal))
  const told = { type: 'custodian.departed', challenge, custodian, on } as const
  terminal.show(`  ${custodian} leaves on ${on}; giving your share signs that`)
  const signed = await signedByOthers(custodian, work, { message: work.messageOf(told), options, globals })
  const { data, where } = await work.record({ ...told, signed })
  terminal.answer({
    data: { custodian, on, ...data },
    text: [
      `it is recorded that ${custodian} leaves on ${on}   ${where}`,
      { hint: to('the shares of today count on; who still has theirs', keyrite('quorum', 'show')), indent: '  ' },
    ],
  })
}
