// keyrite app pin: the PIN of an application once more, or the next one.
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { knownApplication } from '../../change/known-application.ts'
import { handOverPins, planPins } from '../../change/operations/hand-over-pins.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { checkFolder } from '../../cli/paths.ts'
import { usage } from '../../domain/errors.ts'
import { add } from '../../domain/hints.ts'
import { parseApplicationName } from '../../domain/names.ts'
import { counted, listed } from '../../domain/words.ts'
import { ApplicationTokens, inspectingApplications } from '../../session/application-tokens.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'
import { type PinOptions, recipientsIn, withPinFile } from './pin-options.ts'

interface Options extends ChangeOptions, PinOptions {
  new?: boolean
}

export function declare(parent: Command, context: Context): void {
  const command = withExamples(
    withMembers(withPlan(parent.command('pin'))),
    `keyrite app pin web --pin-out web-again.pin ${SHARES}`,
    `keyrite app pin web --new --pin-out web-2.pin ${SHARES}`,
  )
    .summary("hand an application's PIN over once more, or a new one")
    .description(
      'Writes the PIN of an application into a new file; of several applications one file each, NAME.pin, into a folder. With --new the next PIN takes its ' +
        'place, which the SO of the custodians sets: an application that runs goes on, and needs the new PIN when it starts anew; one that starts again and again with the ' +
        'old PIN locks its token. A PIN that somebody changed on the token is set again.',
    )
    .argument('<app...>', 'names of applications', (text: string, before: string[] = []) => [
      ...before,
      parseApplicationName(text),
    ])
    .option('--new', 'the next PIN: the one before opens the token no more')
  withPinFile(command).action((names: string[], options: Options, command: Command) =>
    run([...new Set(names)].sort(), options, command, context),
  )
}

async function run(names: readonly string[], options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  await using work = new ChangeSession(context, globals)
  const { history, terminal } = work
  const known = names.map((name) => knownApplication(name, history))
  const recipients = recipientsIn(options, context.quorum)
  const pinFile = resolve(pinOut(options, names))
  const fileOf = (name: string): string => (names.length === 1 ? pinFile : join(pinFile, `${name}.pin`))
  context.ledgers.checkFree(names.map(fileOf), globals.home)
  context.quorum.checkPinFolder(fileOf(names[0]!), recipients)
  const inputs = await work.planInputs(options)
  const apps = []
  const inspected = inspectingApplications(work)
  for (const app of known) apps.push({ app, module: await inspected(app.name) })
  const plan = planPins({ apps, renews: options.new === true, pinFile, recipients }, history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  await using tokens = new ApplicationTokens(work)
  const { credentials } = approved
  const { writePin, removeShareFile: dropPin } = context.quorum
  const operation = handOverPins(plan, { credentials, open: (app) => tokens.open(app), fileOf, writePin, dropPin })
  const result = await approved.carryOut(operation)
  const files = names.map((name) => ({ app: name, file: fileOf(name) }))
  const told = `${listed(names)}: ${options.new ? 'a new PIN' : 'the PIN'} is in ${names.length === 1 ? options.pinOut : `the folder ${options.pinOut}`}`
  const sealed = recipients.length > 0 ? `, sealed for ${counted(recipients.length, 'recipient')}` : ''
  terminal.answer({ ...changeReport(`${told}${sealed}`, result), data: { ...result, pins: files } })
}

/** INPUT-MISSING, FILE-FOLDER: a file, or for several applications a folder that is there. */
function pinOut({ pinOut: path }: Options, names: readonly string[]): string {
  if (path === undefined) throw usage('where the PIN goes is not given', add('--pin-out', 'FILE'), 'INPUT-MISSING')
  if (names.length > 1) checkFolder(path, 'the PINs of several applications')
  return path
}
