// keyrite key generate: one new key, or many of a kind, under one quorum.

import type { Command } from 'commander'
import type { Result } from '../../change/execute.ts'
import {
  checkAbility,
  type GenerateRequest,
  generateKeys,
  planGeneration,
} from '../../change/operations/generate-keys.ts'
import { askFor, chooseWord } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { componentsOption, NO_BACKUP, typeOption, usageOption } from '../../cli/new-key-options.ts'
import { type ChangeOptions, NEW_KEY_ACCEPTS, repeated, wholeNumber, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { add } from '../../domain/hints.ts'
import type { KeyType, Usage } from '../../domain/keys.ts'
import { type KeyName, label, parseKeyName, parseTimeOrDay, type Time } from '../../domain/names.ts'
import { isOfKeys } from '../../domain/plan-shapes.ts'
import { typesMadeBy } from '../../domain/profile.ts'
import { counted } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'
import { issue } from './import/components.ts'

interface Options extends ChangeOptions, AbsentOptions {
  type?: KeyType
  usage?: Usage[]
  count?: number
  backup: boolean
  activateAt?: Time
  issueComponents?: number
  componentFile: string[]
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('generate'), NEW_KEY_ACCEPTS)),
    `keyrite key generate payments/log-mac --type hmac-sha256 ${SHARES}`,
    "keyrite key generate payments/tenant --type aes-256 --count 12 --reason 'the new tenants'",
    'keyrite key generate partner/kek --type aes-256 --issue-components 2 --component-file one --component-file two ' +
      SHARES,
    'keyrite key generate payments/next --type ec-p256 --usage sign --activate-at 2099-01-01T00:00:00Z',
  )
    .summary('a new key, or many of a kind')
    .description(
      'Generates a key in the HSM when M custodians approve it. It is named NAME#1. ' +
        'With --count 8 or more the token works in up to four sessions at a time. ' +
        'With --issue-components it is made of components on this machine: each is shown to one person alone, who writes it down and types it back. The plan shows the check values of all of them and of the key, and the ledger keeps for good that it was in the clear here.',
    )
    .argument('[name]', 'name of the key', parseKeyName)
    .addOption(typeOption())
    .addOption(usageOption())
    .option('--count <n>', 'make NAME-1 to NAME-N, up to 100000', wholeNumber('--count', 1, 100_000))
    .option(
      '--activate-at <time>',
      'pre-active until this time or day (UTC), like 2026-12-01T06:00:00Z',
      parseTimeOrDay,
    )
    .option(...NO_BACKUP)
    .addOption(componentsOption('--issue-components', 'make it of so many components, each for one person'))
    .addOption(
      repeated('--component-file <file>', 'write a component into this new file instead of showing it; repeatable'),
    )
    .action((name: KeyName | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: KeyName | undefined, options: Options, command: Command, context: Context): Promise<void> {
  checkTogether(options)
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { terminal } = work
  const name = given ?? (await askFor('name of the new key:', add('NAME'), parseKeyName, terminal))
  if (options.issueComponents !== undefined) return await issue(name, options.issueComponents, options, work)
  const type =
    options.type ?? (await chooseWord('type:', add('--type', 'TYPE'), typesMadeBy(work.history.profile), terminal))
  const request = requestOf(name, { ...options, type })
  const plan = planGeneration(request, work.history, await work.planInputs(options))
  using approved = await work.approve(plan, options, async (opened) =>
    checkAbility(request, await work.abilities(opened, [request.type])),
  )
  if (!approved) return
  using progress = work.terminal.progress('keys made', plan.names.length)
  const result = await approved.carryOut(generateKeys(plan, (done) => progress.at(done)))
  work.terminal.answer(changeReport(told(result), result))
}

/** USAGE */
function checkTogether({ issueComponents, componentFile, count, activateAt }: Options): void {
  if (issueComponents === undefined && componentFile.length > 0)
    throw usage('--component-file is for components, and the key has none', add('--issue-components', 'N'))
  const [other] = [count && '--count', activateAt && '--activate-at'].filter(Boolean)
  if (issueComponents !== undefined && other)
    throw usage(`a key of components is one, and active at once`, `the same command without ${other}`)
}

const requestOf = (
  name: KeyName,
  { type, usage, count, backup, activateAt, accept }: Options & { type: KeyType },
): GenerateRequest => ({
  name,
  type,
  backup,
  accepted: accept.filter(isOfKeys),
  ...(usage ? { usage } : {}),
  ...(count === undefined ? {} : { count }),
  ...(activateAt ? { activateAt } : {}),
})

function told({ keys }: Result): string {
  const [first] = keys
  if (keys.length === 1)
    return `generated ${label(first!.name, first!.version)}: ${first!.state}, ${first!.fingerprint}`
  return `generated ${counted(keys.length, 'key')}, ${first!.name} to ${keys.at(-1)!.name}: ${first!.state}`
}
