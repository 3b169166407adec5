// keyrite key publish: the next version of a key comes to all who read with it, before anybody writes with it.

import type { Command } from 'commander'
import { checkPublication, planPublication, publishKeys } from '../../change/operations/publish-keys.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import {
  type ChangeOptions,
  givenPinOption,
  NEW_KEY_ACCEPTS,
  repeatable,
  withoutOption,
  withPlan,
} from '../../cli/options.ts'
import { keyrite } from '../../domain/hints.ts'
import { isExtractable } from '../../domain/keys.ts'
import { type KeyName, label, parseKeyName } from '../../domain/names.ts'
import { isOfKeys } from '../../domain/plan-shapes.ts'
import { listed } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { applicationsWith, carryOutWithCopies, reachingFrom } from '../../session/change-with-copies.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions {
  without: string[]
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('publish'), NEW_KEY_ACCEPTS)),
    'keyrite key publish payments/card-dek --dry-run',
    `keyrite key publish payments/card-dek --reason 'monthly rotation' ${SHARES}`,
  )
    .summary('the next version of a key, at every application that reads with it; it processes only')
    .description(
      'Generates the next version of each key, and brings it to every application that reads with the present one, as NAME#V: it decrypts, ' +
        'verifies and unwraps. The present version goes on as before. When all can read what the next one writes, key promote lets it take over.',
    )
    .argument('<name...>', 'names of keys, without a version', repeatable(parseKeyName))
    .addOption(withoutOption())
    .addOption(givenPinOption())
    .action((names: KeyName[], options: Options, command: Command) => run(names, options, command, context))
}

async function run(names: readonly KeyName[], options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const reaching = await reachingFrom(applicationsWith(names, work.history), options.without, work)
  const inputs = await work.planInputs(options)
  const plan = planPublication(names, work.history, inputs, reaching, options.accept.filter(isOfKeys))
  using approved = await work.approve(plan, options, async (opened) =>
    checkPublication(plan, await work.abilities(opened, [...new Set(plan.keys.map(({ type }) => type))])),
  )
  if (!approved) return
  const result = await carryOutWithCopies(plan, publishKeys(plan), approved, work)
  const fresh = plan.keys.map(({ name, version }) => label(name, version))
  if (plan.keys.some(({ attributes }) => isExtractable(attributes)))
    work.terminal.warn('no backup holds the new version yet', keyrite('backup', 'create', 'FILE'))
  work.terminal.answer(changeReport(`published ${listed(fresh)}: it processes until it is promoted`, result))
}
