// keyrite partition check: every object on the token against the ledger.

import type { Command } from 'commander'
import { differencesFrom, notesOf } from '../../change/asked-anew.ts'
import { PartitionCheck, planCheck } from '../../change/operations/check-partition.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { hintText } from '../../domain/hint-text.ts'
import { addressed, keyrite, to } from '../../domain/hints.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { marked } from '../../terminal/text.ts'
import { changeReport } from '../../views/report.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withPlan(parent.command('check')), 'keyrite partition check', `keyrite partition check ${SHARES}`)
    .summary('compare every object on the token with the ledger')
    .description(
      'Reads every object on the token, has each key prove that it is the one of the ledger, and names each difference: missing, incomplete, ' +
        'changed, replaced, duplicate, returned, unknown and revived keys, and public look-alikes. Changes nothing. Exit code 5 when there is any. ' +
        'Where the library is another than the one that the token was tried out with, it is asked again what it can do, and the ledger keeps the answer.',
    )
    .action((options: ChangeOptions, command: Command) => run(options, command, context))
}

async function run(options: ChangeOptions, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const plan = planCheck(work.history, await work.planInputs(options))
  const notes: string[] = []
  using approved = await work.approve(plan, options, async ({ hsm, slot }) => {
    const { profile } = work.history
    if (plan.module === undefined || plan.module.sha256 === profile.module) return
    const differences = differencesFrom(profile, await hsm.probe(slot))
    notes.push(...notesOf(plan.module.sha256, differences))
    const what = differences.length === 0 ? 'it can do what the ledger says of it' : differences.join('; ')
    work.terminal.warn(
      `the library is another than the one that this token was tried out with; asked again without a login, ${what}`,
      to('what the ledger says of it', keyrite('partition', 'show')),
    )
  })
  if (!approved) return
  using progress = work.terminal.progress('keys read', work.history.keys.size)
  const check = new PartitionCheck((done) => progress.at(done), notes)
  try {
    const result = await approved.carryOut(check)
    const data = { ...result, findings: check.findings }
    work.terminal.answer(changeReport('the token holds what the ledger says, and nothing else', data, 'proven'))
  } catch (error) {
    const rows = check.findings.map(({ kind, object, what, todo }) => {
      return [marked(kind, 'bad'), object, what, hintText(addressed(todo, work.globals.address))]
    })
    const head = ['finding', 'object', 'what', 'what to do']
    if (rows.length > 0) work.terminal.say({ head, rows })
    throw error
  }
}
