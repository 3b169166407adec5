// The PIN of an application is handed over once more, or a new one takes its place, which the SO of the custodians sets. Who is logged in stays so.
import type { AppPinPlan } from '../../domain/application-plans.ts'
import type { AppPin } from '../../domain/application-shapes.ts'
import { utf8 } from '../../domain/encoding.ts'
import { incomplete, type KeyriteError, refused } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KnownApplication } from '../../domain/known-application.ts'
import { applicationPinLength, derivedPin } from '../../domain/pins.ts'
import type { NewRecord } from '../../domain/record.ts'
import { Secret } from '../../domain/secret.ts'
import { failureFrom } from '../../domain/system-failure.ts'
import { type TokenAddress, tokenName } from '../../domain/token-address.ts'
import type { Hsm, Pin, TokenFacts } from '../../hsm/port.ts'
import { type DerivedPin, derivedAppPin } from '../application-pin.ts'
import { followedBySo, soHolders } from '../application-so.ts'
import type { Credentials } from '../credentials.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'

type PlannedPin = AppPinPlan['apps'][number]

interface WantedPins {
  apps: readonly { app: KnownApplication; module: PlannedPin['module'] }[]
  /** The next PIN, and not the one that it has. */
  renews: boolean
  /** A file, or of several applications a folder. */
  pinFile: string
  recipients: readonly string[]
}

/** APP-PIN. */
export function planPins(
  { apps, renews, pinFile, recipients }: WantedPins,
  history: History,
  inputs: PlanInputs,
): AppPinPlan {
  checkNoneOpen(history)
  return {
    ...planHeader('app.pin', history, inputs),
    apps: apps.map(({ app: { name, id, token, pin }, module }) => {
      if (pin.kind === 'given')
        throw refused(
          'APP-PIN',
          `the PIN of ${name} is given by the administrator of its token`,
          keyrite('app', 'show', name),
        )
      return { name, id, token: tokenName(token), module, generation: pin.generation + (renews ? 1 : 0) }
    }),
    pinFile,
    ...(recipients.length > 0 ? { recipients: [...recipients] } : {}),
  }
}

export interface PinWork {
  credentials: Credentials
  /** The token of an application, as plan and ledger have it. */
  open(app: PlannedPin): Promise<{ hsm: Hsm; address: TokenAddress; token: TokenFacts; prefix: string | undefined }>
  /** Where the PIN of an application goes. */
  fileOf(name: string): string
  /** FILE-EXISTS. */
  writePin(path: string, pin: Secret, recipients: readonly string[]): Promise<void>
  dropPin(path: string): void
}

export function handOverPins(plan: AppPinPlan, work: PinWork): Operation {
  return {
    async check() {
      for (const planned of plan.apps) await work.open(planned)
    },
    async run({ history, intent }) {
      const before: NewRecord[] = []
      const failed: { name: string; failure: KeyriteError }[] = []
      for (const planned of plan.apps)
        try {
          const pin = await handOver(planned, plan, history, work)
          const sealed = plan.recipients ? { recipients: plan.recipients } : {}
          const more = { ...sealed, file: work.fileOf(planned.name) }
          before.push({ type: 'app.pin', intent: intent.leaf, app: planned.name, pin, ...more })
        } catch (error) {
          failed.push({ name: planned.name, failure: failureFrom(error) })
        }
      // A PIN of which nobody knows may have been set.
      const changed = before.length > 0 || failed.some(({ failure }) => failure.changed)
      const partly = partlyOf(failed, changed, renews(plan, history))
      return { changed, keys: [], ...(changed ? { before } : {}), ...(partly ? { partly } : {}) }
    },
    determineOutcome: ({ history, intent }) => pinOutcome(plan, history, intent.leaf, work),
  }
}

/** One whose token is away holds up nobody else. */
function partlyOf(
  failed: readonly { name: string; failure: KeyriteError }[],
  changed: boolean,
  renewing: boolean,
): KeyriteError | undefined {
  const [first] = failed
  if (!first) return undefined
  const message = failed.map(({ name, failure }) => `${name}: ${failure.message}`).join('; ')
  if (!changed) return first.failure.with({ message })
  const names = failed.map(({ name }) => name)
  const how = renewing ? ['--new'] : []
  return incomplete(
    first.failure.code,
    message,
    keyrite('app', 'pin', ...names, ...how, '--pin-out', names.length > 1 ? 'FOLDER' : 'FILE'),
  )
}

/** The file is on the disk before the token's PIN is another: else nobody would have it. */
async function handOver(
  planned: PlannedPin,
  { recipients = [] }: AppPinPlan,
  history: History,
  work: PinWork,
): Promise<AppPin> {
  const app = history.applications.named(planned.name)!
  const { hsm, address, token, prefix } = await work.open(planned)
  const characters = charactersOf(app, token, prefix)
  const after = pinAfter(planned, app, characters, history)
  const user = await work.credentials.applicationPin('user', planned, after.user)
  using _user = user.bytes
  using text = new Secret(utf8(derivedPin(user.bytes.reveal(), characters, prefix)))
  const file = work.fileOf(planned.name)
  await work.writePin(file, text, recipients)
  const isSet = planned.generation === generationOf(app) && (await opens(address, token, user, hsm))
  const pin = { ...after, so: await soOf(app, { hsm, address, token }, history, work) }
  if (!isSet)
    await set({ planned, pin }, address, user, hsm, work).catch((error) => orDropped(error, file, planned, user, work))
  return pin
}

