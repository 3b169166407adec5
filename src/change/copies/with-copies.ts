// A change of keys that applications have copies of: the vault's part first, then each application's token, made what the plan wishes.
// One that can't be reached holds nobody up: its copies are unproven then, and `app sync` comes later.

import type { DeliverPlan, PromotePlan, PublishPlan, SyncPlan, WithdrawPlan } from '../../domain/application-plans.ts'
import type { CopyReport, PlannedApp } from '../../domain/application-shapes.ts'
import { keysAfter, reachedApps } from '../../domain/copies.ts'
import { incomplete, type KeyriteError, notVerified } from '../../domain/errors.ts'
import { foundIn } from '../../domain/found-words.ts'
import { add, apart, type Hint, keyrite, to } from '../../domain/hints.ts'
import type { ManifestPlan } from '../../domain/manifest-plan.ts'
import { type IntentPlan, plannedKeys, STATE_OPS, type StatePlan } from '../../domain/plan.ts'
import type { NewRecord } from '../../domain/record.ts'
import type { Secret } from '../../domain/secret.ts'
import { failureFrom } from '../../domain/system-failure.ts'
import { listed } from '../../domain/words.ts'
import { newPin } from '../application-pin.ts'
import { loginWrapping } from '../login-wrapping.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import type { Applications } from '../ports.ts'
import { KeysAtHand } from './keys-at-hand.ts'
import { copiesRecords } from './look.ts'
import { checkProvable, copyAsUsed } from './provable.ts'
import { type Crossed, seatWishes } from './seat-copies.ts'

/** A plan that may concern applications. */
export type CopiesPlan = DeliverPlan | WithdrawPlan | SyncPlan | PublishPlan | PromotePlan | StatePlan | ManifestPlan

/** What a change needs besides, to reach the tokens of applications. */
export interface CopyWork {
  applications: Applications
  /** The key that the keys travel under: 32 random bytes that both tokens hold as long as their sessions last. */
  transfer: Secret
  /** What was done, for the report. */
  told: Told[]
  /** Something was, be it to keys or to copies. */
  hasChanged: boolean
  progress?: ((done: number) => void) | undefined
}

/** Of one application. `found`: what else was on its token, in words. */
export interface Told {
  app: string
  copies: Omit<CopyReport, 'proof'>[]
  found?: string[]
}

const REACHES: readonly string[] = [
  'key.deliver',
  'key.withdraw',
  'app.sync',
  'key.publish',
  'key.promote',
  'manifest.apply',
  ...STATE_OPS,
]

/** What takes usage away is held up by no copy. */
const isOfState = ({ op }: CopiesPlan): boolean => (STATE_OPS as readonly string[]).includes(op)

/** Carried out, and recovered, with both roles: keys are brought somewhere. */
export const reachesCopies = (plan: IntentPlan): plan is CopiesPlan => REACHES.includes(plan.op) && 'apps' in plan

/** `vault`: the change of the partition's own token. Without applications it is the whole change. */
export function withCopies(plan: CopiesPlan, vault: Operation, work: CopyWork): Operation {
  const apps = reachedApps(plan)
  if (apps.length === 0) return vault
  const reached = apps.filter(({ without }) => !without)
  return {
    login: (...opened) => loginWrapping(work.transfer, ...opened),
    transfer: async () => work.transfer.clone(),
    async check(session, history) {
      await vault.check?.(session, history)
      const after = keysAfter(plan, history.keys)
      for (const app of reached) {
        const wished = isOfState(plan) ? [] : app.copies.filter((copy) => copy.wished)
        const copies = wished.map((copy) => copyAsUsed(copy, after))
        const can = await work.applications.look(app, copies).catch((error) => orWithout(error, app, plan))
        checkProvable(app, wished, can, history)
      }
    },
    async run(context) {
      return seated(await vault.run(context), apps, context, work)
    },
    async determineOutcome(context) {
      const now = (await vault.determineOutcome?.(context)) ?? { changed: false, keys: [] }
      return isWhole(plan, now) ? seated(now, apps, context, work) : now
    },
  }
}

/** What the others need is not held up. */
function orWithout(error: unknown, { name }: PlannedApp, { op }: CopiesPlan): never {
  const failure = failureFrom(error)
  if (failure.code !== 'APP-PRESENT' || op === 'key.deliver' || op === 'key.withdraw') throw failure
  throw failure.with({
    hint: apart(to('to leave it out', add('--without', name)), ...(failure.hint ? [failure.hint] : [])),
  })
}

