// What the parent asks is answered: one thing at a time, in order, because there is one module and bulk calls let messages in.
import type { Device } from './device.ts'
import { checkNative, loadDevice, methodsOf } from './dispatch.ts'
import type { Caller } from './keys/pace.ts'
import { takeChanging } from './native/binding.ts'
import { quietly } from './native/quietly.ts'
import type { Reply, Request } from './wire.ts'
import { toWire } from './wire.ts'

/** The way to the parent, as whoever runs this has it. */
interface Parent extends Pick<Caller, 'isAlone' | 'leave'> {
  send(reply: Reply): void
  /** Nothing more is asked. */
  end(): void
}

export class Service {
  #device: Device | undefined
  #queue = Promise.resolve()

  constructor(private readonly parent: Parent) {}

  /** Calls are on other threads: whoever waits for them leaves. */
  get isBusy(): boolean {
    return this.#device?.lib.isBusy ?? false
  }

  receive(request: Request): void {
    this.#queue = this.#queue.then(() => this.#answer(request))
  }

  /** `native`, `load` and `close` are ours; the rest needs the device. */
  async #serve({ id, method, args }: Request): Promise<unknown> {
    if (method === 'native') return checkNative()
    if (method === 'load') {
      const loaded = await loadDevice(...(args as Parameters<typeof loadDevice>))
      this.#device = loaded.device
      return loaded.file
    }
    if (method === 'close') return this.close()
    if (this.#device === undefined) throw new TypeError('the module is not loaded')
    this.#device.changes = 0
    const { isAlone, leave, send } = this.parent
    const methods = methodsOf(this.#device, {
      report: (progress) => send({ id, progress }),
      isAlone,
      leave,
    }) as Record<string, (...a: unknown[]) => unknown>
    return methods[method]!(...args)
  }

  close(): void {
    const open = this.#device
    if (open === undefined) return
    for (const user of open.users.values()) user.close()
    quietly(() => open.lib.finalize())
    this.#device = undefined
  }

  async #answer(request: Request): Promise<void> {
    const { id, method } = request
    try {
      const ok = await this.#serve(request)
      this.parent.send({ id, ok, changing: takeChanging() })
    } catch (error) {
      this.parent.send({ id, error: toWire(error, (this.#device?.changes ?? 0) > 0), changing: takeChanging() })
    }
    if (method === 'close') this.parent.end()
  }
}
