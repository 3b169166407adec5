// The tokens of applications, each behind a process beside its own library: apart from that of the partition's token, and one for all that are alike.
import { newPin } from '../change/application-pin.ts'
import { followedBySo, soHolders } from '../change/application-so.ts'
import type { Credentials } from '../change/credentials.ts'
import { knownApplication } from '../change/known-application.ts'
import { recordedModule } from '../change/plan-header.ts'
import type { Applications } from '../change/ports.ts'
import { faultsIn, seenNow, slotWith } from '../change/slots.ts'
import { deviceFailed, EXIT, KeyriteError, notVerified, refused, usage } from '../domain/errors.ts'
import { add, apart, type Hint, keyrite, to } from '../domain/hints.ts'
import type { KnownApplication } from '../domain/known-application.ts'
import type { ReachedModule } from '../domain/module-profile.ts'
import { escaped } from '../domain/names.ts'
import { APPLICATION_PIN } from '../domain/pins.ts'
import type { Secret } from '../domain/secret.ts'
import { addressOf, type TokenAddress, tokenName } from '../domain/token-address.ts'
import type { Hsm, Pin, SlotFacts, TokenFacts, UserSession } from '../hsm/port.ts'
import type { PartitionLock } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { openApproved } from './approved-library.ts'
import type { ChangeSession } from './change-session.ts'
import { parseFor } from './passphrases.ts'
import { triedOnce } from './present-pin.ts'

/** An application as a plan names it. */
export interface ReachedApplication {
  name: string
  module: { path: string; sha256: string }
}

/** The token of an application, as the ledger has it. */
interface OpenApplication {
  app: KnownApplication
  hsm: Hsm
  address: TokenAddress
  token: TokenFacts
  /** What its library puts before every derived PIN. */
  prefix: string | undefined
}

type Work = Pick<ChangeSession, 'context' | 'globals' | 'history'> & {
  partition: { name: string }
  /** Of a change, which names its processes. */
  lock?: PartitionLock
  /** Where a PIN can be asked for, and the files that were given for some: `FILE`, or `APP=FILE`. */
  terminal?: Pick<Terminal, 'askSecret'>
  userPinFiles?: readonly string[]
}

export class ApplicationTokens implements AsyncDisposable {
  /** By library and settings. */
  readonly #hosts = new Map<string, Hsm>()

  /** By application, those that an administrator gives. */
  readonly #given = new Map<string, Secret>()

  /** How this host reaches applications, read once. */
  #settings: ApplicationSettings | undefined

  constructor(readonly work: Work) {}

  /** Once the shares are there. A PIN that somebody has to give is asked for with the first look, which is before the intent. */
  opened(credentials: Credentials): Applications {
    return {
      look: async (planned, copies = []) => {
        const { app, hsm, address } = await this.open(planned)
        if (app.pin.kind === 'given') await this.#givenPin(app)
        return copies.length === 0 ? [] : hsm.provable(address, copies)
      },
      login: (app) => this.login(app, credentials),
      follow: async (planned) => {
        const { groups } = this.work.history
        if (soHolders(knownApplication(planned.name, this.work.history), groups).length < 2) return undefined
        const { app, ...seen } = await this.open(planned)
        return followedBySo(app, seen, credentials, groups)
      },
    }
  }

