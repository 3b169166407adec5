// keyrite key withdraw: the copies that applications have of a key go, and are proved to be gone.

import type { Command } from 'commander'
import { knownApplication } from '../../change/known-application.ts'
import { planWithdrawal, vaultGives } from '../../change/operations/deliver-keys.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { appOption, type ChangeOptions, givenPinOption, repeatable, withPlan } from '../../cli/options.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { carryOutWithCopies, reachingFrom } from '../../session/change-with-copies.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions {
  app: string[]
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('withdraw'))),
    'keyrite key withdraw payments/card-dek#1 --app web --dry-run',
    `keyrite key withdraw payments/card-dek --app web --reason 'it moved' ${SHARES}`,
  )
    .summary('take copies of keys away from applications')
    .description(
      'Destroys the copies on the tokens of these applications, and proves that they are gone from there. The key itself stays as it is. ' +
        'A copy of the token, such as a snapshot of its files, is beyond its reach.',
    )
    .argument('<name[#v]...>', 'NAME#V, or NAME for every version that is there', repeatable(parseKeyVersion))
    .addOption(appOption())
    .addOption(givenPinOption())
    .action((keys: KeyVersion[], options: Options, command: Command) => run(keys, options, command, context))
}

async function run(keys: readonly KeyVersion[], options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const apps = options.app.map((name) => knownApplication(name, work.history))
  const reaching = await reachingFrom(apps, undefined, work)
  const plan = planWithdrawal({ keys, apps }, work.history, await work.planInputs(options), reaching)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await carryOutWithCopies(plan, vaultGives(plan.apps), approved, work)
  const names = [...new Set(plan.apps.flatMap(({ copies }) => copies.map((copy) => label(copy.name, copy.version))))]
  const text = `withdrew ${listed(names)} from ${listed(options.app)}: nothing of it is on the token`
  work.terminal.answer(changeReport(text, result))
}
