// The calls that wait for an answer of the host process, which does one thing at a time: each has a timer from its turn on, that any sign of progress resets.
import type { Changes } from '../domain/changes.ts'
import type { KeyriteError } from '../domain/errors.ts'
import { METHODS } from '../host/changes.ts'
import type { Methods } from '../host/dispatch.ts'
import type { MethodName, Reply } from '../host/wire.ts'
import { fromWire } from '../host/wire.ts'
import { patienceFor } from './endings.ts'

export type Answer<M extends MethodName> = Awaited<ReturnType<Methods[M]>>
export type Progress = (done: number) => void

const STEP_MS = 500

/** Runs while we do: where a shell stops the program, and the module with it, no more than a step of that time counts. */
class Patience {
  #left: number
  #timer: NodeJS.Timeout

  constructor(
    private readonly ms: number,
    private readonly over: () => void,
  ) {
    this.#left = ms
    this.#timer = this.#wait()
  }

  renew(): void {
    this.#left = this.ms
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #wait(): NodeJS.Timeout {
    const step = Math.min(STEP_MS, this.#left)
    return setTimeout(() => {
      this.#left -= step
      if (this.#left > 0) this.#timer = this.#wait()
      else this.over()
    }, step)
  }
}

interface Waiting {
  method: MethodName
  progress: Progress | undefined
  /** From its turn on. */
  patience?: Patience
  resolve(ok: unknown): void
  reject(error: KeyriteError): void
}

export class Calls {
  private readonly waiting = new Map<number, Waiting>()
  private lastId = 0

  constructor(
    private readonly timeoutMs: number,
    private readonly late: (method: MethodName) => void,
    private readonly changes: Changes | undefined,
  ) {}

  get none(): boolean {
    return this.waiting.size === 0
  }

  nextId(): number {
    return ++this.lastId
  }

  add<M extends MethodName>(id: number, method: M, progress?: Progress): Promise<Answer<M>> {
    const answer = new Promise<unknown>((resolve, reject) => {
      this.waiting.set(id, { method, progress, resolve, reject })
    })
    this.begin()
    // A command that was interrupted no longer waits for its call.
    answer.catch(() => undefined)
    return answer as Promise<Answer<M>>
  }

  /** Whoever waits longest has the turn. */
  private begin(): void {
    const [first] = this.waiting
    if (first === undefined) return
    const [id, waiting] = first
    // An answer that has already arrived is read before this is checked.
    const over = () => setImmediate(() => this.waiting.has(id) && this.late(waiting.method))
    waiting.patience ??= new Patience(patienceFor(waiting.method, this.timeoutMs), over)
  }

  receive(reply: Reply): void {
    const waiting = this.waiting.get(reply.id)
    if (waiting === undefined) return
    if ('progress' in reply) {
      waiting.patience?.renew()
      return waiting.progress?.(reply.progress)
    }
    this.settle(reply.id, waiting)
    if (reply.changing && !('ok' in reply && METHODS[waiting.method].putsBack)) this.note(waiting.method)
    if ('ok' in reply) waiting.resolve(reply.ok)
    else waiting.reject(fromWire(reply.error))
  }

  /** Nothing that is waiting will get an answer any more. */
  fail(why: (method: MethodName) => KeyriteError): void {
    for (const [id, waiting] of [...this.waiting]) {
      this.settle(id, waiting)
      this.note(waiting.method)
      waiting.reject(why(waiting.method))
    }
  }

  private note(method: MethodName): void {
    const { changes } = METHODS[method]
    if (changes) this.changes?.note(changes)
  }

  private settle(id: number, { patience }: Waiting): void {
    patience?.end()
    this.waiting.delete(id)
    this.begin()
  }
}
