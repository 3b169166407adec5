// keyrite key rotate: makes the next version of a key; the previous one then only processes existing data.

import type { Command } from 'commander'
import { checkRotation, planRotation, rotateKey } from '../../change/operations/rotate-key.ts'
import { askKey } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, NEW_KEY_ACCEPTS, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import { beforeVersion, type KeyName, label, parseKeyName } from '../../domain/names.ts'
import { isOfKeys } from '../../domain/plan-shapes.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions, AbsentOptions {}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('rotate'), NEW_KEY_ACCEPTS)),
    'keyrite key rotate payments/card-dek --dry-run',
    `keyrite key rotate payments/card-dek --reason 'monthly rotation' ${SHARES}`,
  )
    .summary('the next version of a key; the present one only decrypts and verifies from then on')
    .description(
      'Generates the next version of an active key, of the same type and for the same use, and deactivates the present one: ' +
        'it goes on processing what exists already.',
    )
    .argument('[name]', 'name of the key, without a version', parseRotated)
    .action((name: KeyName | undefined, options: Options, command: Command) => run(name, options, command, context))
}

/** A name that is typed with its version, as everywhere else, is not guessed at: another version may be the active one. */
function parseRotated(text: string): KeyName {
  const name = beforeVersion(text)
  if (!name) return parseKeyName(text)
  throw usage(
    'rotate takes the name without a version: it is the newest that rotates',
    keyrite('key', 'rotate', name),
    'NAME',
  )
}

async function run(given: KeyName | undefined, options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const name = given ?? (await askKey('rotate', parseKeyName, work.history, work.terminal))
  const inputs = await work.planInputs(options)
  const plan = planRotation(name, work.history, inputs, options.accept.filter(isOfKeys))
  using approved = await work.approve(plan, options, async (opened) =>
    checkRotation(plan, await work.abilities(opened, [plan.keys[1].type])),
  )
  if (!approved) return
  const result = await approved.carryOut(rotateKey(plan))
  const fresh = result.keys.find((key) => key.state === 'active')!
  work.terminal.answer(
    changeReport(
      `rotated ${name}: #${fresh.version} is active, ${fresh.fingerprint}; ${label(name, fresh.version - 1)} is deactivated`,
      result,
    ),
  )
}
