// The terminal that people sit at: messages, questions on /dev/tty, progress, the answer.
import { refused, systemRefusal, usage } from '../domain/errors.ts'
import { hintText } from '../domain/hint-text.ts'
import { type Address, addressed, type Hint, waysOf, withinStep } from '../domain/hints.ts'
import type { Secret } from '../domain/secret.ts'
import { Bar, silent, Tenths } from './bar.ts'
import { lookOf, type Wishes } from './look.ts'
import type { Sink } from './output.ts'
import type { Choice, Completion, Progress, Report, Terminal } from './port.ts'
import { jsonLine, render } from './render.ts'
import { line, marked, type Part, partsOf, type Text } from './text.ts'
import type { Tty } from './tty.ts'

interface Streams {
  stdout: Sink
  stderr: Sink
}

interface Manners {
  json: boolean
  /** False under --no-input. */
  mayAsk: boolean
  /** The variables that say how text is to look. */
  wishes: Wishes
  /** Where the commands that are hinted at go on. */
  address?: Address
  /** It is that of a step of a ceremony. */
  isStep?: boolean
}

export class StreamTerminal implements Terminal {
  readonly #streams: Streams
  readonly #manners: Manners
  readonly #tty: Tty | undefined
  /** What is drawn on the last line of stderr goes before anything else is written: both may be one screen. */
  #progress = silent

  constructor(streams: Streams, manners: Manners, tty: Tty | undefined) {
    this.#streams = streams
    this.#manners = manners
    this.#tty = manners.mayAsk ? tty : undefined
  }

  get interactive(): boolean {
    return this.#tty !== undefined
  }

  say(text: Text): void {
    this.#write(this.#streams.stderr, text)
  }

  #write(stream: Sink, text: Text, done?: Parameters<Sink['write']>[1]): void {
    this.#progress[Symbol.dispose]()
    const look = lookOf(stream, this.#manners.wishes, this.#manners.json)
    stream.write(`${render(this.#placed(text), look)}\n`, done)
  }

  /** Each hint in it leads to the same home and partition; in a ceremony, to nothing that can't be done there. */
  #placed(text: Text): readonly Part[] {
    const { address = {}, isStep } = this.#manners
    return partsOf(text).flatMap((part): readonly Part[] => {
      if (typeof part === 'string' || !('hint' in part)) return [part]
      const hint = isStep ? withinStep(part.hint) : part.hint
      return hint === undefined ? [] : [{ ...part, hint: addressed(hint, address) }]
    })
  }

  show(text: Text): void {
    this.say(text)
    if (!this.#tty?.isSeen(this.#streams.stderr)) this.#tty?.show(this.#placed(text))
  }

  async present(text: Text): Promise<void> {
    const { stderr } = this.#streams
    const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) =>
      this.#write(stderr, text, resolve),
    )
    if (!this.#tty?.isSeen(stderr)) this.#tty?.show(this.#placed(text))
    if (!error || this.#tty) return
    const why = systemRefusal(error.code ?? '') ?? error.code
    throw refused('DISK', `nobody could see the plan: stderr did not take it: ${why}`, 'to do without: 2>/dev/null')
  }

  reveal(text: Text, flag: Hint): void {
    this.#asking(flag).show(text)
  }

  warn(text: string, hint?: Hint): void {
    this.say([line(marked('warning:', 'warning'), ` ${text}`), ...(hint ? [{ hint, indent: '  ' }] : [])])
  }

  answer(report: Report): void {
    if (this.#manners.json) return void this.#streams.stdout.write(`${jsonLine({ ok: true, data: report.data })}\n`)
    const { text } = report
    this.#write(this.#streams.stdout, typeof text === 'function' ? text() : text)
  }

  stream(text: string): Promise<boolean> {
    const { stdout } = this.#streams
    return new Promise((resolve, reject) => {
      // A stream that fails tells by its event as well, which is the process's to hear.
      stdout.write(text, (error) => {
        const { code = '' } = (error ?? {}) as NodeJS.ErrnoException
        if (!error || code === 'EPIPE') resolve(!error)
        else reject(refused('DISK', `the output was not taken: ${systemRefusal(code) ?? code}`))
      })
    })
  }

  hush(): void {
    this.#tty?.hush()
  }

  async ask(question: string, flag: Hint): Promise<string> {
    return this.#asking(flag).ask(question)
  }

  async askPath(question: string, flag: Hint, completion: Completion): Promise<string> {
    return this.#asking(flag).askPath(question, completion)
  }

  async askUnless(question: string, flag: Hint, isOver: () => boolean): Promise<string | undefined> {
    return this.#asking(flag).askUnless(question, isOver)
  }

  async choose<T>(question: string, choices: readonly Choice<T>[], flag: Hint): Promise<T> {
    return this.#asking(flag).choose(question, choices)
  }

  async askSecret(question: string, flag: Hint): Promise<Secret> {
    return this.#asking(flag).askSecret(question)
  }

  #asking(flag: Hint): Tty {
    if (this.#tty) return this.#tty
    const [what = ''] = waysOf(flag)
    throw usage(`nobody can be asked here, and ${hintText(what)} was not given`, flag, 'INPUT-MISSING')
  }

  async pause(seconds: number): Promise<void> {
    await this.#tty?.pause(seconds)
  }

  async settle(seconds: number): Promise<void> {
    await this.#tty?.settle(seconds)
  }

  watch(check: () => void): Disposable {
    return this.#tty?.watch(check) ?? { [Symbol.dispose]: () => {} }
  }

  clear(): void {
    this.#tty?.clear()
  }

  progress(what: string, total: number): Progress {
    const { stderr } = this.#streams
    if (!stderr.isTTY || this.#manners.json) return silent
    const dumb = this.#manners.wishes.TERM === 'dumb'
    this.#progress = dumb ? new Tenths(stderr, { what, total }) : new Bar(stderr, { what, total })
    return this.#progress
  }
}
