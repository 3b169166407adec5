// A change that reaches the tokens of applications: how they are reached, and how it is carried out on the partition's token and on theirs.

import { closedBy } from '../change/application-pin.ts'
import type { Reaching } from '../change/copies/wishes.ts'
import { type CopiesPlan, type CopyWork, lookAlikes, type Told, withCopies } from '../change/copies/with-copies.ts'
import { type Result, reported } from '../change/execute.ts'
import type { Operation } from '../change/operation.ts'
import type { PlannedApp } from '../domain/application-shapes.ts'
import { reachedApps } from '../domain/copies.ts'
import { foundSentence } from '../domain/found-words.ts'
import { add, apart, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KnownApplication } from '../domain/known-application.ts'
import { Secret } from '../domain/secret.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { tokenName } from '../domain/token-address.ts'
import { listed } from '../domain/words.ts'
import type { Terminal } from '../terminal/port.ts'
import { ApplicationTokens, inspectingApplications } from './application-tokens.ts'
import type { ApprovedWork, ChangeSession } from './change-session.ts'

/** SECRET-LOST. How these applications are reached from this host; of one that is left out, as the ledger has it. `without`: undefined where none can be. */
export async function reachingFrom(
  apps: readonly KnownApplication[],
  without: readonly string[] | undefined,
  work: ChangeSession,
): Promise<Reaching> {
  const modules = new Map<string, PlannedApp['module'] | Error>()
  const inspected = inspectingApplications(work)
  const moduleOf = async (app: KnownApplication): Promise<PlannedApp['module'] | Error> => {
    const { name, module } = app
    if (without?.includes(name)) return { path: module.path, sha256: module.sha256 }
    const closed = closedBy(app, work.history)
    if (!closed) return await inspected(name).catch(failureFrom)
    return without ? closed.with({ hint: apart(closed.hint!, to('or leave it out', add('--without', name))) }) : closed
  }
  for (const app of apps) modules.set(app.name, await moduleOf(app))
  return {
    without: without ?? [],
    reached({ name, token }) {
      const module = modules.get(name)!
      if (module instanceof Error) throw module
      return { token: tokenName(token), module }
    },
  }
}

/** What reaches the tokens of applications as long as a change lasts. */
export class CopiesAtWork implements AsyncDisposable, CopyWork {
  readonly transfer: Secret
  readonly told: Told[] = []
  hasChanged = false
  readonly applications: CopyWork['applications']
  readonly #tokens: ApplicationTokens

  constructor(
    work: ChangeSession,
    { credentials }: ApprovedWork,
    readonly progress?: (done: number) => void,
  ) {
    this.transfer = new Secret(work.context.sources.random(32))
    this.#tokens = new ApplicationTokens(work)
    this.applications = this.#tokens.opened(credentials)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.transfer[Symbol.dispose]()
    await this.#tokens[Symbol.asyncDispose]()
  }
}

/** `vault`: the change of the partition's own token. */
export async function carryOutWithCopies(
  plan: CopiesPlan,
  vault: Operation,
  approved: ApprovedWork,
  work: ChangeSession,
): Promise<Result & { apps?: readonly Told[] }> {
  const apps = reachedApps(plan)
  if (apps.length === 0) return approved.carryOut(vault)
  using progress = work.terminal.progress('applications', apps.length)
  await using copies = new CopiesAtWork(work, approved, (done) => progress.at(done))
  const result = await approved.carryOut(withCopies(plan, vault, copies))
  const left = apps.flatMap(({ name, without }) => (without ? [name] : []))
  if (left.length > 0)
    work.terminal.warn(
      `${listed(left)} ${left.length === 1 ? 'was' : 'were'} left out`,
      keyrite('app', 'sync', ...left),
    )
  warnOfFound(copies.told, work.terminal)
  const done = { ...result, apps: copies.told }
  const wrong = plan.op === 'app.sync' ? lookAlikes(copies) : undefined
  if (wrong) throw wrong.with({ data: reported('', done) })
  return done
}

export function warnOfFound(told: readonly Told[], terminal: Terminal): void {
  for (const { app, found = [] } of told)
    if (found.length > 0) terminal.warn(`found on the token of ${app}: ${listed(found.map(foundSentence))}`)
}

/** Live applications that have a version of one of these names. */
export const applicationsWith = (names: readonly string[], { applications }: History): KnownApplication[] =>
  applications.live.filter(({ copies }) => [...copies.values()].some(({ name }) => names.includes(name)))

/** Whoever works with a copy that came or went looks for it anew. */
export const RELOAD = 'clients that run there have to reload their keys'
