// An application gets another token for the one that died, or was lost: initialised as the first one, and then brought whatever it is wished to have.
import type { AppReplacePlan } from '../../domain/application-plans.ts'
import type { PlannedApp } from '../../domain/application-shapes.ts'
import { incomplete, type KeyriteError } from '../../domain/errors.ts'
import { isOfCopy } from '../../domain/found-words.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { type KnownApplication, wishesOf } from '../../domain/known-application.ts'
import { label } from '../../domain/names.ts'
import type { Secret } from '../../domain/secret.ts'
import { failureFrom } from '../../domain/system-failure.ts'
import { tokenName } from '../../domain/token-address.ts'
import { KeysAtHand } from '../copies/keys-at-hand.ts'
import { copiesRecords } from '../copies/look.ts'
import { seatWishes } from '../copies/seat-copies.ts'
import { loginWrapping } from '../login-wrapping.ts'
import type { NewApplicationToken } from '../new-application-token.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import type { PlanInputs } from '../plan-header.ts'
import { applicationOutcome, initialised, newTokenPlan, type WantedApplication } from './init-application.ts'

/** A key that is destroyed can be brought nowhere. */
export function planReplacement(
  app: KnownApplication,
  wanted: WantedApplication,
  history: History,
  inputs: PlanInputs,
): AppReplacePlan {
  checkNoneOpen(history)
  const copies = wishesOf(app).filter(
    ({ name, version, wished }) => wished && history.key(name, version)?.state !== 'destroyed',
  )
  return { ...newTokenPlan('app.replace', wanted, history, inputs), replaces: app.id, copies }
}

export function replaceApplication(plan: AppReplacePlan, token: NewApplicationToken, transfer: Secret): Operation {
  return {
    login: (...opened) => loginWrapping(transfer, ...opened),
    run: async (context) => brought(plan, token, transfer, context, await initialised(token, context.intent.leaf)),
    determineOutcome: (context) => replacementOutcome(plan, token, context.intent.leaf),
  }
}

/** The token is the application's once it is found; what it is to have comes by `app sync`. */
export async function replacementOutcome(
  { app: { name }, copies }: AppReplacePlan,
  token: NewApplicationToken,
  intent: string,
): Promise<Effects> {
  const done = await applicationOutcome(token, intent)
  if (!done.before || copies.length === 0) return done
  return { ...done, partly: notBrought(name, 'it was interrupted', 'INTERRUPTED') }
}

/** Once the token is the application's, a copy that can't be brought is unproven, and `app sync` comes later. */
async function brought(
  { app: { name, id }, spare, copies }: AppReplacePlan,
  token: NewApplicationToken,
  transfer: Secret,
  { session, history, intent }: OperationContext,
  done: Effects,
): Promise<Effects> {
  const added = done.before?.find((record) => record.type === 'app.added')
  if (added?.type !== 'app.added' || copies.length === 0) return done
  const { app } = added
  const planned: PlannedApp = { name, id, token: tokenName(app.token), module: spare.module, copies }
  try {
    await using application = await token.login(app)
    const crossing = { keys: new KeysAtHand(history), vault: session, application, transfer, wraps: app.wraps }
    const seating = await seatWishes(planned, crossing, () => undefined)
    const found = seating.found.filter((words) => !isOfCopy(words))
    const told = copiesRecords(name, intent, { copies: seating.copies, found })
    const [problem] = seating.problems
    const more = problem === undefined ? {} : { partly: notBrought(name, problem, 'COPY-LABEL') }
    return { ...done, before: [...(done.before ?? []), ...told], ...more }
  } catch (error) {
    const { message, code } = failureFrom(error)
    return { ...done, partly: notBrought(name, message, code) }
  }
}

const notBrought = (name: string, why: string, code: KeyriteError['code']): KeyriteError =>
  incomplete(code, `${name} has its new token, and not every key: ${why}`, keyrite('app', 'sync', name))

/** What it is to have again, for people. */
export const broughtInWords = ({ copies }: AppReplacePlan): string[] =>
  copies.map(({ name, version }) => label(name, version))
