// keyrite key promote: the version that was published takes over; the one before it only processes existing data.

import type { Command } from 'commander'
import { planPromotion, promoteKeys } from '../../change/operations/promote-keys.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, givenPinOption, repeatable, withoutOption, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { applicationsWith, carryOutWithCopies, RELOAD, reachingFrom } from '../../session/change-with-copies.ts'
import { readCertificate } from '../../session/key-certificate.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions {
  without: string[]
  cert?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('promote'), ['unbacked', 'not-sent', 'clock'])),
    'keyrite key promote payments/card-dek#3 --dry-run',
    `keyrite key promote payments/card-dek#3 --reason 'monthly rotation' ${SHARES}`,
  )
    .summary('let the published version of a key take over; the one before it processes only')
    .description(
      'Gives the published version of each key its whole use, and deactivates the one before it. At every application the new version is called ' +
        'NAME from then on, and the one before it NAME#V. It is refused as long as an application that reads is not proved to have it, unless ' +
        '--without leaves that one out, of a version that no backup holds, unless --accept unbacked says that this is known, and where the one before it ' +
        'went out to a cloud or a partner and this one did not, unless --accept not-sent does.',
    )
    .argument('<name[#v]...>', 'the published version, or NAME for the one that waits', repeatable(parseKeyVersion))
    .addOption(withoutOption())
    .addOption(givenPinOption())
    .option('--cert <file>', 'its X.509 certificate in PEM, which some clients want to see beside a private key')
    .action((keys: KeyVersion[], options: Options, command: Command) => run(keys, options, command, context))
}

async function run(keys: readonly KeyVersion[], options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  if (options.cert !== undefined && keys.length > 1)
    throw usage('a certificate is of one key', 'promote that key alone: --cert FILE', 'USAGE')
  const certificate = options.cert === undefined ? undefined : readCertificate(options.cert, context.ledgers)
  const concerned = applicationsWith(
    keys.map(({ name }) => name),
    work.history,
  )
  const reaching = await reachingFrom(concerned, options.without, work)
  const plan = planPromotion({ keys, certificate }, work.history, await work.planInputs(options), reaching)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await carryOutWithCopies(plan, promoteKeys(plan), approved, work)
  const fresh = plan.keys.filter(({ state }) => state === 'active').map(({ name, version }) => label(name, version))
  const then = plan.apps ? `; ${RELOAD}` : ''
  work.terminal.answer(changeReport(`promoted ${listed(fresh)}${then}`, result))
}