  /** CONFIG: how this host reaches the token of an application. */
  reached(name: string): ReachedModule {
    this.#settings ??= settingsOfApplications(this.work)
    return reachedIn(this.#settings, name)
  }

  /** APP-KNOWN, MODULE-CHANGED, APP-PRESENT, APP-TOKEN: nobody else's token gets a PIN. */
  async open({ name, module }: ReachedApplication): Promise<OpenApplication> {
    const app = knownApplication(name, this.work.history)
    const address = addressOf(app.token)
    const { hsm, answer: known } = await this.#asked({ name, module }, (library) => library.token(address))
    const found = known ?? (await listed(app, hsm))
    if (found.label !== app.token.label)
      throw notVerified(
        'APP-TOKEN',
        `the token ${escaped(found.serial)} is called ${escaped(found.label)}, and that of ${name} ${escaped(app.token.label)}: somebody initialised it`,
        lostHint(name, app.copies.size > 0),
      )
    return { app, hsm, address, token: found, prefix: this.reached(name).pinPrefix }
  }

  /** The library of an application, whatever has become of its token. */
  library = async (app: ReachedApplication): Promise<{ hsm: Hsm; slots: SlotFacts[] }> => {
    const { hsm, answer: slots } = await this.#asked(app, (library) => library.slots())
    return { hsm, slots }
  }

  async login(reached: ReachedApplication, credentials: Credentials): Promise<UserSession> {
    const { app, hsm, address, token } = await this.open(reached)
    const pin = await this.#pinOf(app, token, credentials)
    using _ = pin.bytes
    return hsm.login(address, pin).catch(async (error) => {
      throw app.pin.kind === 'given' ? await this.#orWrongPin(error, app, hsm) : withHint(error, app.name)
    })
  }

  /** PIN-TRIES, USER-PIN. */
  async #pinOf(app: KnownApplication, { tries }: TokenFacts, credentials: Credentials): Promise<Pin> {
    if (tries.user === 'final')
      throw refused('PIN-TRIES', `the user PIN of the token of ${app.name} has one try left`, newPin(app.name))
    if (app.pin.kind === 'derived') {
      const { generation, user, characters = APPLICATION_PIN } = app.pin
      const pin = await credentials.applicationPin('user', { id: app.id, generation }, user).catch((error) => {
        throw withHint(error, app.name)
      })
      return { ...pin, characters }
    }
    const pin = await this.#givenPin(app)
    return { bytes: pin.clone(), form: 'text' }
  }

