// keyrite plan show: a plan that was sent for approval, in full, held against the ledger. Its code is told by somebody who waits with it.

import type { Command } from 'commander'
import { checkSentPlan } from '../../change/sent-plan.ts'
import { askFile } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { listOption, SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { EXIT, type KeyriteError } from '../../domain/errors.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import { propose } from '../../domain/proposal.ts'
import { failureFrom } from '../../domain/system-failure.ts'
import { openSource } from '../../session/ledger-source.ts'
import { handOverList } from '../../session/whole-list.ts'
import type { Part } from '../../terminal/text.ts'
import { sentPlanView } from '../../views/sent-plan-view.ts'

interface Options extends SourceOptions {
  list?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(withSource(parent.command('show')), 'keyrite plan show rotate.plan --ledger pay.ledger')
    .summary('a plan that was sent for approval')
    .description(
      `Shows a plan that waits for approvals from afar in full, who signed it at its terminal, and what keeps it from being approved. ${SOURCE_CHECKS} ` +
        'The code of the plan is not shown: somebody at the terminal reads it to whoever approves. Needs no device and no shares.',
    )
    .argument('[file]', 'the plan')
    .addOption(listOption())
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const file = given ?? (await askFile('the plan:', add('FILE'), context, terminal))
  const { plan, signed } = context.ledgers.readSentPlan(file)
  const { history } = openSource(options, globals, context)
  if (options.list !== undefined) await handOverList({ plan }, options, { context, globals, terminal, history })
  const now = context.sources.clock()
  const fault = faultOf(() => checkSentPlan(propose(plan), signed, history, now, context.ledgers))
  // A copy that is older than the plan has not what it is about.
  if (fault && plan.head.seq > history.seq) throw fault
  if (fault) terminal.warn(`this plan can't be approved: ${fault.message}`, fault.hint)
  terminal.answer({
    data: {
      file,
      plan,
      signed: signed.map(({ custodian, group, epoch }) => ({ custodian, group, epoch })),
      ...(fault && { fault: { code: fault.code, message: fault.message } }),
    },
    text: () => [...sentPlanView(plan, signed, history, now), ...(fault ? [] : next(file, options))],
  })
}

/** By whoever holds a share, and hears the code. */
function next(file: string, { ledger, anchor }: SourceOptions): Part[] {
  const copy = ledger === undefined ? [] : ['--ledger', ledger]
  const approve = keyrite(
    'plan',
    'approve',
    file,
    ...copy,
    '--anchor',
    anchor ?? 'CODE',
    '--share',
    'FILE',
    '--out',
    'FILE',
  )
  return [{ hint: to('to approve it, once its code was read to you', approve), indent: '  ' }]
}

function faultOf(check: () => void): KeyriteError | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    const failure = failureFrom(error)
    if (failure.exit === EXIT.bug) throw error
    return failure
  }
}
