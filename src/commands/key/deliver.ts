// keyrite key deliver: copies of keys go to the tokens of applications.

import { type Command, Option } from 'commander'
import { knownApplication } from '../../change/known-application.ts'
import { planDelivery, vaultGives } from '../../change/operations/deliver-keys.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import {
  appOption,
  type ChangeOptions,
  givenPinOption,
  oneOf,
  repeatable,
  repeatableList,
  withPlan,
} from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { USAGES, type Usage } from '../../domain/keys.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { carryOutWithCopies, RELOAD, reachingFrom } from '../../session/change-with-copies.ts'
import { readCertificate } from '../../session/key-certificate.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions {
  app: string[]
  usage?: Usage[]
  cert?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('deliver'), ['unbacked', 'clock'])),
    'keyrite key deliver payments/card-dek --app web --dry-run',
    `keyrite key deliver payments/card-dek --app web --usage decrypt ${SHARES}`,
  )
    .summary('copies of keys for the tokens of applications')
    .description(
      'Places a copy of each key on the token of each application, where it can be used, and neither read, copied, changed nor wrapped out. ' +
        'It is called NAME there as long as its version is the one in force, and NAME#V otherwise. A suspended, deactivated or published version ' +
        'comes to process only. What is there and right stays untouched.',
    )
    .argument('<name[#v]...>', 'NAME for its version in force, or NAME#V', repeatable(parseKeyVersion))
    .addOption(appOption())
    .addOption(givenPinOption())
    .addOption(
      new Option('--usage <usage>', `less than the key may do: ${USAGES.join(', ')}; repeatable`).argParser(
        repeatableList(oneOf('usage', USAGES)),
      ),
    )
    .option('--cert <file>', 'its X.509 certificate in PEM, which some clients want to see beside a private key')
    .action((keys: KeyVersion[], options: Options, command: Command) => run(keys, options, command, context))
}

async function run(keys: readonly KeyVersion[], options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const apps = options.app.map((name) => knownApplication(name, work.history))
  if (options.cert !== undefined && keys.length > 1)
    throw usage('a certificate is of one key', 'deliver that key alone: --cert FILE', 'USAGE')
  const certificate = options.cert === undefined ? undefined : readCertificate(options.cert, context.ledgers)
  const reaching = await reachingFrom(apps, undefined, work)
  const request = { keys, apps, usage: options.usage, certificate }
  const plan = planDelivery(request, work.history, await work.planInputs(options), reaching)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await carryOutWithCopies(plan, vaultGives(plan.apps), approved, work)
  const names = [...new Set(plan.apps.flatMap(({ copies }) => copies.map((copy) => label(copy.name, copy.version))))]
  const text = `delivered ${listed(names)} to ${listed(options.app)}; ${RELOAD}`
  work.terminal.answer(changeReport(text, result))
}
