// The port, as the command uses it: every call becomes a message to the host process that holds the module.

import type { ChildProcess } from 'node:child_process'
import type { ExportWay } from '../domain/destinations.ts'
import { deviceFailed, KeyriteError } from '../domain/errors.ts'
import type { KeyType } from '../domain/keys.ts'
import { escaped } from '../domain/names.ts'
import type { Foreseen } from '../domain/profile.ts'
import type { Secret } from '../domain/secret.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { WirePin } from '../host/pin.ts'
import type { ApplicationAbilities, CopyUse } from '../hsm/copies.ts'
import type { ModuleFile } from '../hsm/module-file.ts'
import type {
  Capabilities,
  CardKey,
  ExportRequest,
  ExportTry,
  FoundProfile,
  Hsm,
  HsmHost,
  HsmOptions,
  ModuleFacts,
  OpenHsm,
  Pin,
  Role,
  SlotFacts,
  StartHost,
  TokenFacts,
  UserSession,
  WrappedKey,
} from '../hsm/port.ts'
import { Child } from './child.ts'
import { ClientSession } from './session.ts'
import { startProcess } from './start-host.ts'
import { unconfigured } from './unconfigured.ts'

/** What else a caller's object has is not for the host. */
const wireAddress = ({ serial, label, profile }: TokenAddress): TokenAddress => ({
  serial,
  ...(label !== undefined && { label }),
  ...(profile !== undefined && { profile }),
})

const wirePin = ({ bytes, ...rest }: Pin): WirePin => ({ ...rest, bytes: bytes.reveal() })

class ClientHsm implements Hsm {
  constructor(
    private readonly child: Child,
    private readonly file: ModuleFile,
  ) {}

  get pid(): number {
    return this.child.pid
  }

  module = async (): Promise<ModuleFacts> => ({ ...this.file, ...(await this.child.call('module', [])) })
  slots = (): Promise<SlotFacts[]> => this.child.call('slots', [])
  token = (token: TokenAddress): Promise<TokenFacts | undefined> => this.child.call('token', [wireAddress(token)])
  probe = (slot: number, types?: readonly KeyType[]): Promise<Capabilities> => this.child.call('probe', [slot, types])
  foresee = (slot: number): Promise<Foreseen> => this.child.call('foresee', [slot])
  initToken = (slot: number, soPin: Pin, label: string, erases?: TokenAddress): Promise<TokenFacts> =>
    this.child.call('initToken', [slot, wirePin(soPin), label, erases && wireAddress(erases)])
  random = (token: TokenAddress, length: number) => this.child.call('random', [wireAddress(token), length])
  setPins = (token: TokenAddress, current: Pin, so: Pin, user: Pin) =>
    this.child.call('setPins', [wireAddress(token), wirePin(current), wirePin(so), wirePin(user)])
  profile = (token: TokenAddress, so: Pin, user: Pin, keeps = false): Promise<FoundProfile> =>
    this.child.call('profile', [wireAddress(token), wirePin(so), wirePin(user), keeps])
  setUserPin = (token: TokenAddress, so: Pin, user: Pin) =>
    this.child.call('setUserPin', [wireAddress(token), wirePin(so), wirePin(user)])
  changePin = (token: TokenAddress, role: Role, from: Pin, to: Pin) =>
    this.child.call('changePin', [wireAddress(token), role, wirePin(from), wirePin(to)])
  tryAsApplication = (token: TokenAddress, user: Pin): Promise<ApplicationAbilities> =>
    this.child.call('tryAsApplication', [wireAddress(token), wirePin(user)])
  provable = (token: TokenAddress, copies: readonly CopyUse[]): Promise<boolean[]> =>
    this.child.call('provable', [wireAddress(token), copies])
  pinOpens = (token: TokenAddress, role: Role, pin: Pin) =>
    this.child.call('pinOpens', [wireAddress(token), role, wirePin(pin)])
  tryBlobs = (token: TokenAddress, kek: Secret, keys: readonly WrappedKey[], tried?: (done: number) => void) =>
    this.child.call('tryBlobs', [wireAddress(token), kek.reveal(), keys], tried)
  cardKeys = (slot: number): Promise<CardKey[]> => this.child.call('cardKeys', [slot])
  agreeOnCard = (token: TokenAddress, pin: Pin, asked: { spki: Uint8Array; point: Uint8Array }): Promise<Uint8Array> =>
    this.child.call('agreeOnCard', [wireAddress(token), wirePin(pin), asked])
  tryImport = (slot: number) => this.child.call('tryImport', [slot])
  tryExport = (slot: number, way: ExportWay, ephemeral?: boolean): Promise<ExportTry> =>
    this.child.call('tryExport', [slot, { scheme: way.scheme, hash: way.hash }, ephemeral])
  loginToExport = async (token: TokenAddress, so: Pin, user: Pin, request: ExportRequest): Promise<UserSession> => {
    const args: [TokenAddress, WirePin, WirePin, ExportRequest] = [
      wireAddress(token),
      wirePin(so),
      wirePin(user),
      request,
    ]
    return new ClientSession(this.child, await this.child.call('loginToExport', args))
  }
  loginToRenew = async (token: TokenAddress, so: Pin, user: Pin): Promise<UserSession> =>
    new ClientSession(
      this.child,
      await this.child.call('loginToRenew', [wireAddress(token), wirePin(so), wirePin(user)]),
    )
  login = async (token: TokenAddress, pin: Pin): Promise<UserSession> =>
    new ClientSession(this.child, await this.child.call('login', [wireAddress(token), wirePin(pin)]))
  loginWithKek = async (token: TokenAddress, so: Pin, user: Pin, kek: Secret): Promise<UserSession> => {
    const args: [TokenAddress, WirePin, WirePin, Uint8Array] = [
      wireAddress(token),
      wirePin(so),
      wirePin(user),
      kek.reveal(),
    ]
    return new ClientSession(this.child, await this.child.call('loginWithKek', args))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.child.close()
  }
}

