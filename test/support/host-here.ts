// What runs beside the library, within the test's own process: all of it but the process. Whatever may end one, or is to be seen from
// outside, gets a process of its own.
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { realpathSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import pkcs11js from 'pkcs11js'
import { hostIn, startHost } from '../../src/client/client.ts'
import { Service } from '../../src/host/service.ts'
import type { Request } from '../../src/host/wire.ts'
import type { HsmOptions, StartHost } from '../../src/hsm/port.ts'
import { compiledPath } from './compiled.ts'
import { forgetErrors } from './openssl-errors.ts'
import { softhsm } from './softhsm.ts'

/** Those that are at work: one library, which can be started once in a process, and one configuration are all that they have. */
const atWork = new Set<HostHere>()

/** No other call of the library is possible then. */
export const isAtWork = (): boolean => atWork.size > 0

const { prototype } = pkcs11js.PKCS11
const { C_Initialize: initialize, C_Finalize: finalize } = prototype
let started = 0

/** The first starts the library, and the last ends it. */
prototype.C_Initialize = function (options) {
  if (started === 0) initialize.call(this, options)
  started++
}
prototype.C_Finalize = function () {
  if (started <= 1) finalize.call(this)
  started = Math.max(started - 1, 0)
}

/** Through the channel goes a copy, as between processes. */
const copied = <T>(message: T): T => deserialize(serialize(message))

const READ = ['SOFTHSM2_CONF', 'KEYRITE_MODULE_SCRIPT', 'KEYRITE_MODULE_COUNTERS'] as const
const variables = (env: NodeJS.ProcessEnv) => READ.map((name) => [name, env[name]] as const)

function setVariables(values: ReturnType<typeof variables>): void {
  for (const [name, value] of values)
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
}

let before: ReturnType<typeof variables> = []

class HostHere extends EventEmitter {
  readonly pid = process.pid
  readonly stderr = null
  connected = true
  readonly #service: Service

  /** `place`: the library and its configuration. Libraries read their variables when they are loaded and started. */
  constructor(
    readonly place: string,
    env: NodeJS.ProcessEnv,
  ) {
    super()
    if (atWork.size === 0) {
      before = variables(process.env)
      setVariables(variables(env))
    }
    atWork.add(this)
    this.#service = new Service({
      send: (reply) => {
        forgetErrors()
        setImmediate(() => this.emit('message', copied(reply)))
      },
      isAlone: () => !this.connected,
      leave: () => undefined,
      end: () => this.#end(0, null),
    })
  }

  send(request: Request, sent: () => void): void {
    const copy = copied(request)
    // Who was killed begins nothing any more.
    setImmediate(() => this.connected && this.#service.receive(copy))
    sent()
  }

  kill(signal: NodeJS.Signals): void {
    this.#service.close()
    this.#end(null, signal)
  }

  disconnect(): void {
    this.connected = false
  }

  #end(code: number | null, signal: NodeJS.Signals | null): void {
    if (!this.connected) return
    this.connected = false
    atWork.delete(this)
    if (atWork.size === 0) setVariables(before)
    setImmediate(() => this.emit('exit', code, signal))
  }
}

/** By its name, and by where that leads. */
const LIBRARY = [softhsm, realpathSync(softhsm)]

/** It may end the process, or keep it, or leave the library as it may not be for the next one; or it is in a file. */
const WILD = /^\/|^\*|\b(?:hang|sleep|kill|abort|helper|length|claims)\b|C_Initialize|C_Finalize/m

/** No library, SoftHSM, or the module with a script that does no harm, on a token that is there. */
function fits({ module, env }: HsmOptions): boolean {
  const { SOFTHSM2_CONF: conf, KEYRITE_MODULE_SCRIPT: script = '', KEYRITE_MODULE_LOG: log } = env
  const isKnown = module === '' || LIBRARY.includes(module) || (module === compiledPath('module') && !WILD.test(script))
  return isKnown && log === undefined && conf !== undefined
}

/** Debian's own node and SoftHSM have one OpenSSL: what the library leaves in its queue of errors node would take for its own. */
export const sharesOpenssl: boolean = process.config.variables.node_shared_openssl

/** Whoever joins others has tokens of its own in the same library; what a script counts, it counts in one process for one of them. */
const placeOf = ({ module, env }: HsmOptions): string =>
  env.KEYRITE_MODULE_SCRIPT ? '' : [LIBRARY.includes(module) ? softhsm : module, env.SOFTHSM2_CONF].join(' ')

export const startHostHere: StartHost = (options) => {
  const place = placeOf(options)
  const fitsIn = [...atWork].every((other) => place !== '' && other.place === place)
  return !fitsIn || sharesOpenssl || !fits(options)
    ? startHost(options)
    : hostIn(new HostHere(place, options.env) as unknown as ChildProcess, options)
}
