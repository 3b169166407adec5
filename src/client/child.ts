// The host process as the command sees it: started, watched, and ended in time.
import type { ChildProcess } from 'node:child_process'
import type { Changes } from '../domain/changes.ts'
import type { KeyriteError } from '../domain/errors.ts'
import type { Methods } from '../host/dispatch.ts'
import type { MethodName, Reply } from '../host/wire.ts'
import type { Answer, Progress } from './calls.ts'
import { Calls } from './calls.ts'
import type { End } from './endings.ts'
import { crashed, timedOut } from './endings.ts'

const CLOSING_MS = 2000
/** What it sent and wrote last may still be on its way when its end is known. */
const LAST_WORDS_MS = 20

export class Child {
  private readonly calls: Calls
  private readonly gone: Promise<void>
  private lastLine = ''
  private end: End | undefined
  private late: MethodName | undefined

  constructor(
    private readonly host: ChildProcess,
    private readonly timeoutMs: number,
    changes?: Changes,
  ) {
    this.calls = new Calls(timeoutMs, (method) => this.killLate(method), changes)
    this.host.stderr?.setEncoding('utf8').on('data', (text: string) => this.hear(text))
    this.host.on('message', (reply) => this.calls.receive(reply as Reply))
    this.gone = new Promise((resolve) => {
      this.host.once('exit', (code, signal) => this.ended({ code, signal }, resolve))
      // Of a message that can't be sent the end itself tells more; but what never began has no end.
      this.host.on('error', ({ message }) => {
        if (this.host.pid === undefined) this.ended({ code: null, signal: null, message }, resolve)
      })
    })
  }

  get pid(): number {
    return this.host.pid ?? 0
  }

  /** Only the last line is kept: it is the dying library's message. */
  private hear(text: string): void {
    const lines = (this.lastLine + text).split('\n').filter((line) => line.trim() !== '')
    this.lastLine = (lines.at(-1) ?? '').slice(-500)
  }

  private killLate(method: MethodName): void {
    this.late = method
    this.host.kill('SIGKILL')
  }

  private ended(end: End, gone: () => void): void {
    this.end = end
    if (this.calls.none) gone()
    setTimeout(() => {
      this.calls.fail((method) => this.why(method))
      gone()
      this.letGo()
    }, LAST_WORDS_MS)
  }

  /** A process that the library started, such as a vendor's daemon, may hold the other ends for as long as it lives. */
  private letGo(): void {
    this.host.stderr?.destroy()
    if (this.host.connected) this.host.disconnect()
  }

  private why = (method: MethodName): KeyriteError =>
    this.late === undefined ? crashed(method, this.end!, this.lastLine) : timedOut(method, this.timeoutMs)

  call<M extends MethodName>(method: M, args: Parameters<Methods[M]>, progress?: Progress): Promise<Answer<M>> {
    const id = this.calls.nextId()
    const answer = this.calls.add(id, method, progress)
    if (this.end !== undefined) this.calls.fail(this.why)
    else this.host.send({ id, method, args }, () => undefined)
    return answer
  }

  /** At once: nothing is loaded in it that could be interrupted. */
  async kill(): Promise<void> {
    if (this.end !== undefined) return
    this.host.kill('SIGKILL')
    await this.gone
  }

  /** C_Finalize and an end of its own accord, or none. */
  async close(): Promise<void> {
    if (this.end !== undefined) return
    const late = setTimeout(() => this.host.kill('SIGKILL'), CLOSING_MS)
    this.host.send({ id: this.calls.nextId(), method: 'close', args: [] }, () => undefined)
    await this.gone
    clearTimeout(late)
  }
}
