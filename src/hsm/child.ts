// The host process as the command sees it: started, asked, watched, and ended in time.
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { KeyriteError } from '../domain/errors.ts'
import { EXIT, KeyriteError as Failure } from '../domain/errors.ts'
import { escaped } from './escape.ts'
import type { Methods } from './methods.ts'
import type { MethodName, Reply } from './wire.ts'
import { fromWire } from './wire.ts'

type Answer<M extends MethodName> = Awaited<ReturnType<Methods[M]>>

interface Waiting {
  method: MethodName
  progress: ((done: number) => void) | undefined
  settle(outcome: { ok: unknown } | { error: KeyriteError }): void
  timer: NodeJS.Timeout
}

/** Calls that leave something behind: when the module dies in one of them, a key or a PIN may have changed. */
const CHANGING: readonly MethodName[] = [
  'initToken',
  'setPins',
  'generateAuditKey',
  'generateKeys',
  'setUsage',
  'destroyKeys',
  'destroyStrayAuditKeys',
  'restoreKeys',
]

const CLOSING_MS = 2000

const withoutNode = (env: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('NODE_')))

/** Its own process group, so that Ctrl-C reaches us alone; no stdout, so that a library can't print into our answers. */
const start = (program: URL, env: Readonly<Record<string, string | undefined>>): ChildProcess =>
  fork(fileURLToPath(program), [], {
    execArgv: [],
    env: withoutNode(env),
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })

export class Child {
  private readonly host: ChildProcess
  private readonly waiting = new Map<number, Waiting>()
  private readonly gone: Promise<void>
  private lastId = 0
  private lastLine = ''
  private end: { signal: string | null; code: number | null } | undefined
  private timedOut: MethodName | undefined

  constructor(
    program: URL,
    env: Readonly<Record<string, string | undefined>>,
    private readonly timeoutMs: number,
  ) {
    this.host = start(program, env)
    this.host.stderr?.setEncoding('utf8').on('data', (text: string) => this.hear(text))
    this.host.on('message', (reply) => this.receive(reply as Reply))
    // A message that can't be sent says so here; the exit that follows tells why.
    this.host.on('error', () => undefined)
    this.gone = new Promise((resolve) => {
      this.host.once('exit', (code, signal) => {
        this.end = { code, signal }
        // What it sent and wrote last may still be on its way.
        setTimeout(() => {
          this.fail()
          resolve()
        }, 20)
      })
    })
  }

  get pid(): number {
    return this.host.pid ?? 0
  }

  /** Only the last line is kept: it is what a dying library had to say. */
  private hear(text: string): void {
    const lines = (this.lastLine + text).split('\n').filter((line) => line.trim() !== '')
    this.lastLine = (lines.at(-1) ?? '').slice(-500)
  }

  call<M extends MethodName>(
    method: M,
    args: Parameters<Methods[M]>,
    progress?: (done: number) => void,
  ): Promise<Answer<M>> {
    const id = ++this.lastId
    const answer = new Promise<Answer<M>>((resolve, reject) => {
      const settle = (outcome: { ok: unknown } | { error: KeyriteError }) => {
        clearTimeout(this.waiting.get(id)?.timer)
        this.waiting.delete(id)
        if ('ok' in outcome) resolve(outcome.ok as Answer<M>)
        else reject(outcome.error)
      }
      const timer = setTimeout(() => this.timeout(method), this.timeoutMs)
      this.waiting.set(id, { method, progress, settle, timer })
      if (this.end !== undefined) this.fail()
      else this.host.send({ id, method, args }, () => undefined)
    })
    // A ceremony that was interrupted no longer waits for its call.
    answer.catch(() => undefined)
    return answer
  }

  private receive(reply: Reply): void {
    const waiting = this.waiting.get(reply.id)
    if (waiting === undefined) return
    if ('error' in reply) return waiting.settle({ error: fromWire(reply.error) })
    if ('ok' in reply) return waiting.settle({ ok: reply.ok })
    waiting.timer.refresh()
    waiting.progress?.(reply.progress)
  }

  private timeout(method: MethodName): void {
    this.timedOut = method
    this.host.kill('SIGKILL')
  }

  /** Every call that was waiting fails with what ended the process. */
  private fail(): void {
    for (const waiting of [...this.waiting.values()]) waiting.settle({ error: this.why(waiting.method) })
  }

  private why(method: MethodName): KeyriteError {
    const changed = CHANGING.includes(method)
    const failed = (code: string, message: string, hint?: string) =>
      new Failure(EXIT.device, code, message, hint, changed)
    if (this.timedOut !== undefined) {
      const seconds = this.timeoutMs / 1000
      return failed(
        'MODULE-TIMEOUT',
        `the module did not finish ${method} within ${seconds} s`,
        'see: --timeout SECONDS',
      )
    }
    const { signal, code } = this.end!
    const how = signal === null ? `its process ended with code ${code}` : signal
    const said = this.lastLine === '' ? '' : `: ${escaped(this.lastLine)}`
    return failed('MODULE-CRASHED', `the module crashed in ${method} (${how})${said}`)
  }

  /** C_Finalize and an end of its own accord, or none. */
  async close(): Promise<void> {
    if (this.end !== undefined) return
    const late = setTimeout(() => this.host.kill('SIGKILL'), CLOSING_MS)
    this.host.send({ id: ++this.lastId, method: 'close', args: [] }, () => undefined)
    await this.gone
    clearTimeout(late)
  }
}