/** A PIN that stays is of the shares that it was of; a new one is of those of today. */
function pinAfter(
  { generation }: PlannedPin,
  { pin }: KnownApplication,
  characters: number,
  { groups }: History,
): DerivedPin {
  const today = derivedAppPin(generation, characters, groups)
  return pin.kind === 'derived' && pin.generation === generation ? { ...today, user: pin.user, so: pin.so } : today
}

/** Whose SO PIN the token has from now on: it follows the custodians. */
async function soOf(
  app: KnownApplication,
  seen: Pick<Awaited<ReturnType<PinWork['open']>>, 'hsm' | 'address' | 'token'>,
  { groups }: History,
  { credentials }: Pick<PinWork, 'credentials'>,
): Promise<DerivedPin['so']> {
  const followed = await followedBySo(app, seen, credentials, groups)
  return followed?.so ?? soHolders(app, groups)[0]!
}

async function set(
  { planned, pin }: { planned: PlannedPin; pin: DerivedPin },
  address: TokenAddress,
  user: Pin,
  hsm: Hsm,
  work: PinWork,
): Promise<void> {
  const so = await work.credentials.applicationPin('so', planned, pin.so)
  using _so = so.bytes
  await hsm.setUserPin(address, so, user)
}

/** A PIN that was not set opens nothing: its file goes. Where nobody knows, it stays. A process that died over it is started anew. */
async function orDropped(error: unknown, file: string, planned: PlannedPin, user: Pin, work: PinWork): Promise<void> {
  const isSet = await opensNow(planned, user, work).catch(() => undefined)
  if (isSet) return
  if (isSet === false) work.dropPin(file)
  const failure = failureFrom(error)
  throw isSet === false
    ? failure.with({ changed: false })
    : failure.with({
        message: `${failure.message}; the PIN in ${file} may be that of the token, or not yet`,
        changed: true,
      })
}

async function opensNow(planned: PlannedPin, user: Pin, work: PinWork): Promise<boolean> {
  const { hsm, address } = await work.open(planned)
  return hsm.pinOpens(address, 'user', user)
}

const renews = ({ apps }: AppPinPlan, { applications }: History): boolean =>
  apps.some(({ name, generation }) => generation !== generationOf(applications.named(name)!))

/** Without a try where that could be the last. */
const opens = async (address: TokenAddress, { tries }: TokenFacts, user: Pin, hsm: Hsm): Promise<boolean> =>
  tries.user !== 'final' && tries.user !== 'locked' && (await hsm.pinOpens(address, 'user', user))

/** A new PIN was set where it opens; the hand-over of a PIN that stays leaves nothing on a token. One whose token is away is not told of. */
export async function pinOutcome(
  plan: AppPinPlan,
  history: History,
  intent: string,
  work: Pick<PinWork, 'open' | 'credentials'>,
): Promise<Effects> {
  const before: NewRecord[] = []
  let unproved = false
  for (const planned of plan.apps) {
    const app = history.applications.named(planned.name)!
    if (planned.generation === generationOf(app)) continue
    try {
      const pin = await isSet(planned, app, history, work)
      if (!pin) continue
      const sealed = plan.recipients ? { recipients: plan.recipients } : {}
      before.push({ type: 'app.pin', intent, app: planned.name, pin, ...sealed })
    } catch {
      unproved = true
    }
  }
  const changed = before.length > 0
  unproved ||= changed && before.length < plan.apps.length
  return { changed, keys: [], ...(changed ? { before } : {}), ...(unproved ? { unproved } : {}) }
}

/** What its token has from now on; undefined where the new PIN does not open it. */
async function isSet(
  planned: PlannedPin,
  app: KnownApplication,
  history: History,
  work: Pick<PinWork, 'open' | 'credentials'>,
) {
  const { hsm, address, token, prefix } = await work.open(planned)
  const after = pinAfter(planned, app, charactersOf(app, token, prefix), history)
  const user = await work.credentials.applicationPin('user', planned, after.user)
  using _user = user.bytes
  if (!(await opens(address, token, user, hsm))) return undefined
  return { ...after, so: await soOf(app, { hsm, address, token }, history, work) }
}

const generationOf = ({ pin }: KnownApplication): number => (pin.kind === 'derived' ? pin.generation : 0)

/** As short as it was accepted when the token was taken. */
function charactersOf({ pin }: KnownApplication, { pinLength }: TokenFacts, prefix: string | undefined): number {
  const isShort = pin.kind === 'derived' && pin.characters !== undefined
  return applicationPinLength(pinLength, { prefix, accepted: isShort ? ['short-pin'] : [] })
}
