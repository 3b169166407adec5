// keyrite key activate, suspend, resume, deactivate, compromise: a key's state, and the usage that goes with it.

import type { Command } from 'commander'
import { changeState, planState } from '../../change/operations/change-state.ts'
import { askFor, askKey } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, givenPinOption, withoutOption, withPlan } from '../../cli/options.ts'
import { parseReason } from '../../cli/said-options.ts'
import { add } from '../../domain/hints.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { operationOf } from '../../domain/operations.ts'
import type { StateOp } from '../../domain/plan.ts'
import { listed } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { applicationsWith, carryOutWithCopies, RELOAD, reachingFrom } from '../../session/change-with-copies.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions, AbsentOptions {
  without: string[]
  allowProcessing?: boolean
}

const VERBS: readonly { verb: string; op: StateOp; summary: string; more: string; example: string }[] = [
  {
    verb: 'activate',
    op: 'key.activate',
    summary: 'bring a pre-active key into use',
    more: 'Refused before the time that --activate-at gave it.',
    example: "payments/card-dek#1 --reason 'it goes into use'",
  },
  {
    verb: 'suspend',
    op: 'key.suspend',
    summary: 'suspend an active key',
    more: 'It only decrypts, verifies and unwraps until it is resumed.',
    example: "payments/signing#1 --reason 'the laptop is missing'",
  },
  {
    verb: 'resume',
    op: 'key.resume',
    summary: 'make a suspended key active again',
    more: '',
    example: "payments/signing#1 --reason 'the laptop was found'",
  },
  {
    verb: 'deactivate',
    op: 'key.deactivate',
    summary: 'end the use of a key for good',
    more: 'It only decrypts, verifies and unwraps; it never becomes active again.',
    example: "payments/signing#1 --reason 'the contract ended'",
  },
  {
    verb: 'compromise',
    op: 'key.compromise',
    summary: 'record that a key is known, or feared, to be in the wrong hands',
    more:
      "It can be used for nothing, unless --allow-processing says otherwise. This can't be undone: only destruction follows, and no next " +
      'version can be made of a name whose newest is compromised. Rotate first, and compromise the old version.',
    example: "payments/signing#1 --reason 'the laptop was stolen'",
  },
]

export function declare(parent: Command, context: Context): void {
  for (const { verb, op, summary, more, example } of VERBS) {
    const command = withExamples(
      withMembers(withPlan(parent.command(verb))),
      `keyrite key ${verb} ${example} --dry-run`,
      `keyrite key ${verb} ${example} ${SHARES}`,
    )
      .summary(summary)
      .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}. ${more}`.trimEnd())
      .argument('[name#v]', 'the version, such as payments/card-dek#3; NAME alone is the newest', parseKeyVersion)
      .action((key: KeyVersion | undefined, options: Options, self: Command) => run(op, key, options, self, context))
    command.addOption(withoutOption()).addOption(givenPinOption())
    if (operationOf({ op }).mayProcess) command.option('--allow-processing', 'it may still decrypt, verify and unwrap')
  }
}

async function run(
  op: StateOp,
  given: KeyVersion | undefined,
  options: Options,
  command: Command,
  context: Context,
): Promise<void> {
  const globals = globalsOf(command, context)
  await using work = new ChangeSession(context, globals)
  const key = given ?? (await askKey(command.name(), parseKeyVersion, work.history, work.terminal))
  const request = { op, key, processing: options.allowProcessing ?? false }
  const concerned = applicationsWith([key.name], work.history)
  const reaching = await reachingFrom(concerned, options.without, work)
  // What would be refused is refused before anyone is asked.
  planState(request, work.history, await work.planInputs(options), reaching)
  const reason =
    options.reason ?? (await askFor('reason, for the ledger:', add('--reason', 'TEXT'), parseReason, work.terminal))
  const plan = planState(request, work.history, await work.planInputs({ ...options, reason }), reaching)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await carryOutWithCopies(plan, changeState(plan), approved, work)
  const { name, version, state } = plan.keys[0]
  const but = result.notes ? ' in the ledger, but it is not on the token' : ''
  const reached = (plan.apps ?? []).filter(({ without }) => !without).map((app) => app.name)
  const then = reached.length > 0 ? `, at ${listed(reached)} too; ${RELOAD}` : ''
  const text = `${label(name, version)} is ${state}${but}${then}`
  work.terminal.answer(changeReport(text, result, result.notes && 'warning'))
}
