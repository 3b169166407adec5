// What runs beside the library, within the test's own process: all of it but the process. Nothing that a script does to the module, or that
// ends a process, can be seen here, so whatever has one of these gets a process of its own.
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { realpathSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import { hostIn, startHost } from '../../src/client/client.ts'
import { Service } from '../../src/host/service.ts'
import type { Request } from '../../src/host/wire.ts'
import type { HsmOptions, StartHost } from '../../src/hsm/port.ts'
import { compiledPath } from './compiled.ts'
import { softhsm } from './softhsm.ts'

/** One at a time: a library can be started once in a process. */
let atWork = false

/** Through the channel goes a copy, as between processes. */
const copied = <T>(message: T): T => deserialize(serialize(message))

class HostHere extends EventEmitter {
  readonly pid = process.pid
  readonly stderr = null
  connected = true
  readonly #service: Service
  readonly #before = process.env.SOFTHSM2_CONF

  /** SoftHSM reads it when it is started. */
  constructor(conf: string) {
    super()
    atWork = true
    process.env.SOFTHSM2_CONF = conf
    this.#service = new Service({
      send: (reply) => void setImmediate(() => this.emit('message', copied(reply))),
      isAlone: () => !this.connected,
      leave: () => undefined,
      end: () => this.#end(0, null),
    })
  }

  send(request: Request, sent: () => void): void {
    const copy = copied(request)
    setImmediate(() => this.#service.receive(copy))
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
    if (this.#before === undefined) delete process.env.SOFTHSM2_CONF
    else process.env.SOFTHSM2_CONF = this.#before
    setImmediate(() => this.emit('exit', code, signal))
  }
}

/** By its name, and by where that leads. */
const LIBRARY = [softhsm, realpathSync(softhsm)]

/** SoftHSM, or the module without a script, on a token that is there. */
function fits({ module, env }: HsmOptions): boolean {
  const isPlain = LIBRARY.includes(module) || (module === compiledPath('module') && !env.KEYRITE_MODULE_SCRIPT)
  return isPlain && !env.KEYRITE_MODULE_LOG && env.SOFTHSM2_CONF !== undefined
}

export const startHostHere: StartHost = (options) => {
  const { SOFTHSM2_CONF: conf } = options.env
  if (atWork || conf === undefined || !fits(options)) return startHost(options)
  return hostIn(new HostHere(conf) as unknown as ChildProcess, options)
}
