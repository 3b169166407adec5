// What applications have, held against what the ledger wishes: each copy proved, by their user PINs. Nothing is changed, and nobody's client notices.
import type { AppCheckPlan } from '../../domain/application-plans.ts'
import type { CopyReport, PlannedApp } from '../../domain/application-shapes.ts'
import { EXIT, type KeyriteError, refused } from '../../domain/errors.ts'
import { type FoundKind, foundIn } from '../../domain/found-words.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { type KnownApplication, wishesOf } from '../../domain/known-application.ts'
import { label } from '../../domain/names.ts'
import type { NewRecord } from '../../domain/record.ts'
import { failureFrom } from '../../domain/system-failure.ts'
import { tokenName } from '../../domain/token-address.ts'
import type { UserSession } from '../../hsm/port.ts'
import { KeysAtHand } from '../copies/keys-at-hand.ts'
import { bareReport, copiesRecords, copyReports, foundInWords, lookAt } from '../copies/look.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { Applications } from '../ports.ts'

/** An application with the library behind which its token is. */
export interface ReachedApp {
  app: KnownApplication
  module: PlannedApp['module']
}

/** APP-KNOWN: there is one to look at. */
export function planAppCheck(apps: readonly ReachedApp[], history: History, inputs: PlanInputs): AppCheckPlan {
  checkNoneOpen(history)
  if (apps.length === 0) throw refused('APP-KNOWN', 'there is no application', keyrite('app', 'init', 'NAME'))
  return { ...planHeader('app.check', history, inputs), apps: apps.map(plannedWhole) }
}

/** With each wish that it has. */
export const plannedWhole = ({ app, module }: ReachedApp): PlannedApp => ({
  name: app.name,
  id: app.id,
  token: tokenName(app.token),
  module,
  copies: wishesOf(app),
})

/** What is not as the ledger has it. `kind`: what it was called in the look, or that nobody could look. */
export interface AppFinding {
  app: string
  kind: 'missing' | 'unproven' | 'remains' | 'unwished' | 'look-alike' | 'foreign' | 'more' | 'unreachable'
  what: string
}

export class ApplicationsCheck implements Operation {
  readonly findings: AppFinding[] = []
  /** Why an application could not be reached. */
  failure: KeyriteError | undefined

  constructor(
    readonly plan: AppCheckPlan,
    readonly applications: Applications,
  ) {}

  /** Asks for what somebody has to give. A token that is away holds up no look at the others. */
  async check(): Promise<void> {
    for (const app of this.plan.apps)
      await this.applications.look(app).catch((error) => {
        const { exit } = failureFrom(error)
        if (exit !== EXIT.device && exit !== EXIT.verification) throw error
      })
  }

  async run({ history, intent }: Parameters<Operation['run']>[0]): Promise<Effects> {
    const before: NewRecord[] = []
    for (const app of this.plan.apps) {
      before.push(...copiesRecords(app.name, intent, await this.#look(app, history)))
    }
    return { changed: false, keys: [], before }
  }

  async #look(app: PlannedApp, history: History): Promise<{ copies: CopyReport[]; found: string[] }> {
    const keys = new KeysAtHand(history)
    try {
      await using session = await this.applications.login(app)
      const seen = await checkedCopies(app, session, keys)
      this.findings.push(...seen.findings)
      return seen
    } catch (error) {
      this.failure ??= failureFrom(error)
      this.findings.push({ app: app.name, kind: 'unreachable', what: failureFrom(error).message })
      return { copies: app.copies.map((target) => bareReport(target, 'unproven', keys)), found: [] }
    }
  }
}

/** One token, as it is seen by whoever is logged in there. */
export async function checkedCopies(
  app: PlannedApp,
  session: UserSession,
  keys: KeysAtHand,
): Promise<{ copies: CopyReport[]; found: string[]; findings: AppFinding[] }> {
  const look = await lookAt(app, session, keys)
  const found = foundInWords(app, look, keys)
  const copies = copyReports(app, look, keys, ({ state, spec }) =>
    state.state === 'present'
      ? { state: 'present', attributes: state.facts.attributes, ...(spec.proof ? { proof: spec.proof } : {}) }
      : { state: state.state === 'absent' ? 'absent' : 'unproven', attributes: {} },
  )
  const findings = [
    ...copies.flatMap((copy, i) => findingOf(app.name, copy, app.copies[i]!.wished)),
    ...found.flatMap((words) => findingIn(app.name, words)),
  ]
  return { copies, found, findings }
}

function findingOf(app: string, copy: CopyReport, wished: boolean): AppFinding[] {
  const what = `${label(copy.name, copy.version)}, called ${copy.label}`
  if (!wished) return copy.state === 'absent' ? [] : [{ app, kind: 'remains', what }]
  if (copy.state === 'present') return []
  return [{ app, kind: copy.state === 'absent' ? 'missing' : 'unproven', what }]
}

function findingIn(app: string, words: string): AppFinding[] {
  const { kind, what } = foundIn(words)
  if (kind === undefined) return [{ app, kind: 'more', what }]
  return KINDS[kind] === undefined ? [] : [{ app, kind: KINDS[kind], what }]
}

/** What is lost or altered is told of by its copy. */
const KINDS: { readonly [kind in FoundKind]?: AppFinding['kind'] } = {
  foreign: 'foreign',
  'look-alike': 'look-alike',
  without: 'missing',
  'not wished': 'unwished',
}

/** What an application makes for itself is its own business; nobody's look is a fault of the device. */
export const isWrong = ({ kind }: AppFinding): boolean =>
  kind !== 'foreign' && kind !== 'more' && kind !== 'unreachable'
