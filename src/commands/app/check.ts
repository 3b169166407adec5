// keyrite app check: what applications have, held against the ledger; by the custodians, or by the host of an application alone.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { closedBy } from '../../change/application-pin.ts'
import { KeysAtHand } from '../../change/copies/keys-at-hand.ts'
import { NOT_OURS } from '../../change/copies/with-copies.ts'
import { knownApplication } from '../../change/known-application.ts'
import {
  type AppFinding,
  ApplicationsCheck,
  checkedCopies,
  isWrong,
  planAppCheck,
  plannedWhole,
} from '../../change/operations/check-applications.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { MODULE, SHARES, withExamples } from '../../cli/examples.ts'
import { withMembersToo } from '../../cli/member-options.ts'
import { type ModuleOptions, withModule } from '../../cli/module-settings.ts'
import {
  type ChangeOptions,
  givenPinOption,
  repeatable,
  type SourceOptions,
  withPlan,
  withSource,
} from '../../cli/options.ts'
import { type KeyriteError, notVerified, usage } from '../../domain/errors.ts'
import { add, apart, type Hint, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { parseApplicationName } from '../../domain/names.ts'
import { counted, listed } from '../../domain/words.ts'
import { loginWithPinFile } from '../../session/application-pin.ts'
import { ApplicationTokens, inspectingApplications } from '../../session/application-tokens.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import type { Terminal } from '../../terminal/port.ts'
import { line, marked } from '../../terminal/text.ts'
import { changeReport } from '../../views/report.ts'
import { toTheMinute } from '../../views/words.ts'

interface Options extends ChangeOptions, Omit<SourceOptions, 'checkpoint'>, ModuleOptions {
  absent: string[]
  checkpoint: string[] | false
  all?: boolean
  pinFile?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withModule(
      withMembersToo(withSource(withPlan(parent.command('check')).addOption(givenPinOption()))),
      'with --pin-file: the PKCS#11 library of the token (KEYRITE_MODULE)',
    ),
    `keyrite app check web ${SHARES}`,
    `keyrite app check --all ${SHARES}`,
    `keyrite app check web --pin-file web.pin ${MODULE}`,
  )
    .summary("hold applications' tokens against the ledger")
    .description(
      'Logs in to the token of each application, has every copy prove that it is the key of the ledger with the usage that it was given, and names what is missing, ' +
        'changed, came back, or is of somebody else and has the label of a copy, or, a certificate of another key, its id. Changes nothing, and the ledger keeps what was found. Exit code 5 where something is not as it should be. With ' +
        '--pin-file the host of an application looks by itself, day by day: no share is needed, and nothing is recorded.',
    )
    .argument('[app...]', 'names of applications', repeatable(parseApplicationName))
    .option('--all', 'every application')
    .option('--pin-file <file>', 'the PIN of the one application, by which its own host looks')
    .action((names: string[] | undefined, options: Options, command: Command) =>
      run([...new Set(names ?? [])].sort(), options, command, context),
    )
}

