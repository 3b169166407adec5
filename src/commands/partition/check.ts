// keyrite partition check: every object on the token against the ledger.

import type { Command } from 'commander'
import { askedAnew } from '../../change/asked-anew.ts'
import { PartitionCheck, planCheck } from '../../change/operations/check-partition.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { hintText } from '../../domain/hint-text.ts'
import { add, addressed, keyrite, to } from '../../domain/hints.ts'
import { isWeakness, WEAKNESSES } from '../../domain/profile.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { marked } from '../../terminal/text.ts'
import { changeReport } from '../../views/report.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('check'), ['clock', ...WEAKNESSES])),
    'keyrite partition check',
    `keyrite partition check ${SHARES}`,
    `keyrite partition check --renew-profile ${SHARES}`,
  )
    .summary('compare every object on the token with the ledger')
    .description(
      'Reads every object on the token, has each key prove that it is the one of the ledger, and names each difference: missing, incomplete, ' +
        'changed, replaced, unproved, duplicate, returned, unknown and revived keys, and public look-alikes. Changes nothing. Exit code 5 when there is any. ' +
        'Where the library is another than the one that the token was tried out with, it is asked again what it can do, and the ledger keeps the answer. ' +
        'With --renew-profile SO and user try it, on keys that are made for that and destroyed, and the ledger goes by what they find.',
    )
    .option('--renew-profile', 'find anew what the token can do, after its library or its own software changed')
    .action((options: CheckOptions, command: Command) => run(options, command, context))
}

interface CheckOptions extends ChangeOptions, AbsentOptions {
  renewProfile?: true
}

/** What weakens the token is accepted with what it can do, and not otherwise. */
function checkAccepted({ renewProfile, accept }: CheckOptions): void {
  const weakness = accept.find(isWeakness)
  if (weakness && !renewProfile)
    throw usage(`--accept ${weakness} is taken with --renew-profile alone`, add('--renew-profile'))
}

async function run(options: CheckOptions, command: Command, context: Context): Promise<void> {
  checkAccepted(options)
  await using work = new ChangeSession(context, globalsOf(command, context))
  const plan = planCheck(work.history, await work.planInputs(options), options.renewProfile)
  const notes: string[] = []
  using approved = await work.approve(plan, options, async ({ hsm, slot }) => {
    const { profile } = work.history
    if (plan.renews || plan.module === undefined || plan.module.sha256 === profile.module) return
    const anew = await askedAnew(profile, plan.module.sha256, () => hsm.probe(slot))
    notes.push(...anew.notes)
    work.terminal.warn(
      `the library is another than the one that this token was tried out with; ${anew.what}`,
      to('to find it anew, and have the ledger go by it', keyrite('partition', 'check', '--renew-profile')),
    )
  })
  if (!approved) return
  using progress = work.terminal.progress('keys read', work.history.keys.size)
  const check = new PartitionCheck(plan, (done) => progress.at(done), notes)
  try {
    const result = await approved.carryOut(check)
    const data = { ...result, findings: check.findings }
    const renewed = plan.renews ? '; what it can do was found anew, and the ledger goes by that' : ''
    for (const difference of plan.renews ? (result.notes ?? []) : []) work.terminal.say(difference)
    const text = `the token holds what the ledger says, and nothing else${renewed}`
    work.terminal.answer(changeReport(text, data, 'proven'))
  } catch (error) {
    const rows = check.findings.map(({ kind, object, what, todo }) => {
      return [marked(kind, 'bad'), object, what, hintText(addressed(todo, work.globals.address))]
    })
    const head = ['finding', 'object', 'what', 'what to do']
    if (rows.length > 0) work.terminal.say({ head, rows })
    throw error
  }
}
