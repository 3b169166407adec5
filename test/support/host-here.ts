// What runs beside the library, within the test's own process: all of it but the process. Whatever may end one, or is to be seen from
// outside, gets a process of its own.
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { realpathSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import { hostIn, startHost } from '../../src/client/client.ts'
import { Service } from '../../src/host/service.ts'
import type { Request } from '../../src/host/wire.ts'
import type { HsmOptions, StartHost } from '../../src/hsm/port.ts'
import { compiledPath } from './compiled.ts'
import { forgetErrors } from './openssl-errors.ts'
import { softhsm } from './softhsm.ts'

/** One at a time: a library can be started once in a process. */
let atWork = false

/** No other call of the library is possible then: there is one of it in a process, and one configuration. */
export const isAtWork = (): boolean => atWork

/** Through the channel goes a copy, as between processes. */
const copied = <T>(message: T): T => deserialize(serialize(message))

const READ = ['SOFTHSM2_CONF', 'KEYRITE_MODULE_SCRIPT', 'KEYRITE_MODULE_COUNTERS'] as const
const variables = (env: NodeJS.ProcessEnv) => READ.map((name) => [name, env[name]] as const)

function setVariables(values: ReturnType<typeof variables>): void {
  for (const [name, value] of values)
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
}

class HostHere extends EventEmitter {
  readonly pid = process.pid
  readonly stderr = null
  connected = true
  readonly #service: Service
  readonly #before = variables(process.env)

  /** Libraries read these when they are loaded and started. */
  constructor(env: NodeJS.ProcessEnv) {
    super()
    atWork = true
    setVariables(variables(env))
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
    atWork = false
    setVariables(this.#before)
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

export const startHostHere: StartHost = (options) =>
  atWork || sharesOpenssl || !fits(options)
    ? startHost(options)
    : hostIn(new HostHere(options.env) as unknown as ChildProcess, options)