/** Copies follow a change of keys that came to its end; of another they stay as they are. */
const isWhole = (plan: CopiesPlan, { keys }: Effects): boolean => {
  const planned = plannedKeys(plan)
  return planned.every((target) =>
    keys.some(
      ({ id, state, published }) => id === target.id && state === target.state && published === target.published,
    ),
  )
}

async function seated(
  done: Effects,
  apps: readonly PlannedApp[],
  { session, history, intent }: OperationContext,
  work: CopyWork,
): Promise<Effects> {
  const { applications, transfer, told, progress } = work
  const before: NewRecord[] = []
  const failed: Failed[] = []
  const keys = new KeysAtHand(history, done.keys)
  const wrapped: Map<string, Crossed> = new Map()
  let touched = false
  let seen = 0
  // A function of its own: as it is built for node 20, `using` in a loop that catches would fail again for every turn after the first that failed.
  const seat = async (app: PlannedApp): Promise<void> => {
    const { wraps } = history.applications.named(app.name)!
    const pin = await applications.follow(app)
    if (pin) {
      touched = true
      before.push({ type: 'app.pin', intent: intent.leaf, app: app.name, pin })
    }
    await using application = await applications.login(app)
    const crossing = { keys, vault: session, application, transfer, wraps, wrapped }
    const { copies, found, problems } = await seatWishes(app, crossing, () => {
      touched = true
    })
    const more = found.length > 0 ? { found } : {}
    told.push({ app: app.name, copies: copies.map(({ proof: _, ...copy }) => copy), ...more })
    before.push(...copiesRecords(app.name, intent, { copies, found }))
    if (problems.length > 0) failed.push({ app: app.name, failure: inTheWay(problems) })
  }
  for (const app of apps) {
    if (app.without) continue
    try {
      await seat(app)
    } catch (error) {
      failed.push({ app: app.name, failure: failureFrom(error) })
    }
    progress?.(++seen)
  }
  const changed = done.changed || touched
  work.hasChanged = changed
  const records = changed || failed.length === 0 ? { before: [...(done.before ?? []), ...before] } : {}
  return { ...done, changed, ...records, ...(failed.length > 0 ? { partly: partly(failed, changed) } : {}) }
}

interface Failed {
  app: string
  failure: KeyriteError
}

/** COPY-LABEL. */
const inTheWay = (problems: readonly string[]): KeyriteError => notVerified('COPY-LABEL', listed(problems), NOT_OURS)

/** We touch nothing that is not ours. */
export const NOT_OURS = 'remove it, or have its owner name it otherwise'

/** COPY-LABEL: what is of others, and a client may take for a copy or its certificate, though every copy is right. Undefined where there are none. */
export function lookAlikes({ told, hasChanged }: Pick<CopyWork, 'told' | 'hasChanged'>): KeyriteError | undefined {
  const all = told.flatMap(({ app, found = [] }) =>
    found.map(foundIn).flatMap(({ kind, what }) => (kind === 'look-alike' ? [`${app}: ${what}`] : [])),
  )
  if (all.length === 0) return undefined
  const why = `what the ledger does not know has the label or the id of a copy: ${listed(all)}`
  return (hasChanged ? incomplete : notVerified)('COPY-LABEL', why, NOT_OURS)
}

/** Where nothing changed its wishes are as they were, and the command is given again. */
function partly(failed: readonly Failed[], changed: boolean): KeyriteError {
  const [{ failure }] = failed as readonly [Failed]
  const why = failed.map(({ app, failure: { message } }) => `${app}: ${message}`).join('; ')
  if (!changed) return failure.with({ message: why })
  const names = failed.map(({ app }) => app)
  const message = `not everything is done at ${listed(names)}, or nobody could prove it: ${why}`
  return incomplete(failure.code, message, wayOn(failed))
}

/** A token that nothing opens any more needs a PIN of today first. */
function wayOn(failed: readonly Failed[]): Hint {
  const sync = keyrite('app', 'sync', ...failed.map(({ app }) => app))
  const closed = failed.flatMap(({ app, failure }) => (failure.code === 'SECRET-LOST' ? [app] : []))
  return closed.length === 0 ? sync : to('a new PIN first', newPin(...closed), sync)
}
