// The end of an application: its token is erased, or where its PIN is another's the copies go one by one; or it is lost, and the ledger says what it may still hold.
import type { AppRetirePlan } from '../../domain/application-plans.ts'
import type { PlannedApp } from '../../domain/application-shapes.ts'
import { deviceFailed, type KeyriteError, notVerified } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KnownApplication } from '../../domain/known-application.ts'
import { escaped } from '../../domain/names.ts'
import type { NewRecord } from '../../domain/record.ts'
import type { Group } from '../../domain/shapes.ts'
import { addressName, addressOf, type TokenAddress } from '../../domain/token-address.ts'
import type { Hsm, Pin, Role, SlotFacts, TokenFacts } from '../../hsm/port.ts'
import { soHolders } from '../application-so.ts'
import { KeysAtHand } from '../copies/keys-at-hand.ts'
import { bareReport, copiesRecords } from '../copies/look.ts'
import { seatWishes } from '../copies/seat-copies.ts'
import type { Credentials, SetName } from '../credentials.ts'
import { checkEmpty } from '../empty-token.ts'
import { checkNoneOpen } from '../open-intent.ts'
import { openingPin } from '../opening-pin.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { Applications } from '../ports.ts'
import { faultsIn, seenNow, slotWith } from '../slots.ts'
import { opensAsSo } from '../so-pin.ts'
import { plannedWhole, type ReachedApp } from './check-applications.ts'

export function planAppRetirement(
  reached: ReachedApp,
  lost: boolean,
  history: History,
  inputs: PlanInputs,
): AppRetirePlan {
  checkNoneOpen(history)
  const app = plannedWhole(reached)
  const copies = app.copies.map(({ certificate: _, ...copy }) => ({ ...copy, wished: false, usage: [] }))
  return {
    ...planHeader('app.retire', history, inputs),
    apps: [{ ...app, copies }],
    ...(lost ? { lost } : {}),
  }
}

export interface AppEnding {
  credentials: Credentials
  applications: Applications
  /** The library behind which its token is, whatever has become of that. */
  library(app: PlannedApp): Promise<{ hsm: Hsm; slots: SlotFacts[] }>
}

export function retireApplication(plan: AppRetirePlan, work: AppEnding): Operation {
  const [planned] = plan.apps as [PlannedApp]
  return {
    async check() {
      if (!plan.lost) await work.applications.look(planned)
    },
    run: (context) => ended(plan, context, work),
    determineOutcome: (context) => ended(plan, context, work),
  }
}

/** Begun or interrupted, it is gone through with: what it takes away it finds by the ids and the label of the plan. */
export async function ended(plan: AppRetirePlan, context: OperationContext, work: AppEnding): Promise<Effects> {
  const [planned] = plan.apps as [PlannedApp]
  const app = context.history.applications.named(planned.name)!
  const end = { type: 'app.retired', intent: context.intent.leaf, app: app.name } as const
  if (plan.lost) return { changed: true, keys: [], before: [{ ...end, token: 'lost' }] }
  if (app.pin.kind === 'given') return left(planned, app, context, work)
  await eraseToken(planned, app, context.history.groups, work)
  return { changed: true, keys: [], before: [...gone(planned, context), { ...end, token: 'erased' }] }
}

const gone = ({ name, copies }: PlannedApp, { history, intent }: OperationContext): NewRecord[] => {
  const keys = new KeysAtHand(history)
  return copiesRecords(name, intent, { copies: copies.map((target) => bareReport(target, 'absent', keys)) })
}

/** Its administrator keeps the token, and what else is on it. */
async function left(
  planned: PlannedApp,
  { name, wraps }: KnownApplication,
  { session, history, intent }: OperationContext,
  { applications }: AppEnding,
): Promise<Effects> {
  await using application = await applications.login(planned)
  const keys = new KeysAtHand(history)
  // Nothing is brought: no key has to travel.
  const crossing = { keys, vault: session, application, transfer: undefined, wraps }
  const { copies, found } = await seatWishes(planned, crossing, () => undefined)
  const told = copiesRecords(name, intent, { copies, found })
  const remaining = copies.filter(({ state }) => state !== 'absent').length
  if (remaining > 0) return { changed: true, keys: [], before: told, partly: stillThere(name, remaining) }
  return {
    changed: true,
    keys: [],
    before: [...told, { type: 'app.retired', intent: intent.leaf, app: name, token: 'left' }],
  }
}

const stillThere = (name: string, count: number): KeyriteError =>
  notVerified('APP-CONTENT', `${name}: ${count} of its copies are still there`, keyrite('app', 'check', name))

/** The name that an erased token gets: by it a recovery knows that C_InitToken was done. */
const retiredLabel = ({ id }: PlannedApp): string => `retired-${id}`

/** C_InitToken, under the SO PIN of the shares, by which it can be taken again; the user PIN is the next one, which nobody was given. */
async function eraseToken(
  planned: PlannedApp,
  app: KnownApplication,
  groups: readonly Group[],
  { credentials, library }: AppEnding,
): Promise<void> {
  const { hsm, slots } = await library(planned)
  const label = retiredLabel(planned)
  const found = slotWith({ serial: app.token.serial, label }, slots) ?? slotWith(addressOf(app.token), slots)
  const { token, slot } = found ?? { token: undefined, slot: 0 }
  if (!token || ![label, app.token.label].includes(token.label)) throw away(app, slots)
  const generation = app.pin.kind === 'derived' ? app.pin.generation + 1 : 1
  const pinFor = (role: Role, set?: SetName): Promise<Pin> =>
    credentials.applicationPin(role, { id: app.id, generation }, set)
  const so = await pinFor('so')
  using _so = so.bytes
  const user = await pinFor('user')
  using _user = user.bytes
  const now = await openingPin(
    soHolders(app, groups),
    (set) => pinFor('so', set),
    (pin) => opensAsSo(addressOf(token), pin, hsm),
  )
  using _now = now?.bytes
  if (!now)
    throw notVerified(
      'APP-TOKEN',
      `the SO PIN of the token ${escaped(token.serial)} is not that of the shares`,
      LOST(app.name),
    )
  const fresh = token.label === label ? token : await hsm.initToken(slot, now, label, addressOf(app.token))
  const address = addressOf(fresh)
  await hsm.setPins(address, now, so, user)
  await checkErased(address, fresh, user, hsm)
}

async function checkErased(address: TokenAddress, { label }: TokenFacts, user: Pin, hsm: Hsm): Promise<void> {
  await using session = await hsm.login(address, user)
  await checkEmpty(session)
  const now = (await seenNow(address, hsm))?.label
  if (now !== label)
    throw deviceFailed('TOKEN-AS-ASKED', `the token ${escaped(addressName(address))} is not called ${label}`)
}

const away = ({ name, token }: KnownApplication, slots: readonly SlotFacts[]): KeyriteError =>
  deviceFailed(
    'APP-PRESENT',
    `the token ${escaped(token.serial)} of ${name} is not there${faultsIn(slots)}`,
    LOST(name),
  )

const LOST = (name: string) => to('where it is gone for good', keyrite('app', 'retire', name, '--lost'))
