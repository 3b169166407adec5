// An application gets a token: initialised under PINs of the custodians, with the user PIN handed over before.
import { appTokenLabel, newAppId } from '../../domain/application-id.ts'
import type { AppInitPlan } from '../../domain/application-plans.ts'
import { deviceFailed, refused } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { type NewApplicationToken, Unfit } from '../new-application-token.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation } from '../operation.ts'
import { type PlanInputs, planHeader, recordedModule } from '../plan-header.ts'

export interface WantedApplication {
  name: string
  slot: number
  /** The library behind which its token is. */
  module: { path: string; sha256: string }
  /** The name of an initialised token that is erased for it. */
  erases?: string
  pinFile: string
  /** In order. */
  recipients: readonly string[]
  /** Its PIN will be shorter than it should be. */
  shortPin: boolean
}

/** APP-NAME: a name is that of one application, as long as that lives. */
export function checkNewApplication(name: string, { applications }: History): void {
  if (!applications.named(name)) return
  throw refused('APP-NAME', `there is an application ${name} already`, keyrite('app', 'show', name))
}

export function planApplication(wanted: WantedApplication, history: History, inputs: PlanInputs): AppInitPlan {
  checkNoneOpen(history)
  checkNewApplication(wanted.name, history)
  return { ...newTokenPlan('app.init', wanted, history, inputs) }
}

/** What is alike in the plans of a first token and of one more. */
export function newTokenPlan<Op extends 'app.init' | 'app.replace'>(
  op: Op,
  { name, slot, module, erases, pinFile, recipients, shortPin }: WantedApplication,
  history: History,
  inputs: PlanInputs,
) {
  const header = planHeader(op, history, inputs)
  const id = newAppId(header.nonce, header.partition)
  const accepted = [...(header.accepted ?? []), ...(shortPin ? (['short-pin'] as const) : [])]
  return {
    ...header,
    ...(accepted.length > 0 ? { accepted } : {}),
    app: { name, id, label: appTokenLabel(name, id) },
    spare: { slot, module: recordedModule(module) },
    ...(erases === undefined ? {} : { erases }),
    pinFile,
    ...(recipients.length > 0 ? { recipients: [...recipients] } : {}),
  }
}

export const initApplication = (token: NewApplicationToken): Operation => ({
  run: ({ intent }) => initialised(token, intent.leaf),
  determineOutcome: ({ intent }) => applicationOutcome(token, intent.leaf),
})

/** TOKEN-AS-ASKED. */
export async function initialised(token: NewApplicationToken, intent: string): Promise<Effects> {
  await token.initialise()
  const added = await finished(token, intent).catch((error) => {
    throw error instanceof Unfit ? error.failure : error
  })
  if (added) return added
  throw deviceFailed('TOKEN-AS-ASKED', 'C_InitToken: CKR_OK, and no token has the label that it was given')
}

/** What was begun is gone through with, as far as the token lets us; what can't be an application's is left empty. */
export async function applicationOutcome(token: NewApplicationToken, intent: string): Promise<Effects> {
  try {
    return (await finished(token, intent)) ?? { changed: false, keys: [] }
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    return { changed: false, keys: [], notes: [error.left], aside: error.left }
  }
}

async function finished(token: NewApplicationToken, intent: string): Promise<Effects | undefined> {
  const app = await token.finish()
  return app && { changed: true, keys: [], before: [{ type: 'app.added', intent, app }] }
}