/** A library that has no PKCS#11 in it brings the process down while it is loaded. */
function loading(path: string) {
  return (error: unknown): never => {
    if (!(error instanceof KeyriteError) || error.code !== 'MODULE-CRASHED') throw error
    throw deviceFailed(
      'MODULE-INVALID',
      `${escaped(path)} is not a PKCS#11 library, or cannot run here: ${error.message}`,
    )
  }
}

/** The host's program lies beside whatever bundle this has become a part of. */
const HOST = new URL('./host.cjs', import.meta.url)

class StartedHost implements HsmHost {
  #opened = false
  readonly #child: Child

  constructor(
    host: ChildProcess,
    private readonly options: HsmOptions,
  ) {
    this.#child = new Child(host, options.timeout * 1000, options.changes)
    try {
      options.started?.(this.#child.pid)
    } catch (error) {
      void this.#child.kill()
      throw error
    }
  }

  ready = (): Promise<void> => this.#child.call('native', [])

  async open(approved = this.options.approved): Promise<Hsm> {
    const { module, env, pinPrefix = '', userTypes = {}, libraryParameters, trace } = this.options
    this.#opened = true
    const manners = { userTypes, libraryParameters, trace }
    // All of it is sent at once, and the first that fails is told: a host that has ended already, or can load nothing, is no fault of the module.
    const [, file] = await Promise.all([
      this.ready(),
      this.#child.call('load', [module, pinPrefix, approved, manners]).catch(loading(module)),
      this.#child.call('initialize', []).catch(unconfigured(module, env)),
    ])
    return new ClientHsm(this.#child, file)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#opened ? this.#child.close() : this.#child.kill())
  }
}

/** By this process. */
export const hostIn = (host: ChildProcess, options: HsmOptions): HsmHost => new StartedHost(host, options)
export const startHost: StartHost = (options) => hostIn(startProcess(HOST, options.env), options)

export const openHsm: OpenHsm = async (options) => openedBy(startHost(options))

/** Loaded and started, or gone. */
export async function openedBy(host: HsmHost): Promise<Hsm> {
  try {
    return await host.open()
  } catch (error) {
    await host[Symbol.asyncDispose]()
    throw error
  }
}

/** NATIVE-MISSING: the native part of pkcs11js, loaded there and nothing else. */
export async function checkNative(host: HsmHost): Promise<void> {
  await using started = host
  await started.ready()
}
