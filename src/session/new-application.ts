// The token that an application gets: blank, or one that is erased, behind a process of its own.

import { existsSync } from 'node:fs'
import { soHolders } from '../change/application-so.ts'
import { type Credentials, inForce, type SetName } from '../change/credentials.ts'
import { NewApplicationToken, type NewTokenPorts } from '../change/new-application-token.ts'
import { openingPin } from '../change/opening-pin.ts'
import { opensAsSo } from '../change/so-pin.ts'
import type { AppInitPlan, AppReplacePlan } from '../domain/application-plans.ts'
import { toBase32 } from '../domain/encoding.ts'
import { deviceFailed } from '../domain/errors.ts'
import { keyrite, sh, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { ReachedModule } from '../domain/module-profile.ts'
import { applicationPinLength, isWholeOfApplication } from '../domain/pins.ts'
import { typesMadeBy } from '../domain/profile.ts'
import { holderOf } from '../domain/roster.ts'
import type { Secret } from '../domain/secret.ts'
import { addressNamed, type TokenAddress, tokenName } from '../domain/token-address.ts'
import { checkSeat } from '../domain/token-fit.ts'
import { WRAP_NAMES } from '../domain/wrap-kinds.ts'
import type { Hsm, Pin } from '../hsm/port.ts'
import { settingsOfApplication } from './application-tokens.ts'
import { chooseTokenFor, LibraryProcess, type NewTokenOptions, type TokenWork } from './chosen-token.ts'
import { hsmOptions } from './hsm-options.ts'

/**
 * MODULE-MISSING, TOKEN-BLANK, TOKEN-PRESENT, TOKEN-THERE, MECHANISM, SHORT-PIN: whatever rules a token out before it is touched. `of`: the
 * application whose token of before may be taken again.
 */
export const chooseNewToken = (reached: ReachedModule, options: NewTokenOptions & { of?: string }, work: TokenWork) =>
  chooseTokenFor(reached, options, work, {
    application: options.of,
    async fits({ slot, token, rules, hsm }) {
      await checkForeseen(slot, work.history, hsm)
      return { shortPin: !isWholeOfApplication(applicationPinLength(token.pinLength, rules)) }
    },
    // The token that this application had, or another has had.
    isOurs: (token) => ownToken(tokenName(token), work.history) !== undefined,
  })

/** MECHANISM: by its library, or its list alone, no key of the partition could come to it. */
async function checkForeseen(slot: number, { profile }: History, hsm: Hsm): Promise<void> {
  const foreseen = await hsm.foresee(slot)
  checkSeat(foreseen)
  const { wraps } = foreseen
  const ours = typesMadeBy(profile).flatMap((type) => profile.types[type].wrap)
  if (ours.some((wrap) => typeof wrap === 'string' && wraps.includes(wrap))) return
  const ways = [...new Set(ours)].flatMap((wrap) => (typeof wrap === 'string' ? [WRAP_NAMES[wrap]] : []))
  const how = ways.length === 0 ? "the partition's token wraps no keys" : `it lacks ${ways.join(', ')}`
  throw deviceFailed('MECHANISM', `no key of the partition can come to the token in slot ${slot}: ${how}`)
}

/** The id that the token was initialised with, and the sets whose SO PIN it may have, the likeliest first. */
function ownToken(token: string, history: History): { id: string; sets: SetName[] } | undefined {
  const { applications, groups, rosters } = history
  const known = applications.all.flatMap(({ token: one, pin, former, retired }) => [
    // The one that is erased at the end has the PIN of the custodians of then.
    { token: one, sets: retired ? [inForce(holderOf('so', rosters.at(retired.seq)))] : soHolders({ pin }, groups) },
    ...former.map((before) => ({ token: before.token, sets: soHolders(before, groups) })),
  ])
  const found = known.find((one) => tokenName(one.token) === token)
  const id = found && /-([0-9a-f]{16})$/.exec(found.token.label)?.[1]
  return id === undefined ? undefined : { id, sets: found!.sets }
}

/** The token of a plan, to be taken, or found again. `given`: its present SO PIN, from a person. */
export function newToken(
  plan: AppInitPlan | AppReplacePlan,
  credentials: Credentials,
  { open, reached, given }: { open(): Promise<Hsm>; reached: ReachedModule; given: Secret | undefined },
  work: TokenWork,
): NewApplicationToken {
  const { context, globals, partition, history } = work
  const { home } = globals
  const { settings, quorum } = context
  // What an interrupted try has left is none of an application's.
  const before = history.applications.named(plan.app.name) && settingsOfApplication(plan.app.name, work)
  const own = plan.erases === undefined ? undefined : ownToken(plan.erases, history)
  const ports: NewTokenPorts = {
    open,
    prefix: reached.pinPrefix,
    present: async () => {
      if (given) return typed(given)
      return own && (await soPinOf(own, addressNamed(plan.erases!), credentials, await open()))
    },
    writePin: quorum.writePin,
    dropPin: quorum.removeShareFile,
    settings: (kept) => settings.writeApplication(home, partition.name, plan.app.name, kept ? reached : before),
    leavePin: (token, pin) => partition.leavePin(token, pin),
  }
  return new NewApplicationToken(plan, history, credentials, ports)
}

/** PIN-TRIES: the last one is not tried, since nothing else is left. */
async function soPinOf(
  { id, sets }: { id: string; sets: readonly SetName[] },
  address: TokenAddress,
  credentials: Credentials,
  hsm: Hsm,
): Promise<Pin> {
  const pinAt = (set: SetName) => credentials.applicationPin('so', { id, generation: 1 }, set)
  return (await openingPin(sets.slice(0, -1), pinAt, (pin) => opensAsSo(address, pin, hsm))) ?? pinAt(sets.at(-1)!)
}

/** Whoever uses it wipes it, and it may be used again. */
const typed = (pin: Secret): Pin => ({ bytes: pin.clone(), form: 'text' })

/** The token of an interrupted plan, as a recovery finds it. */
export class InterruptedApplication implements AsyncDisposable {
  #library: LibraryProcess | undefined

  constructor(
    readonly work: TokenWork,
    /** The SO PIN that its token had before, where it has it still. */
    readonly given: Secret | undefined,
  ) {}

  token(plan: AppInitPlan | AppReplacePlan, credentials: Credentials): NewApplicationToken {
    const { context, globals, lock } = this.work
    const { path, sha256: approved } = plan.spare.module
    // They were written before the token was touched.
    const reached = settingsOfApplication(plan.app.name, this.work) ?? { module: path }
    this.#library = new LibraryProcess(() =>
      context.openHsm(hsmOptions({ ...reached, approved }, globals, context, lock)),
    )
    return newToken(plan, credentials, { open: () => this.#library!.open(), reached, given: this.given }, this.work)
  }

  /** The application is there; its PIN may be with those who run it, or with nobody. */
  #warnWithoutPin(name: string, pinFile: string): void {
    if (existsSync(pinFile)) return
    const again = to('if nobody has it', keyrite('app', 'pin', name, '--pin-out', 'FILE'))
    this.work.terminal.warn(`the PIN of ${name} is not in ${pinFile} any more`, again)
  }

  /** Where no application came of it, what was handed over opens nothing. `gaveUp`: a token that may have been initialised has its SO PIN in a file of the home. */
  async warn({ app, pinFile }: AppInitPlan | AppReplacePlan, gaveUp: boolean, credentials: Credentials): Promise<void> {
    const { terminal, partition, history } = this.work
    if (history.applications.named(app.name)?.id === app.id) return this.#warnWithoutPin(app.name, pinFile)
    if (existsSync(pinFile)) terminal.warn(`the PIN in ${pinFile} opens nothing`, sh('rm', pinFile))
    if (!gaveUp) return
    const so = await credentials.applicationPin('so', { id: app.id, generation: 1 })
    using _ = so.bytes
    const prefix = settingsOfApplication(app.name, this.work)?.pinPrefix ?? ''
    const file = partition.leavePin(app.label, `${prefix}${toBase32(so.bytes.reveal())}`)
    terminal.warn(`a token ${app.label} that turns up is empty, and its SO PIN is in ${file}`)
  }

  [Symbol.asyncDispose] = async (): Promise<void> => await this.#library?.[Symbol.asyncDispose]()
}