  /** A try of the token is gone, and its administrator has to know of which, and how many are left. */
  async #orWrongPin(error: unknown, { name, token }: KnownApplication, hsm: Hsm): Promise<unknown> {
    if (!(error instanceof KeyriteError) || error.code !== 'CKR_PIN_INCORRECT') return error
    const file = this.#pinFile(name)
    const { tries } = (await seenNow(addressOf(token), hsm).catch(() => undefined)) ?? {}
    const what = file === undefined ? 'what was typed is not' : `${file} does not hold`
    const whose = `the user PIN of the token ${escaped(tokenName(token))} of ${name}`
    const hint = to('look it up first', add('--user-pin-file', `${name}=FILE`))
    return error.with({ message: `${what} ${whose}; ${triedOnce(tries?.user)} (${error.message})`, hint })
  }

  #pinFile = (name: string): string | undefined =>
    (this.work.userPinFiles ?? []).map(parseFor).find(({ custodian }) => custodian === undefined || custodian === name)
      ?.value

  /** INPUT-MISSING, SECRET-FILE. */
  async #givenPin({ name }: KnownApplication): Promise<Secret> {
    const known = this.#given.get(name)
    if (known) return known
    const { terminal, context } = this.work
    const file = this.#pinFile(name)
    const flag = add('--user-pin-file', `${name}=FILE`)
    if (file === undefined && !terminal) throw usage(`the PIN of ${name} is not given`, flag, 'INPUT-MISSING')
    const pin =
      file === undefined
        ? await terminal!.askSecret(`the user PIN of the token of ${name}:`, flag)
        : context.quorum.readPinFile(file, 'user PIN file')
    this.#given.set(name, pin)
    return pin
  }

  /** Of the library of an application. A process that has died with what was asked of it before is started anew. */
  async #asked<T>(
    { name, module }: ReachedApplication,
    ask: (hsm: Hsm) => Promise<T>,
  ): Promise<{ hsm: Hsm; answer: T }> {
    const reached = this.reached(name)
    const key = JSON.stringify([reached, module.sha256])
    const running = this.#hosts.get(key)
    try {
      if (running) return { hsm: running, answer: await ask(running) }
    } catch (error) {
      if (!(error instanceof KeyriteError) || error.exit !== EXIT.device) throw error
      this.#hosts.delete(key)
      await running![Symbol.asyncDispose]()
    }
    const hsm = await openApproved(reached, module, this.work)
    this.#hosts.set(key, hsm)
    return { hsm, answer: await ask(hsm) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pin of this.#given.values()) pin[Symbol.dispose]()
    this.#given.clear()
    const hosts = [...this.#hosts.values()]
    this.#hosts.clear()
    await Promise.all(hosts.map((hsm) => hsm[Symbol.asyncDispose]()))
  }
}

type Host = Pick<Work, 'context' | 'globals' | 'partition'>
type ApplicationSettings = Readonly<Record<string, ReachedModule>>

/** CONFIG. */
const settingsOfApplications = ({ context, globals, partition }: Host): ApplicationSettings =>
  context.settings.applications(globals.home, partition.name)

/** CONFIG. */
function reachedIn(settings: ApplicationSettings, name: string): ReachedModule {
  if (Object.hasOwn(settings, name)) return settings[name]!
  const hint = keyrite('config', 'set', 'module', 'PATH', '--app', name)
  throw usage(`the settings of this host name no PKCS#11 library for the application ${name}`, hint, 'CONFIG')
}

/** CONFIG. Undefined where this host reaches none of that name. */
export function settingsOfApplication(name: string, host: Host): ReachedModule | undefined {
  const all = settingsOfApplications(host)
  return Object.hasOwn(all, name) ? all[name] : undefined
}

type Inspected = ReachedApplication['module']

/**
 * The libraries of applications, as a plan names them. Of hundreds that share one it is read once, and so are the settings. CONFIG,
 * MODULE-MISSING.
 */
export function inspectingApplications(host: Host): (name: string) => Promise<Inspected> {
  let settings: ApplicationSettings | undefined
  const libraries = new Map<string, Promise<Inspected>>()
  const inspected = (path: string): Promise<Inspected> => {
    const one = libraries.get(path) ?? host.context.inspectModule(path).then(recordedModule)
    libraries.set(path, one)
    return one
  }
  return async (name) => {
    settings ??= settingsOfApplications(host)
    const { module } = reachedIn(settings, name)
    return inspected(module).catch((error) => {
      if (!(error instanceof KeyriteError) || error.code !== 'MODULE-MISSING') throw error
      throw error.with({ hint: keyrite('config', 'set', 'module', 'PATH', '--app', name) })
    })
  }
}

/** APP-PRESENT. Of two that look alike either: whoever logs in is told. */
async function listed(app: KnownApplication, hsm: Hsm): Promise<TokenFacts> {
  const slots = await hsm.slots()
  const token = slotWith(addressOf(app.token), slots)?.token
  if (token?.initialised) return token
  throw missing(app, slots)
}

/** APP-PRESENT. */
function missing({ name, token, copies }: KnownApplication, slots: readonly SlotFacts[]): KeyriteError {
  const message = `the token ${escaped(tokenName(token))} of the application ${name} is not there${faultsIn(slots)}`
  return deviceFailed('APP-PRESENT', message, lostHint(name, copies.size > 0))
}

/** A token that is back gets what was missed; one that is gone for good gives way to another. */
const lostHint = (name: string, hasKeys: boolean): Hint =>
  apart(
    hasKeys ? to('once it is back', keyrite('app', 'sync', name)) : 'once it is back, the same command again',
    to('where it is gone for good', keyrite('app', 'replace', name, '--help')),
  )

const withHint = (error: unknown, name: string): unknown =>
  error instanceof KeyriteError && (error.code === 'USER-PIN' || error.code === 'SECRET-LOST')
    ? error.with({ message: error.message.replace('of this token', `of the token of ${name}`), hint: newPin(name) })
    : error
