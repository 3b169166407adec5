// keyrite partition retire: the end of a tenant. Every key is destroyed, the token erased, and the ledger closed.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { planRetirement } from '../../change/operations/retire-partition.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { asIs, type ChangeOptions, repeatable, withPlan } from '../../cli/options.ts'
import { certificateNames } from '../../domain/file-names.ts'
import { parseShortName, type ShortName } from '../../domain/names.ts'
import { askCertificate } from '../../session/certificate.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { retire } from '../../session/retire.ts'

interface Options extends ChangeOptions, AbsentOptions {
  confirm?: string
  certificate?: string
  eraseObject: string[]
  lostToken?: boolean
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('retire'))),
    'keyrite partition retire pay --dry-run',
    `keyrite partition retire pay --confirm pay --certificate retirement.txt --reason 'the contract ended' ${SHARES}`,
  )
    .summary('end a tenant: destroy every key, erase the token, close the ledger')
    .description(
      'Destroys every key of a partition, each once it is proved to be that key, and proves in a new session that it is gone; then erases the token under ' +
        'PINs that nobody knows, and closes the ledger with a last record: nothing follows it, and whatever reads files goes on working. The ' +
        'certificate (text in FILE, signed JSON in FILE.json) names the backups and tokens that can still bring keys back. Objects on the token ' +
        'that the ledger does not know are erased only where the plan names them. Of several members each that is there is erased; one that is absent is named in the last record and the certificate, since it keeps what it has. ' +
        'After a crash partition recover finishes it.',
    )
    .argument('<name>', 'name of the partition', (text) => parseShortName('partition', text))
    .option('--confirm <name>', 'the same name again, instead of typing it')
    .option('--certificate <file>', 'write a certificate of destruction')
    .option(
      '--erase-object <object>',
      'an object on the token that the ledger does not know, as the refusal names it: it is erased with the token; repeatable',
      repeatable(asIs),
      [],
    )
    .option('--lost-token', 'the token is gone: end the partition without it; what it holds may still exist')
    .action((name: ShortName, options: Options, command: Command) => run(name, options, command, context))
}

async function run(partition: ShortName, options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, { ...globalsOf(command, context), partition })
  const file = options.certificate ?? (await askCertificate(options, context, work.terminal))
  const request = {
    others: options.eraseObject,
    lost: options.lostToken === true,
    ...(file === undefined ? {} : { certificate: resolve(file) }),
  }
  const plan = planRetirement(request, work.history, await work.planInputs(options))
  if (plan.certificate !== undefined) context.ledgers.checkFree(certificateNames(plan.certificate), work.globals.home)
  work.checkWhole()
  const report = await retire(plan, options, work)
  if (report) work.terminal.answer(report)
}