async function run(names: readonly string[], options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  if (options.pinFile !== undefined) return lookAlone(names, options.pinFile, options, globals, context)
  await using work = new ChangeSession(context, globals)
  const { history, terminal } = work
  const { checkpoint: notes, ...asked } = options
  const checkpoint = notes === false ? false : notes.at(-1)
  const inputs = await work.planInputs({ ...asked, ...(checkpoint === undefined ? {} : { checkpoint }) })
  const apps = []
  const inspected = inspectingApplications(work)
  for (const app of chosen(names, options, history)) {
    const closed = closedBy(app, history)
    // Among all it is one that nobody can look at.
    if (closed && !options.all) throw closed
    apps.push({ app, module: await inspected(app.name) })
  }
  const plan = planAppCheck(apps, history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  await using tokens = new ApplicationTokens(work)
  const check = new ApplicationsCheck(plan, tokens.opened(approved.credentials))
  const result = await approved.carryOut(check)
  const { findings, failure } = check
  say(findings, terminal)
  const data = { ...result, findings }
  const wrong = findings.find(isWrong)
  if (wrong) throw notAsWished(wrong, findings).with({ data })
  if (failure) throw failure.with({ data, hint: failure.hint ?? keyrite('app', 'list') })
  const told = `${listed(plan.apps.map(({ name }) => name))}: every copy is as the ledger wishes`
  terminal.answer(changeReport(told, data, 'proven'))
}

/** USAGE. */
function chosen(names: readonly string[], { all = false }: Options, history: History) {
  if (all === names.length > 0)
    throw usage(
      all ? 'names and --all: which of the two' : 'which application is to be looked at',
      keyrite('app', 'list'),
    )
  return all ? history.applications.live : names.map((name) => knownApplication(name, history))
}

function say(findings: readonly AppFinding[], terminal: Terminal): void {
  const rows = findings.map((finding) => [
    finding.app,
    marked(finding.kind, isWrong(finding) ? 'bad' : 'warning'),
    finding.what,
  ])
  if (rows.length > 0) terminal.say({ head: ['application', 'finding', 'what'], rows })
}

/** APP-CONTENT. */
function notAsWished({ app, kind, what }: AppFinding, findings: readonly AppFinding[]): KeyriteError {
  const wrong = findings.filter(isWrong)
  const more = wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : ''
  const names = [...new Set(wrong.map((one) => one.app))]
  return notVerified('APP-CONTENT', `${app}: ${kind}: ${what}${more}`, wayOn(wrong, keyrite('app', 'sync', ...names)))
}

/** What is not ours no command of ours takes away. */
function wayOn(wrong: readonly AppFinding[], sync: Hint): Hint {
  const theirs = wrong.filter(({ kind }) => kind === 'look-alike').length
  return apart(...(theirs > 0 ? [NOT_OURS] : []), ...(theirs < wrong.length ? [sync] : []))
}

/** What came to the token since then is foreign to it, and what went is missing. */
const mayBeOlder = ({ seq, time }: History): string =>
  `this copy of the ledger ends with record ${seq}, of ${toTheMinute(time)}: of what was done on the token since then it tells nothing`
const NEWER_COPY =
  'where it is an older copy, bring a newer one: ledger.jsonl of the home, or FILE.ledger of a newer backup'

/** The host of an application has a ledger, or a copy of it, and the PIN that it was handed. */
async function lookAlone(
  [name, ...others]: readonly string[],
  pinFile: string,
  options: Options,
  globals: Globals,
  context: Context,
): Promise<void> {
  if (name === undefined || others.length > 0 || options.all)
    throw usage('a PIN is that of one application: name it', add('APP'))
  const { history, goesOn } = openSource({ ...options, checkpoint: options.checkpoint || [] }, globals, context)
  const app = knownApplication(name, history)
  const given = options.module ?? (context.env.KEYRITE_MODULE || undefined)
  const reaching = { module: given && resolve(given), profile: options.profile, pinFile }
  await using session = await loginWithPinFile(app, reaching, history, globals, context)
  const planned = plannedWhole({ app, module: app.module })
  const { copies, findings } = await checkedCopies(planned, session.user, new KeysAtHand(history))
  const terminal = terminalOf(globals, context)
  say(findings, terminal)
  if (options.ledger !== undefined && findings.length > 0) terminal.warn(mayBeOlder(history), NEWER_COPY)
  const data = { app: name, copies: copies.map(({ proof: _, ...copy }) => copy), findings, ...openOf(history, goesOn) }
  const wrong = findings.find(isWrong)
  if (wrong)
    throw notAsWished(wrong, findings).with({
      data,
      hint: wayOn(findings.filter(isWrong), to('the custodians make it right', keyrite('app', 'sync', name))),
    })
  terminal.answer({
    data,
    text: line(marked(`${name}: ${counted(copies.length, 'copy', 'copies')} as the ledger has them`, 'proven')),
  })
}
